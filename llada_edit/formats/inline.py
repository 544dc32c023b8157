"""Strings that no rewriting may touch, whatever the format: addresses, placeholders, hole markup, control comments.

Every pattern is bounded or stops at its own opening character, so that a search is linear on any text. Knows nothing of
markup languages; adapters add their own patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from llada_edit.holes import Span

_TAIL = r"[^\s<>\"`\\{}|]{0,2000}[^\s<>\"`\\{}|.,;:!?'()\[\]*_~]"
ADDRESS = re.compile(
    rf"(?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{{0,30}}://{_TAIL}"
    rf"|\b(?i:mailto|tel|data|javascript|vbscript|file|doi|urn|arxiv):{_TAIL}"
    rf"|\b(?i:www)\.{_TAIL}"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|(?<!\w)(?:[\w-]{1,63}\.){1,8}"
    r"(?:com|org|net|edu|gov|info|io|dev|ai|app|co|eu|uk|de|fr|ru|cn|xyz|link|site|online)\b"
    r"(?:/[^\s<>\"`\\{}|]{0,2000}[^\s<>\"`\\{}|.,;:!?'()\[\]*_~])?"
    r"|\b10\.\d{4,9}/[^\s<>\"]{0,200}[\w/]",
)
"""Addresses of the web and of mail, written out in running text."""

_PLACEHOLDERS = (
    r"\[\?[^\[\]\r\n]{0,200}\]",  # our own hole markup
    r"\[MASK\]",
    r"<\|[^|<>\r\n]{1,60}\|>",  # special tokens of language models
    r"\{\{[^{}\r\n]{0,500}\}\}",  # Mustache, Jinja, Hugo
    r"\{%[^%\r\n]{0,500}%\}",  # Liquid, Jinja
    r"\$\{[^{}\r\n]{0,200}\}",
    r"\{[A-Za-z_0-9]{0,60}(?:[.:!\[][^{}\s]{0,60})?\}",  # str.format, ICU without its plural forms
    r"%\([A-Za-z_0-9]{1,60}\)[-+#0-9.]{0,8}[A-Za-z]",
    r"%(?:[0-9]{1,3}\$)?[-+#0]?[0-9]{0,4}(?:\.[0-9]{1,3})?(?:hh?|ll?|z)?[sdiufxXoceEgG@](?![A-Za-z])",
    r"(?<![\w:]):[a-z][a-z0-9_+-]{1,40}:(?![\w:])",  # emoji by name
)
FIXED = re.compile("|".join([ADDRESS.pattern, *_PLACEHOLDERS]))
"""Everything that is carved out of the editable spans of every format."""

_SWITCH = re.compile(r"llada-edit:[ \t]*(off|on)\b")
BREAK = re.compile(r"[ \t]*(?:\r\n|\r|\n)[ \t]*")
"""A line break with the blanks around it; between two lines of a paragraph it is white space."""


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as one string."""
    return frozenset(text.split())


def addresses(text: str) -> set[str]:
    """The addresses written out in a text."""
    return {found[0] for found in ADDRESS.finditer(text)}


def carve(text: str, start: int, end: int, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """What is left of a range without the matches of a pattern, in order; pieces may be empty."""
    for found in pattern.finditer(text, start, end):
        yield start, found.start()
        start = found.end()
    yield start, end


def switched_off(text: str, comments: Iterable[Span]) -> list[Span]:
    """The ranges between the comments ``llada-edit: off`` and ``llada-edit: on``; without the latter, to the end."""
    ranges, since = [], None
    for comment in sorted(comments):
        for found in _SWITCH.finditer(text, comment.start, comment.end):
            if found[1] == "off" and since is None:
                since = comment.start
            elif found[1] == "on" and since is not None:
                ranges.append(Span(since, comment.end))
                since = None
    return ranges if since is None else [*ranges, Span(since, len(text))]
