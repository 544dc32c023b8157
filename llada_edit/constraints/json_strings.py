"""String schemas as automata: length, pattern and format of what stands between the quotes.

Lengths are counted in code points, as JSON Schema does. A pattern may match anywhere unless it is anchored. Formats
that are not in `FORMATS` are annotations and say nothing, as the standard has it. A string of which neither pattern nor
format speaks is written as plain text; the pattern "" asks for any.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from llada_edit.constraints.automaton import Automaton, union
from llada_edit.constraints.json_text import string
from llada_edit.constraints.regex import compile_regex

LONGEST = 1000
"""Upper limits above this are left to a check of the finished text: nothing that fits into a hole comes near."""

LONGEST_PLAIN = 200
"""Upper limits above this leave out the rules of plain text: they double the automaton."""
_ODD = r'"\\{}\[\]<>|^~`_=#*$'
_PLAIN = rf"[^{_ODD}\s.,;:!?'()&%/+@-](?:[^{_ODD}\t\r\n\f\v]*[^{_ODD}\s,;:(&/+@-])?"
"""Strings of which nothing is said: no brackets, quotes or signs of code; no blank or loose sign at the ends."""

_CLASS = re.compile(r"\\[dDwWsS]")
_YEAR = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAY = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rf"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,3}}"
_HEX = "[0-9a-f]"

FORMATS = {
    "date": _DAY,
    "time": _TIME,
    "date-time": f"{_DAY}T{_TIME}",
    "email": rf"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+){{0,3}}@{_LABEL}(?:\.{_LABEL}){{1,3}}",
    "hostname": _HOST,
    "ipv4": rf"{_BYTE}(?:\.{_BYTE}){{3}}",
    "ipv6": r"(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
    "uri": rf"https?://{_HOST}(?:/[A-Za-z0-9._~-]+){{0,4}}/?",
    "uuid": f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}",
}
"""Formats that hold by construction; a part of what the format allows, in its usual spelling."""


def strings(schema: dict[str, Any]) -> tuple[Automaton, bool]:
    """The texts of a string schema, and whether nothing is left to check.

    Raises:
        ConstraintError: a pattern that no automaton can match, or a length that takes too many states.
    """
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    proved = most is None or most <= LONGEST
    content = _sized(least, most if proved else None)
    if "pattern" in schema:
        content = content & found_by(schema["pattern"])
    elif schema.get("format") not in FORMATS and (most is None or most <= LONGEST_PLAIN):
        tidy = content & _plain()
        content = content if tidy.is_empty else tidy
    if schema.get("format") in FORMATS:
        content = content & _format(schema["format"])
    return string(None if content is Automaton.anything() else content), proved


def found_by(pattern: str) -> Automaton:
    r"""The texts in which a pattern is found by ECMA-262, where ``\d`` is ASCII, and by `re`, where it is not."""
    found = union(_found_by(branch, "") for branch in _branches(pattern))
    if _CLASS.search(pattern):
        found = found & union(_found_by(branch, "(?a)") for branch in _branches(pattern))
    return found


def _found_by(branch: str, flags: str) -> Automaton:
    compile_regex(branch)  # what it refuses is named with the pattern as it was given
    anywhere, front, back = Automaton.anything(), branch.startswith(("^", r"\A")), False
    if front:
        branch = branch[1:] if branch[0] == "^" else branch[2:]
    for end in ("$", r"\Z"):
        rest = branch.removesuffix(end)
        if rest != branch and not (end == "$" and _escaped(rest)):
            branch, back = rest, True
            break
    inner = compile_regex(flags + branch)
    inner = inner if front else anywhere + inner
    return inner if back else inner + anywhere


def _escaped(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern outside of all groups and sets."""
    found, depth, in_set, skip = [""], 0, False, False
    for char in pattern:
        if not skip and not in_set:
            depth += (char == "(") - (char == ")")
        if char == "|" and not (skip or in_set or depth):
            found.append("")
            continue
        in_set = not skip and (char == "[" or (in_set and char != "]"))
        skip = not skip and char == "\\"
        found[-1] += char
    return found


@lru_cache(maxsize=64)
def _sized(least: int, most: int | None) -> Automaton:
    if least == 0 and most is None:
        return Automaton.anything()
    return Automaton.characters([(0, 0x10FFFF)]).repeat(least, most)


@lru_cache(maxsize=1)
def _plain() -> Automaton:
    return compile_regex(_PLAIN)


@lru_cache(maxsize=len(FORMATS))
def _format(name: str) -> Automaton:
    return compile_regex(FORMATS[name])
