"""Constraints on the command line: one option for each kind, joined by "and", and the warning of a strained fill."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.conditions import Asked
    from llada_edit.constraints.values import Constraint
    from llada_edit.edits import Fill

F = TypeVar("F", bound=Callable[..., Any])

_ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")
"""What a dot in a pattern is a dot in: an escape, or a class."""
STRAINED = 1.5
"""Nats per token above which a constraint has pushed the model far from its own words."""


def asked_options(function: F) -> F:
    """``--regex``, ``--choice``, ``--include`` and the others."""
    options = [
        click.option("--regex", metavar="PATTERN", help="The fill matches a pattern from end to end."),
        click.option(
            "--choice", multiple=True, metavar="TEXT", help="The fill is this text, or one of them if repeated."
        ),
        click.option(
            "--include",
            multiple=True,
            metavar="PHRASE",
            help="A word or phrase that stands in the fill; may be repeated.",
        ),
        click.option(
            "--forbid", multiple=True, metavar="PHRASE", help="A word or phrase that does not; may be repeated."
        ),
        click.option("--words", metavar="N or M-N", help="How many words the fill has, such as 5-9."),
        click.option("--chars", metavar="N or M-N", help='How many characters it has, such as "at most 60".'),
        click.option("--schema", metavar="FILE", help="The fill is JSON that meets the JSON Schema in a file."),
        click.option("--grammar", metavar="FILE", help="The fill is a text of the Lark grammar in a file."),
        click.option(
            "--where", multiple=True, metavar="TEXT", help='Any constraint as in hole markup, such as "2 sentences".'
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def asked(choices: dict[str, Any]) -> Constraint | None:
    """The constraint that the options ask for, None for none; they are taken out of `choices`.

    Raises:
        ConstraintError: a value that cannot be read.
    """
    names = ("regex", "choice", "include", "forbid", "words", "chars", "schema", "grammar", "where")
    given = {name: choices.pop(name) for name in names}
    if all(value in (None, ()) for value in given.values()):
        return None
    return reduce(lambda one, other: one & other, _constraints(given))


def _constraints(given: dict[str, Any]) -> list[Constraint]:
    from llada_edit.constraints.grammar import Grammar
    from llada_edit.constraints.phrases import MustInclude, Phrases
    from llada_edit.constraints.schema import JsonSchema
    from llada_edit.constraints.text import count, parse
    from llada_edit.constraints.texts import Choice, Regex

    found: list[Constraint] = []
    if given["regex"] is not None:
        found.append(Regex(given["regex"]))
    if given["choice"]:
        found.append(Choice(*given["choice"]))
    if given["include"]:
        found.append(MustInclude(*given["include"]))
    if given["forbid"]:
        found.append(~Phrases(*given["forbid"]))
    found += [count(f"{given[unit]} {unit}") for unit in ("words", "chars") if given[unit] is not None]
    found += [
        kind(_read(given[name], name))
        for name, kind in (("schema", JsonSchema), ("grammar", Grammar))
        if given[name] is not None
    ]
    return [*found, *map(parse, given["where"])]


def _read(name: str, option: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConstraintError(f"--{option} {name}: cannot be read ({reason}); give a file") from error


def warn_of_strain(fill: Fill, asked: Asked) -> None:
    """One line on stderr where a constraint has pushed the best candidate far from the model's own words.

    Nothing is said where the words were not the model's to choose: the user has written them.
    """
    strain = fill.candidates[0].strain
    given = [one for one in (asked.region, *asked.holes.values(), *asked.notes.values()) if one is not None]
    if strain is None or strain <= STRAINED or (given and all(map(dictated, given))):
        return
    click.echo(
        "strained: what was asked for is far from what the model would write here, and the fill may read badly;"
        " ask for less, or give it another length",
        err=True,
    )


def dictated(constraint: Constraint) -> bool:
    """Whether a constraint says how the text is spelt: a choice, or a pattern, schema or grammar that leaves no words.

    A pattern with a dot in it leaves them open.
    """
    from llada_edit.constraints.grammar import Grammar
    from llada_edit.constraints.schema import JsonSchema
    from llada_edit.constraints.texts import Choice, Regex
    from llada_edit.constraints.values import And, Concat, Or, Repeat

    match constraint:
        case And(parts=parts):
            return any(map(dictated, parts))
        case Or(parts=parts) | Concat(parts=parts):
            return all(map(dictated, parts))
        case Repeat(part=part):
            return dictated(part)
        case Regex(pattern=pattern):
            return "." not in _ESCAPED.sub("", pattern)
        case _:
            return isinstance(constraint, Choice | JsonSchema | Grammar)
