"""The gate: which changes of a file may be kept, found by splicing them in and reading the result again.

A change is refused for what its new text holds (line breaks, invisible characters, addresses, tags), or because the
file would then have another structure or other protected strings. Judges no language: a bad sentence passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic

from llada_edit.document import ChangeT
from llada_edit.errors import DocumentError
from llada_edit.formats.base import Format, Prose
from llada_edit.formats.inline import BREAK, addresses
from llada_edit.formats.text import Within
from llada_edit.holes import Span

_TAG = re.compile(r"<[A-Za-z/!?]")
# Drawn as nothing or as a blank, though Unicode calls them letters, marks or symbols.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\ufffd\u180b\u180c\u180d\u180f")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_READS = 400
"""Readings of the file that the search for guilty changes may cost; what is undecided then is refused."""


@dataclass(frozen=True, slots=True)
class Rejected(Generic[ChangeT]):
    """A change that is not kept, and why, as a phrase for a report."""

    change: ChangeT
    reason: str


@dataclass(frozen=True, slots=True)
class Kept(Generic[ChangeT]):
    """What the gate lets through.

    Attributes:
        changes: kept, in order of the text.
        rejected: the others, in order of the text.
        data: the file with the kept changes; the original bytes where none is kept.
    """

    changes: tuple[ChangeT, ...]
    rejected: tuple[Rejected[ChangeT], ...]
    data: bytes


def keep(form: Format, prose: Prose, changes: Sequence[ChangeT]) -> Kept[ChangeT]:
    """Drop every change that could harm the file; the rest, all together, leave its structure as it was.

    Args:
        form: reads the result again.
        prose: the file as `form` read it.
        changes: in any order; of two that overlap, the later one is refused.
    """
    within, known = Within(prose.passages), addresses(prose.text)
    fine, rejected = [], []
    last: ChangeT | None = None
    for change in sorted(changes, key=lambda change: change.span):
        reason = _reason(change.span, change.text, prose.text, within, known)
        if reason is None and last is not None and last.span.overlaps(change.span):
            reason = "it overlaps another change"
        if reason is None:
            fine.append(change)
            last = change
        else:
            rejected.append(Rejected(change, reason))
    search: _Search[ChangeT] = _Search(form, prose)
    kept = search.largest([], fine)
    for change in fine:
        if not any(change is other for other in kept):
            rejected.append(Rejected(change, search.reasons.get(id(change), "too many changes break the structure")))
    rejected.sort(key=lambda one: one.change.span)
    return Kept(tuple(kept), tuple(rejected), prose.splice(kept))


def _reason(span: Span, new: str, text: str, within: Within, known: set[str]) -> str | None:
    """Why new text for a span is refused without a look at the file's structure; None where nothing is wrong."""
    if span.end > len(text) or within.around(span) is None:
        return "it touches protected text"
    old = span.of(text)
    if Counter(BREAK.findall(new)) - Counter(BREAK.findall(old)):
        return "it adds or alters a line break"
    allowed = Counter(c for c in old if _hidden(c))
    extra = Counter(c for c in new if _hidden(c)) - allowed
    if extra:
        return f"it adds the invisible or control character U+{ord(min(extra)):04X}"
    if Counter(_TAG.findall(new)) - Counter(_TAG.findall(old)):
        return "it adds a tag"
    # With a little context: an address may be completed by what stands beside it.
    left, right = text[max(0, span.start - 40) : span.start], text[span.end : span.end + 40]
    if not addresses(f"{left}{new}{right}") <= known | addresses(f"{left}{old}{right}"):
        return "it adds an address that the file does not have"
    return None


def _hidden(c: str) -> bool:
    """Characters that change a text without being seen; line breaks and tabs of the old text are counted too."""
    if c in "\r\n":
        return False  # judged with the blanks around them
    return (not c.isascii() and (unicodedata.category(c) in _HIDDEN or c in _BLANK)) or c < " " or c == "\x7f"


@dataclass(slots=True)
class _Search(Generic[ChangeT]):
    """Bisection for the changes after which a file reads differently."""

    form: Format
    prose: Prose
    reasons: dict[int, str] = field(default_factory=dict)
    reads: int = 0

    def largest(self, base: list[ChangeT], group: list[ChangeT]) -> list[ChangeT]:
        """The changes of a group that can be kept together with those of the base, which can be kept themselves.

        One reading where all are harmless, about ``2 k log n`` for k guilty ones of n.
        """
        if not group or self.reads >= _MOST_READS:
            return []
        self.reads += 1
        reason = self._harm([*base, *group])
        if reason is None:
            return group
        if len(group) == 1:
            self.reasons[id(group[0])] = reason
            return []
        half = len(group) // 2
        left = self.largest(base, group[:half])
        return [*left, *self.largest([*base, *left], group[half:])]

    def _harm(self, changes: list[ChangeT]) -> str | None:
        try:
            after = self.form.read(self.prose.splice(changes))
        except DocumentError as error:
            return f"the file could not be read afterwards: {error}"
        if after.protected != self.prose.protected:
            return "it changes a protected string"
        if after.skeleton != self.prose.skeleton:
            return "it changes the structure of the file"
        return None
