"""Edits that a reader decides about as one: whole words, and the two halves of what was moved.

Knows no grammar: that words were moved is seen by their going in one edit and coming back in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from llada_edit.document import splice
from llada_edit.edits import Edit
from llada_edit.formats.base import Prose
from llada_edit.holes import Span

_WORD = re.compile(r"\w+")


def together(prose: Prose, edits: Iterable[Edit]) -> Iterator[tuple[Edit, tuple[Edit, ...]]]:
    """Each edit as it is to be shown, and the edits that it is made of; alone, an edit is made of itself.

    Args:
        prose: that the edits are for.
        edits: in order, disjoint; those outside of all passages stay as they are.
    """
    waiting = list(edits)
    for passage in prose.passages:
        while waiting and waiting[0].span.start < passage.span.start:
            yield waiting[0], (waiting.pop(0),)
        mine = [edit for edit in waiting if edit.span.end <= passage.span.end]
        del waiting[: len(mine)]
        for parts in _groups(prose.text, passage.span, mine):
            yield (_joined(prose.text, passage.span, parts), parts)
    for edit in waiting:
        yield edit, (edit,)


def _groups(text: str, bounds: Span, edits: Sequence[Edit]) -> Iterator[tuple[Edit, ...]]:
    """Runs of edits: those in one word, and from where words go to where they come back."""
    at = 0
    while at < len(edits):
        last = at
        for other in range(at + 1, len(edits)):
            two, near = edits[other], last == other - 1
            same_word = near and _words_of(text, bounds, edits[last]).end > two.span.start
            if same_word or any(_moves(text, one, two) for one in edits[at : last + 1]):
                last = other
        yield tuple(edits[at : last + 1])
        at = last + 1


def _moves(text: str, one: Edit, two: Edit) -> bool:
    """Whether all words that one of them drops, or adds, are those that the other one brings, or takes."""
    gone, come = _change(text, one)
    other_gone, other_come = _change(text, two)
    return (bool(gone & other_come) and gone <= other_come) or (bool(come & other_gone) and other_gone <= come)


def _change(text: str, edit: Edit) -> tuple[set[str], set[str]]:
    """The words that go and that come; of one letter none, since a cut word leaves such."""
    old, new = (
        {word for word in _WORD.findall(words.casefold()) if len(word) > 1} for words in (edit.span.of(text), edit.text)
    )
    return old - new, new - old


def _joined(text: str, bounds: Span, parts: Sequence[Edit]) -> Edit:
    """One edit of whole words for several; a single one that cuts no word is itself."""
    span = Span(_words_of(text, bounds, parts[0]).start, _words_of(text, bounds, parts[-1]).end)
    if len(parts) == 1 and span == parts[0].span:
        return parts[0]
    inside = [Edit(Span(part.span.start - span.start, part.span.end - span.start), part.text) for part in parts]
    tokens = parts[0].tokens if len(parts) == 1 else ()
    return Edit(span, splice(span.of(text), inside), parts[0].name, tokens)


def _words_of(text: str, bounds: Span, edit: Edit) -> Span:
    """The span of an edit, with the rest of the words that it cuts."""
    start, end = edit.span.start, edit.span.end
    first, last = (edit.span.of(text) or edit.text)[:1], (edit.span.of(text) or edit.text)[-1:]
    while first.isalnum() and start > bounds.start and text[start - 1].isalnum():
        start -= 1
    while last.isalnum() and end < bounds.end and text[end].isalnum():
        end += 1
    return Span(start, end)
