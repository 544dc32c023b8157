"""`Template`: fixed text with constraints in its gaps, as one filling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from string import Formatter
from typing import TYPE_CHECKING

from llada_edit.constraints.base import whole_texts
from llada_edit.constraints.texts import Chars
from llada_edit.constraints.values import Constraint, Tokens
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton

ANY = Chars(1)
"""What a field without a constraint holds."""


@dataclass(frozen=True, init=False, repr=False)
class Template(Constraint):
    """Fixed text with fields, ``{}`` or ``{name}``; ``{{`` and ``}}`` are braces.

    Args:
        text: such as ``"Dear {name}, thank you for {}."``.
        *parts: constraints of the fields from left to right; a field without one holds any text of a character or more.
        **named: constraints of fields by their name.

    Raises:
        ConstraintError: the text is no template, or there are constraints without a field.
    """

    text: str
    parts: tuple[Constraint, ...]

    def __init__(self, text: str, *parts: Constraint, **named: Constraint) -> None:
        names = [name for _, name in pieces(text) if name is not None]
        unknown = [name for name in named if name not in names]
        if unknown or len(parts) + len(named) > len(names):
            what = f"no field {unknown[0]!r}" if unknown else f"{len(names)} fields for {len(parts) + len(named)} parts"
            raise ConstraintError(f"template {text!r} has {what}; write fields as {{}} or {{name}}")
        queue = iter(parts)
        chosen = tuple(named[name] if name in named else next(queue, ANY) for name in names)
        for part in chosen:
            if not isinstance(part, Constraint) or isinstance(part, Tokens):
                raise ConstraintError(f"{part!r} cannot stand in a template; give a constraint on text")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "parts", chosen)

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return "".join([*(literal for literal, _ in pieces(self.text)), *(part.mentions for part in self.parts)])

    @property
    def sees(self) -> int:
        """See `Constraint.sees`."""
        return max((part.sees for part in self.parts), default=0)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`; a part sees the fixed text on its sides, and at the ends the neighbours too."""
        from llada_edit.constraints.automaton import Automaton

        whole_texts(self.parts)
        row = pieces(self.text)
        literals = [literal for literal, _ in row] + ([""] if row and row[-1][1] is not None else [])
        sides = [before + literals[0], *literals[1:-1], literals[-1] + after] if self.parts else []
        languages = [
            Automaton.literal(literals[index]) + part.language(sides[index], sides[index + 1])
            for index, part in enumerate(self.parts)
        ]
        return reduce(
            lambda one, other: one + other, [*languages, Automaton.literal("".join(literals[len(languages) :]))]
        )

    def __repr__(self) -> str:
        return f"Template({', '.join([repr(self.text), *map(repr, self.parts)])})"


def pieces(text: str) -> list[tuple[str, str | None]]:
    """Fixed text and the name of the field behind it, None at the end."""
    try:
        found = list(Formatter().parse(text))
    except (ValueError, TypeError) as error:
        raise ConstraintError(f"{text!r} is no template ({error}); write a brace as {{{{ or }}}}") from error
    row: list[tuple[str, str | None]] = []
    for literal, name, shape, conversion in found:
        if shape or conversion or (name and not name.isidentifier()):
            raise ConstraintError(f"template field {{{name}}} of {text!r} cannot be read; write {{}} or {{name}}")
        if name and name in [other for _, other in row]:
            raise ConstraintError(f"template {text!r} has two fields {name!r}; give each its own name")
        if row and row[-1][1] is None:  # an escaped brace splits fixed text
            row[-1] = (row[-1][0] + literal, name)
        else:
            row.append((literal, name))
    return row
