"""What stays as it is: quotations, addresses, code, and what the user names. Numbers and names: see `words`.

Patterns run on RE2, in time linear in the text whatever they say; look-around and back-references do not exist there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import re2

from llada_edit.errors import OptionError
from llada_edit.holes import Span
from llada_edit.rewriting.words import visible

Keep = str | re.Pattern[str]
"""A string that stays wherever it occurs as whole words, or a regular expression in the syntax of RE2."""

MOST = 1000
"""Entries of a keep-list at most."""
LONGEST = 1000
"""Characters of an entry at most."""

_QUOTED = (
    "\u201c[^\u201c\u201d\n]{1,400}\u201d|\u00ab[^\u00ab\u00bb\n]{1,400}\u00bb|\u201e[^\u201e\u201c\n]{1,400}\u201c"
    '|\u300c[^\u300c\u300d\n]{1,400}\u300d|"[^"\n]{1,400}"'
)
_BUILT_IN = "|".join(
    (
        r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://|www\.|mailto:)[^\s<>\"]+",  # addresses
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        r"``[^\n]{1,400}?``|`+[^`\n]+`+",  # code
        r"\$[^$\n]{1,400}\$|\\[a-zA-Z]+\*?(?:\[[^\]\n]*\])?(?:\{[^{}\n]*\})?|\\.",  # formulas and commands
        r"</?[a-zA-Z!][^<>\n]{0,400}>|&#?\w+;",  # tags and entities
        r"!?\[[^\[\]\n]*\]\([^()\n]*\)|\[[^\[\]\n]*\]\[[^\[\]\n]*\]|\[[\^@]?[\w,;: -]{1,80}\]",  # links and citations
        r"\{\{?[^{}\n]{0,80}\}?\}|%\(?\w*\)?[sdifr]\b|\$\{[^}\n]*\}",  # placeholders
        r"[#@][\w-]+",  # tags and mentions
        r"(?:[\w.~-]*[/\\])+[\w.~-]+|\w+(?:_\w+)+|\w+\.(?:[a-z]{1,5}\b)(?:\(\))?",  # paths and identifiers
        _QUOTED,
    )
)


def kept_spans(text: str, within: Span, keep: Sequence[Keep] = ()) -> list[Span]:
    """Spans of a text that stay as they are: disjoint and in order, in code points; numbers and names aside.

    Args:
        text: any string.
        within: where to look; whole paragraphs, as what a pattern sees ends here.
        keep: the user's own entries.

    Raises:
        OptionError: an entry that RE2 does not take, an empty one, or too many.
    """
    part = visible(within.of(text))
    found = [match.span() for pattern in _patterns(tuple(keep)) for match in pattern.finditer(part)]
    return merged(Span(within.start + start, within.start + end) for start, end in found if start < end)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same code points as disjoint spans in order."""
    done: list[Span] = []
    for span in sorted(spans):
        if done and span.start <= done[-1].end:
            done[-1] = Span(done[-1].start, max(done[-1].end, span.end))
        else:
            done.append(span)
    return done


def check(keep: Sequence[Keep]) -> None:
    """Raise the `OptionError` that `kept_spans` would raise for these entries."""
    _patterns(tuple(keep))


@lru_cache(maxsize=32)
def _patterns(keep: tuple[Keep, ...]) -> tuple[Any, ...]:
    if len(keep) > MOST:
        raise OptionError(f"{len(keep)} entries to keep are too many; give at most {MOST}, or one pattern for several")
    return (_compiled(_BUILT_IN), *(_entry(entry) for entry in keep))


def _entry(entry: Keep) -> Any:
    source = entry if isinstance(entry, str) else getattr(entry, "pattern", None)
    if not isinstance(source, str) or not source.strip():
        raise OptionError(f"{entry!r} is nothing to keep; give a word, a phrase or a compiled pattern")
    if len(source) > LONGEST:
        raise OptionError(f"an entry to keep has {len(source)} characters; give at most {LONGEST}")
    if isinstance(entry, str):
        return _compiled(r"\s+".join(re2.escape(part) for part in entry.split()))
    flags = "".join(sign for sign, flag in (("i", re.I), ("m", re.M), ("s", re.S)) if entry.flags & flag)
    return _compiled(f"(?{flags}:{source})" if flags else source)


def _compiled(source: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(source, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error.args[0]
        raise OptionError(
            f"pattern {source!r} is not in the syntax of RE2 ({reason}); look-around and back-references do not exist"
        ) from error
