r"""Constraints on one line, for hole markup and the command line: ``5-9 words, include refund, forbid very|quite``.

Items stand between commas and all hold at once:

    5-9 words, at most 60 chars, exactly 4 tokens, 2 sentences, 5 syllables    a count, or a range of counts
    choice red|green|blue                                                      one of these texts
    include refund|by Friday          forbid very|quite                        all of these phrases; none of them
    prefix Dear                       suffix !                                 how the text begins, and ends
    rhymes day                                                                 what the last word rhymes with
    regex \d+\.\d\d                                                            a pattern: the whole rest of the line
    schema {"type": "integer"}                                                 a JSON schema: the whole rest, too

A value may stand in double quotes; outside of them blanks at its ends are dropped. A backslash takes the next sign as
it is: ``\,`` ``\|`` ``\"`` ``\\``. In a pattern and a schema nothing is special. In hole markup, square brackets come
in pairs or after a backslash, so ``[?code: regex [A-Z]{2}\]]`` is the pattern ``[A-Z]{2}\]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from llada_edit.constraints.phrases import MustInclude, Phrases
from llada_edit.constraints.schema import JsonSchema
from llada_edit.constraints.sentences import Sentences
from llada_edit.constraints.sounds import Rhymes, Syllables
from llada_edit.constraints.texts import Chars, Choice, Prefix, Regex, Suffix, Words
from llada_edit.constraints.values import And, Constraint, Tokens
from llada_edit.errors import ConstraintError, DocumentError
from llada_edit.holes import LengthHint

_COUNTED = {"words": Words, "chars": Chars, "tokens": Tokens}
_OTHER_UNITS = re.compile(r"(.+?)\s+(sentence|syllable)s?", re.IGNORECASE)
_ITEM = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_VALUE = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|((?:\\.|[^,|"\\])(?:\\.|[^,|\\])*|))\s*([,|]|$)')
_ESCAPE = re.compile(r"\\(.)")
_REST: dict[str, Callable[[str], Constraint]] = {"regex": Regex, "schema": JsonSchema}
_LISTED: dict[str, Callable[..., Constraint]] = {
    "choice": Choice,
    "include": MustInclude,
    "forbid": lambda *phrases: ~Phrases(*phrases),
}
_SINGLE: dict[str, Callable[[str], Constraint]] = {"prefix": Prefix, "suffix": Suffix, "rhymes": Rhymes}
_WORDS = ", ".join([*_LISTED, *_SINGLE, *_REST])
_HELP = f'write a count such as "5-9 words", or one of {_WORDS} and a value, as in "include refund"'


def parse(text: str) -> Constraint:
    """Read one line.

    Raises:
        ConstraintError: an item that cannot be read, or a value that its constraint refuses.
    """
    found, rest = list[Constraint](), text
    while True:
        word = _ITEM.match(rest)
        name = word[1].lower() if word else ""
        if word and name in _REST:
            found.append(_REST[name](_needed(rest[word.end() :].strip(), name)))
            break
        if word and (name in _LISTED or name in _SINGLE):
            values, rest, more = _values(rest[word.end() :], name)
            found.append(_LISTED[name](*values) if name in _LISTED else _SINGLE[name](_only(values, name)))
        else:
            item, comma, rest = rest.partition(",")
            more = bool(comma)
            found.append(count(item))
        if not more:
            break
    return found[0] if len(found) == 1 else And(*found)


def count(item: str) -> Constraint:
    """Read a count of words, characters, tokens, sentences or syllables.

    Raises:
        ConstraintError: it is none.
    """
    other = _OTHER_UNITS.fullmatch(item.strip())
    try:
        hint = LengthHint.find(f"{other[1]} words" if other else item)
    except DocumentError as error:
        raise ConstraintError(str(error)) from None
    if hint is None:
        raise ConstraintError(f"{item.strip()[:60]!r} is no constraint; {_HELP}")
    if other is None:
        return _COUNTED[hint.unit](hint.minimum, hint.maximum)
    if other[2].lower() == "sentence":
        return Sentences(hint.minimum, hint.maximum)
    if hint.minimum != hint.maximum:
        raise ConstraintError(f'{item.strip()!r} is a range; give one number of syllables, such as "5 syllables"')
    return Syllables(hint.minimum)


def _values(rest: str, name: str) -> tuple[list[str], str, bool]:
    """The values up to the next comma, what follows it, and whether there was one."""
    values, place = list[str](), 0
    while True:
        found = _VALUE.match(rest, place)
        if not found:
            raise ConstraintError(
                f"{name} {rest[:60]!r} cannot be read; write values plain or in double quotes, with | between them"
            )
        quoted, plain, end = found.groups()
        values.append(_needed(_ESCAPE.sub(r"\1", plain.strip() if quoted is None else quoted), name))
        place = found.end()
        if end != "|":
            return values, rest[place:], end == ","


def _only(values: list[str], name: str) -> str:
    if len(values) > 1:
        raise ConstraintError(f"{name} takes one value and has {len(values)}; put it in double quotes")
    return values[0]


def _needed(value: str, name: str) -> str:
    if not value:
        raise ConstraintError(f"{name} has no value; {_HELP}")
    return value
