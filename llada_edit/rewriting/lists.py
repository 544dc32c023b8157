"""The lists of wordings: `lists/*.tsv`, looked up by the words of a text.

Most of what a common word is looked up by does not go on as the text does, so the wordings of a word are parted by the
word after it: a text is compared with the few that are left. Knows no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from llada_edit.rewriting.notation import Wording, expanded, keys, turned
from llada_edit.rewriting.words import word_set

FILES = ("phrases", "nouns", "words", "length", "formal", "paraphrase", "proofread")


class Table:
    """The wordings for one use (`simplify`, `plain`, …); a line is expanded when a word of it is first met."""

    def __init__(self, use: str) -> None:
        self._lines: dict[str, list[tuple[str, str, bool]]] = {}
        self._found: dict[str, _Wordings] = {}
        for uses, old, new in _lines():
            if use in uses:
                sides = [(a, b) for a in old.split("; ") for b in new.split("; ")]
                for a, b in sides + (list(map(turned, sides)) if "both" in uses else []):
                    for word in keys(a):
                        self._lines.setdefault(word, []).append((a, b, "sure" in uses))

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __contains__(self, word: object) -> bool:
        return word in self._lines

    def at(self, word: str) -> tuple[Wording, ...]:
        """The wordings that are looked up by a word, longer ones first."""
        return self._of(word).every if word in self._lines else ()

    def near(self, word: str, following: str) -> tuple[Wording, ...]:
        """Those of the wordings at a word that may apply before another one; empty for the end of the sentence."""
        if word not in self._lines:
            return ()
        own = self._of(word)
        return own.before.get(following, own.open)

    def expand(self) -> None:
        """Expand all lines now, so that no word that is first met waits for it."""
        for word in self._lines:
            self._of(word)

    def _of(self, word: str) -> _Wordings:
        if word not in self._found:
            group = dict.fromkeys(w for line in self._lines[word] for w in expanded(*line).get(word, ()))
            self._found[word] = _Wordings.of(sorted(group, key=lambda w: -len(w.words)))
        return self._found[word]


@dataclass(frozen=True, slots=True)
class _Wordings:
    """The wordings at one word, in order.

    Attributes:
        every: all of them.
        open: those that do not say which word comes next: it is one of a class, or there is none.
        before: those and the ones that go on with a certain word, by that word.
    """

    every: tuple[Wording, ...]
    open: tuple[Wording, ...]
    before: dict[str, tuple[Wording, ...]]

    @classmethod
    def of(cls, every: Sequence[Wording]) -> _Wordings:
        """Part wordings by the word after the one that they are looked up by."""
        pairs = [(wording, _following(wording)) for wording in every]
        before = {
            word: tuple(wording for wording, named in pairs if not named or word in named)
            for word in frozenset[str]().union(*(named for _, named in pairs))
        }
        return cls(tuple(every), tuple(wording for wording, named in pairs if not named), before)


def _following(wording: Wording) -> frozenset[str]:
    """The words that may come after the one that a wording is looked up by; none where that is not said."""
    asked = wording.words[wording.anchor + 1 : wording.anchor + 2]
    named = frozenset(asked[0].split("|")) if asked else frozenset[str]()
    return frozenset() if any(one[0] == "@" for one in named) else named


@cache
def table(use: str) -> Table:
    """The wordings for one use, read once."""
    return Table(use)


@cache
def nonwords() -> frozenset[str]:
    """Listed misspellings, in all their forms, that are no words, names or variants: wrong wherever they stand."""
    return frozenset(table("nonword"))


@cache
def alike() -> frozenset[str]:
    """Words that are taken for others which sound or look like them: their mistakes are common ones."""
    return frozenset(table("alike"))


@cache
def _lines() -> tuple[tuple[frozenset[str], str, str], ...]:
    lines, uses = [], frozenset[str]()
    folder = resources.files("llada_edit.rewriting").joinpath("lists")
    for name in FILES:
        for line in folder.joinpath(f"{name}.tsv").read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                uses = word_set(line.strip("[]"))
            elif not line.startswith("#"):
                old, new = line.split("\t")
                lines.append((uses, old, new))
    return tuple(lines)
