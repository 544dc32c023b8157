"""Constraints as people say them, for messages. `repr` is for code; what one means, `language` says."""

from __future__ import annotations

from llada_edit.constraints.copying import NoCopy
from llada_edit.constraints.grammar import Grammar
from llada_edit.constraints.phrases import MustInclude, Phrases
from llada_edit.constraints.schema import JsonSchema
from llada_edit.constraints.sentences import Sentences
from llada_edit.constraints.sounds import Rhymes, Syllables
from llada_edit.constraints.template import Template
from llada_edit.constraints.texts import Chars, Choice, Prefix, Regex, Suffix, Words
from llada_edit.constraints.values import And, Concat, Constraint, Not, Or, Repeat, Tokens

_LONGEST = 60
"""Characters of a text or pattern that are shown."""
_MOST = 4
"""Texts of a list that are shown."""


def wording(constraint: Constraint) -> str:
    """What is asked for, in words: ``at least 9 words and "refund" in it``; a kind that is not known as its `repr`."""
    match constraint:
        case And(parts=parts):
            return " and ".join(map(_inner, parts))
        case Or(parts=parts):
            return ", or ".join(map(_inner, parts))
        case Concat(parts=parts):
            return ", then ".join(map(_inner, parts))
        case Not(part=Phrases(phrases=phrases)):
            return f"{_listed(phrases, 'or')} not in it"
        case Not(part=part):
            return f"not ({wording(part)})"
        case Repeat(part=part, least=least, most=most):
            return f"{_counted('times', least, most)} ({wording(part)})"
        case _:
            return _simple(constraint)


def _inner(part: Constraint) -> str:
    return f"({wording(part)})" if isinstance(part, And | Or | Concat) else wording(part)


def _simple(constraint: Constraint) -> str:
    match constraint:
        case Words() | Chars() | Tokens() | Sentences():
            unit = {Words: "words", Chars: "characters", Tokens: "tokens", Sentences: "sentences"}[type(constraint)]
            return _counted(unit, constraint.minimum, constraint.maximum)
        case Choice(options=(only,)):
            return f"the text {_quoted(only)}"
        case Choice(options=options):
            return f"one of {_listed(options, 'or')}"
        case MustInclude(phrases=phrases):
            return f"{_listed(phrases, 'and')} in it"
        case Phrases(phrases=phrases):
            return f"{_listed(phrases, 'or')} in it"
        case Prefix(text=text):
            return f"{_quoted(text)} at its beginning"
        case Suffix(text=text):
            return f"{_quoted(text)} at its end"
        case Rhymes(word=word):
            return f"a rhyme with {_quoted(word)}"
        case Syllables(count=count):
            return _counted("syllables", count, count)
        case Regex(pattern=pattern):
            return f"the pattern {_short(pattern)}"
        case Template(text=text):
            return f"the template {_quoted(text)}"
        case JsonSchema():
            return "JSON of the schema"
        case Grammar():
            return "a text of the grammar"
        case NoCopy(k=k):
            return f"no {k} words in a row from the source"
        case _:
            return repr(constraint)


def _counted(unit: str, least: int, most: int | None) -> str:
    last = least if most is None else most
    unit = unit.removesuffix("s") if last == 1 else unit
    if most is None:
        return f"at least {last} {unit}"
    if least == most:
        return f"exactly {last} {unit}"
    return f"at most {last} {unit}" if least == 0 else f"{least} to {last} {unit}"


def _listed(texts: tuple[str, ...], last: str) -> str:
    shown = [_quoted(text) for text in texts[:_MOST]] + (["…"] if len(texts) > _MOST else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def _quoted(text: str) -> str:
    return f'"{_short(text)}"'


def _short(text: str) -> str:
    """On one line, its beginning."""
    line = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
