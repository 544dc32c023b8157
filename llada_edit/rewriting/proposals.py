"""Where changes come from: the list of wordings, spelling, choices made before, and the model itself.

A proposal is not yet a change: `sentence` measures it and keeps it or not.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llada_edit.document import Document
from llada_edit.edits import Edit, Fill
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.rewriting import fitting, spelling, turns, wordings
from llada_edit.rewriting.fluency import Fit
from llada_edit.rewriting.operations import Operation
from llada_edit.rewriting.words import Word

MOST_HOLES = 12
"""Holes in a sentence that are filled together at most."""
CARRIED = 1.0
"""Nats by which a choice made before in the document is preferred."""
SURE = 13.0
"""Nats by which a word that stands twice, or what is always wrong, is taken for a slip before the model is asked."""
ALIKE = 2.0
"""Nats by which a word is rather taken for one that sounds alike than wrong in another way: what clean text allowed."""
LONGEST_RUN = 6
"""Words in a row that are masked together at most."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Some edits of a sentence that belong together.

    Attributes:
        edits: apart from each other, in order.
        known: True where the list says that the meaning stays.
        bonus: nats by which it is preferred, apart from its fit.
        joined: edits that are no changes of their own: the other end of what moves.
        certain: True where it is made without asking the model.
    """

    edits: tuple[Edit, ...]
    known: bool = False
    bonus: float = 0.0
    joined: int = 0
    certain: bool = False

    @property
    def changes(self) -> int:
        """How many changes a reader would count."""
        return len(self.edits) - self.joined

    def overlaps(self, other: Proposal) -> bool:
        """Whether both cannot be applied."""
        return any(a.span.overlaps(b.span) or _touch(a.span, b.span) for a in self.edits for b in other.edits)


def from_list(
    text: str, free: Sequence[Word], fit: Callable[[], Fit], operation: Operation, choices: Mapping[str, str]
) -> Iterator[Proposal]:
    """Listed changes; those that were chosen before in the document are marked.

    Of words that are only sometimes taken for each other, a repair looks at those that are improbable where they stand:
    `fit` of the sentence is asked for only then.
    """
    for use in operation.uses:
        for found in wordings.found(text, free, use):
            edit = found.edit
            if operation.repairs and not found.sure and fit().margin(edit.span) > math.log(operation.suspicious):
                continue
            carried = choices.get(edit.span.of(text).casefold()) == edit.text.casefold()
            likely = ALIKE if found.alike and operation.repairs else 0.0
            bonus = (CARRIED if carried else 0.0) + (SURE if found.sure else likely)
            yield Proposal((edit,), known=True, bonus=bonus, certain=found.nonword)


def from_turns(text: str, operation: Operation) -> Iterator[Proposal]:
    """Turns of the whole sentence."""
    for use in operation.uses:
        for edits in turns.turned(text, use):
            yield Proposal(edits, known=True, joined=len(edits) - 1)


def from_spelling(
    text: str, free: Sequence[Word], fit: Callable[[], Fit], vocabulary: Vocabulary
) -> Iterator[Proposal]:
    """Corrections of improbable words that the model does not know, of articles, blanks, and words that stand twice.

    `fit` of the sentence is asked for only where there is a word to correct.
    """
    signs = (*spelling.blanks(text), *spelling.small_i(text))
    for edit in (*spelling.doubled(text, free), *signs, *fitting.articles(text, free)):
        yield Proposal((edit,), known=True, bonus=SURE)
    for edit in spelling.swapped(text, free):
        yield Proposal((edit,), known=True)
    for word in free:
        if word.kind != "content" or sum(other.key == word.key for other in free) > 1:
            continue  # a slip does not come twice
        edits = spelling.corrections(word, vocabulary)
        if edits and fit().margin(word.span) < math.log(0.05):
            for edit in edits:
                yield Proposal((fitting.with_article(text, edit),), known=True)


def chosen(free: Sequence[Word], fit: Fit, operation: Operation, strength: float, seed: int) -> list[Word]:
    """The words to mask: a share `strength` of those that may change, drawn by the operation's weights.

    For one seed, a greater strength masks the same words and more (sampling without replacement by Gumbel keys,
    Efraimidis and Spirakis 2006).
    """
    draw = random.Random(seed)
    keys: list[tuple[float, Word]] = []
    for word in free:
        noise = -math.log(-math.log(draw.uniform(1e-12, 1 - 1e-12)))
        weight = operation.weight(word, fit.surprise(word.span))
        if weight > 0 and word.kind != "negation" and fit.margin(word.span) <= math.log(operation.suspicious):
            keys.append((math.log(weight) + noise, word))
    keys.sort(key=lambda item: (-item[0], item[1].span))
    count = math.ceil(strength * len(keys)) if strength else 0
    return sorted((word for _, word in keys[:count]), key=lambda word: word.span)


def runs(text: str, masked: Sequence[Word], joined: bool) -> list[Span]:
    """The spans to mask: neighbours with only blanks between them are one hole where `joined`."""
    spans: list[tuple[Span, int]] = []
    for word in masked:
        last, size = spans[-1] if spans else (None, 0)
        if joined and last is not None and size < LONGEST_RUN and text[last.end : word.span.start].strip(" ") == "":
            spans[-1] = (Span(last.start, word.span.end), size + 1)
        else:
            spans.append((word.span, 1))
    return [span for span, _ in spans]


def with_holes(
    left: str, text: str, right: str, spans: Sequence[Span], operation: Operation, vocabulary: Vocabulary
) -> Iterator[Document]:
    """Documents whose holes are the spans, as long as the operation says; several where there are too many holes."""
    least, most = operation.length
    for first in range(0, len(spans), MOST_HOLES):
        holes = []
        for span in spans[first : first + MOST_HOLES]:
            size = max(1, len(vocabulary.encode(" " + span.of(text))))
            low = math.floor(least * size) if least < 0.4 else max(1, math.floor(least * size))
            hint = LengthHint("tokens", low, max(1, low, math.ceil(most * size)))
            holes.append(Hole(Span(len(left) + span.start, len(left) + span.end), length=hint))
        yield Document(left + text + right, tuple(holes))


def from_fill(fill: Fill, text: str, shift: int, whole: bool) -> Iterator[Proposal]:
    """What the model filled in, edit by edit and, where `whole`, all edits of a candidate together."""
    for candidate in fill.candidates:
        edits = tuple(tidied(text, edit, shift) for edit in candidate.holes)
        real = tuple(edit for edit in edits if edit is not None)
        if whole and len(real) > 1:
            yield Proposal(real)
        for edit in real:
            yield Proposal((edit,))


def tidied(text: str, edit: Edit, shift: int) -> Edit | None:
    """An edit of the sentence, from one of the document: without its tokens, cased; None where nothing changes."""
    span = Span(edit.span.start - shift, edit.span.end - shift)
    old, new = span.of(text), " ".join(edit.text.split())
    if not new:
        return fitting.without(text, span)
    new = cased_at(new, old, span.start)
    return None if new.casefold() == old.casefold() else fitting.with_article(text, Edit(span, new))


def cased_at(new: str, old: str, start: int) -> str:
    """A capital where the sentence begins, and none where the old words had none."""
    return fitting.cased(new, old) if start <= 1 else new


def together(good: Sequence[Proposal], text: str, budget: int) -> Proposal:
    """The first of some proposals for a text, and of the others what goes with it, up to a number of words.

    What is right wherever it applies is not counted.
    """
    taken: list[Proposal] = []
    for proposal in good:
        # Of a listed change the words that come count: it may take away as many as it likes.
        sizes = (edit.text if proposal.known else edit.span.of(text) for edit in proposal.edits)
        size = 0 if proposal.bonus >= SURE else sum(max(1, len(words.split())) for words in sizes)
        if (not taken or size <= budget) and not any(proposal.overlaps(other) for other in taken):
            taken.append(proposal)
            budget -= size
    edits = sorted((edit for p in taken for edit in p.edits), key=lambda edit: edit.span)
    known, bonus = all(p.known for p in taken), sum(p.bonus for p in taken)
    return Proposal(tuple(edits), known, bonus, sum(p.joined for p in taken))


def distinct(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Without repetitions; a known one wins over the same one found by the model."""
    found: dict[tuple[tuple[Span, str], ...], Proposal] = {}
    for proposal in proposals:
        key = tuple((edit.span, edit.text) for edit in proposal.edits)
        if key not in found or (proposal.known and not found[key].known):
            found[key] = proposal
    return list(found.values())


def _touch(a: Span, b: Span) -> bool:
    return a.end == b.start or b.end == a.start
