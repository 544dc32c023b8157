"""Settings as frozen dataclasses, every value checked by the annotation of its field: a type, and for numbers a range.

Knows annotations; does not know what any setting means.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from llada_edit.errors import OptionError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Within:
    """The range of a number, or of all numbers in a table; both ends are in it, unless it is strict."""

    low: float = -math.inf
    high: float = math.inf
    strict: bool = False

    def __contains__(self, number: float) -> bool:
        if self.strict:
            return self.low < number < self.high
        return math.isfinite(number) and self.low <= number <= self.high

    def __str__(self) -> str:
        if self.high < math.inf:
            return f" from {self.low:g} to {self.high:g}"
        return "" if self.low == -math.inf else f" {'above' if self.strict else 'of at least'} {self.low:g}"


ANY, POSITIVE = Within(), Within(0, strict=True)
Count = Annotated[int, Within(1)]
Amount = Annotated[float, Within(0)]
Share = Annotated[float, Within(0, 1)]

PLAIN: Mapping[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a text in quotes"),
    Path: ((str, Path), "a path in quotes"),
}
"""Which values an annotation takes, and how they are called."""


def read_table(kind: type[T], values: Any, place: str, numbers: Within = ANY) -> T:
    """A table of a TOML file as the dataclass `kind`.

    Args:
        kind: what to make; tables in it are dataclasses too.
        values: the table.
        place: where it stands, in front of every message: a file, and the name of the table.
        numbers: the range of numbers whose annotation has none.

    Raises:
        OptionError: no table, no such setting, one that is missing, or a value of the wrong kind or range.
    """
    if not isinstance(values, dict):
        raise OptionError(f"{place} is {values!r}; give a table")
    known = {entry.name: entry for entry in fields(kind)}  # type: ignore[arg-type]  # only dataclasses come here
    for name in values:
        if name not in known:
            raise OptionError(f"{place}: {name!r} is no setting here; there are {', '.join(sorted(known))}")
    for name, entry in known.items():
        if name not in values and entry.default is MISSING and entry.default_factory is MISSING:
            raise OptionError(f"{place}: {name} is missing; give it")
    hints = get_type_hints(kind, include_extras=True)
    found = {name: _value(hints[name], value, f"{place}: {name}", numbers) for name, value in values.items()}
    try:
        return kind(**found)
    except OptionError as error:
        raise OptionError(f"{place}: {error}") from error


def check(settings: Any) -> None:
    """Check all fields of a dataclass; raises `OptionError` with the name of the first that is wrong."""
    for name, hint in get_type_hints(type(settings), include_extras=True).items():
        _value(hint, getattr(settings, name), name, ANY)


def _value(hint: Any, value: Any, place: str, numbers: Within) -> Any:
    """A value as its annotation wants it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _value(inner[0], value, place, inner[1])
    if origin in (Union, UnionType):
        kind = next(one for one in inner if one is not NoneType)
        return None if value is None else _value(kind, value, place, numbers)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise OptionError(f"{place} is {value!r}; give a list, for instance [{value!r}]")
        return tuple(_value(inner[0], one, place, numbers) for one in value)
    if origin is Literal:
        if value not in inner:
            raise OptionError(f"{place} is {value!r}; give {' or '.join(inner)}")
        return value
    if is_dataclass(hint):
        return value if isinstance(value, hint) else read_table(hint, value, place, numbers)  # type: ignore[arg-type]  # a type
    return _plain(hint, value, place, numbers)


def _plain(kind: type, value: Any, place: str, numbers: Within) -> Any:
    kinds, name = PLAIN[kind]
    number = kind in (int, float)
    right: bool = isinstance(value, kinds)
    if not right or (number and (isinstance(value, bool) or value not in numbers)):
        raise OptionError(f"{place} is {value!r}; give {name}{numbers if number else ''}")
    return Path(os.path.expanduser(value)) if kind is Path else value
