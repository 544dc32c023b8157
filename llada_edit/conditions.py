"""What is asked of the holes of a document: constraints by hole or over a region, and length hints.

Knows values and holes; it does not know tokens or canvases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from llada_edit.constraints.copying import NoCopy
from llada_edit.constraints.phrases import MustInclude, Phrases
from llada_edit.constraints.sentences import Sentences
from llada_edit.constraints.texts import Chars, Words
from llada_edit.constraints.values import And, Constraint, Not, split_tokens
from llada_edit.document import Document
from llada_edit.errors import ConstraintError
from llada_edit.holes import Hole


@dataclass(frozen=True, slots=True)
class Condition:
    """One language that is asked for.

    Attributes:
        holes: indices of the holes it is about, without a gap; it also covers the text between them.
        asked: the constraint as it was given, None where there is only a length hint.
        value: what it says of the text; None for nothing.
        hint: the length hint of the only hole, in words or characters.
        least: fewest tokens of each hole.
        most: most tokens of each hole, None for no limit.
    """

    holes: tuple[int, ...]
    asked: Constraint | None
    value: Constraint | None
    hint: Constraint | None
    least: int = 0
    most: int | None = None

    @property
    def open(self) -> bool:
        """Whether it says how much is to be written, or which words, and leaves the rest to the model."""
        return self.value is None or _is_open(self.value)

    def name(self, document: Document) -> str:
        """The holes, for a message."""
        names = [document.holes[index].name or str(index + 1) for index in self.holes]
        return f"hole {names[0]}" if len(names) == 1 else f"holes {names[0]} to {names[-1]}"

    def accepts(self, texts: Sequence[str], around: Sequence[str]) -> bool:
        """Whether finished texts of the holes are what was asked for.

        Args:
            texts: of the holes.
            around: the text before, between (holes - 1) and after them.
        """
        if self.value is None:
            return True
        whole = texts[0] + "".join(between + text for between, text in zip(around[1:-1], texts[1:], strict=True))
        return self.value.accepts(whole, around[0], around[-1])


@dataclass(frozen=True, slots=True)
class Asked:
    """All constraints of one infill.

    Attributes:
        region: over everything from the first to the last hole.
        holes: by name of the hole.
        notes: by index of the hole, what its markup says; holds beside the others.
    """

    region: Constraint | None = None
    holes: Mapping[str, Constraint] = field(default_factory=dict)
    notes: Mapping[int, Constraint] = field(default_factory=dict)

    def conditions(self, document: Document) -> tuple[Condition, ...]:
        """The conditions of a document, length hints in words and characters included.

        Raises:
            ConstraintError: a name that no hole has, what is no constraint, or two that cover the same hole.
        """
        for value in (self.region, *self.holes.values()):
            if value is not None and not isinstance(value, Constraint):
                raise ConstraintError(
                    f"{value!r} is no constraint; write Choice({value!r}) for fixed text, or another value"
                )
            if value is not None:
                _check_value(value)
        names = {hole.name: index for index, hole in enumerate(document.holes) if hole.name}
        unknown = [name for name in self.holes if name not in names]
        if unknown:
            known = ", ".join(names) or "(none)"
            raise ConstraintError(f"no hole is named {unknown[0]!r}; the names are: {known}")
        several = self.region is not None and len(document.holes) > 1
        if several and (self.holes or self.notes or any(_hint(hole) for hole in document.holes)):
            raise ConstraintError(
                "a constraint over several holes stands alone; give each hole its own, or one that says it all"
            )
        if several:
            assert self.region is not None  # see `several`
            return (_condition(tuple(range(len(document.holes))), self.region, None),)
        given = dict(self.notes)
        for name, value in self.holes.items():
            given[names[name]] = value & given[names[name]] if names[name] in given else value
        if self.region is not None:
            given[0] = self.region & given[0] if 0 in given else self.region
        found = [
            _condition((index,), given.get(index), _hint(hole))
            for index, hole in enumerate(document.holes)
            if index in given or _hint(hole) is not None
        ]
        return tuple(found)


NOTHING = Asked()
"""No constraint at all."""


def _condition(holes: tuple[int, ...], asked: Constraint | None, hint: Constraint | None) -> Condition:
    value, least, most = (None, 0, None) if asked is None else split_tokens(asked)
    return Condition(holes, asked, value, hint, least, most)


def _is_open(value: Constraint) -> bool:
    if isinstance(value, And):
        return all(map(_is_open, value.parts))
    return isinstance(value, (Chars, MustInclude, NoCopy, Sentences, Words)) or (
        isinstance(value, Not) and isinstance(value.part, Phrases)
    )


def _check_value(value: Constraint) -> None:
    """Compiled constraints are found again by their value, so one that has none is refused."""
    try:
        hash(value)
    except TypeError as error:
        raise ConstraintError(f"{value!r} cannot be hashed ({error}); make it of tuples, texts and numbers") from error


def _hint(hole: Hole) -> Constraint | None:
    if hole.length is None or hole.length.unit == "tokens":
        return None
    return (Words if hole.length.unit == "words" else Chars)(hole.length.minimum, hole.length.maximum)
