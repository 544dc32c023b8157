"""Constraints as JSON and back: how the command line, the language server and files pass them.

A constraint is an object: ``kind`` and one member per field, as in ``{"kind": "words", "minimum": 3, "maximum": 8}``.
Kinds are entry points of the group `GROUP`, ours among them; a plug-in's kind is a dataclass and a `Constraint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter, signature
from typing import Any

from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError, LladaEditError, PluginError

GROUP = "llada_edit.constraints"
"""Entry points of this group are subclasses of `Constraint`; the name of one is its kind."""


def to_json(constraint: Constraint) -> dict[str, Any]:
    """JSON data for a constraint, of which `from_json` makes an equal one.

    Raises:
        ConstraintError: its class is not registered.
    """
    cls: type[Any] = type(constraint)
    kind = next((name for name in _points() if _load(name) is cls), None)
    if kind is None or not is_dataclass(cls):
        raise ConstraintError(
            f"{cls.__name__} has no kind; register the dataclass as an entry point of the group {GROUP}"
        )
    return {"kind": kind, **{field.name: _plain(getattr(constraint, field.name)) for field in fields(cls)}}


def from_json(data: Any) -> Constraint:
    """The constraint that JSON data stands for.

    Raises:
        ConstraintError: an unknown kind, members that the kind does not have, or values that it refuses.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str):
        raise ConstraintError(f'{str(data)[:60]!r} is no constraint; give an object such as {{"kind": "regex", …}}')
    kind = data["kind"]
    if kind not in _points():
        near = get_close_matches(kind, _points(), n=2)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(sorted(_points()))}"
        raise ConstraintError(f"constraint kind {kind!r} is unknown{hint}")
    try:
        return _made(_load(kind), {name: value for name, value in data.items() if name != "kind"})
    except LladaEditError:
        raise
    except RecursionError:
        raise ConstraintError("the constraint is nested too deeply; use fewer constraints inside constraints") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise ConstraintError(f"constraint {kind!r} cannot be made of {str(data)[:80]}: {error}") from error


def _made(cls: type[Constraint], members: dict[str, Any]) -> Constraint:
    """An instance; a field that the constructor takes as ``*parts`` is spread out."""
    own: Any = cls  # a dataclass, by the rules of the group
    nested = {field.name for field in fields(own) if "Constraint" in str(field.type)}
    values = {name: _inner(value) if name in nested else _frozen(value) for name, value in members.items()}
    order = list(signature(cls).parameters.values())
    spread = next((place for place, one in enumerate(order) if one.kind is Parameter.VAR_POSITIONAL), None)
    if spread is None:
        return cls(**values)
    several = values.pop(order[spread].name, ())
    if not isinstance(several, tuple):
        raise TypeError(f"{order[spread].name} is no list")
    return cls(*(values.pop(one.name, None) for one in order[:spread]), *several, **values)


def _inner(value: Any) -> Any:
    return tuple(map(from_json, value)) if isinstance(value, list) else from_json(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Constraint):
        return to_json(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@lru_cache(maxsize=1)
def _points() -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in found and found[point.name].value != point.value:
            raise PluginError(
                f"constraint kind {point.name!r} is offered by {found[point.name].value} and {point.value}; "
                "uninstall one"
            )
        found[point.name] = point
    return found


@lru_cache(maxsize=256)
def _load(name: str) -> type[Constraint]:
    point = _points()[name]
    try:
        cls = point.load()
    except LladaEditError:
        raise
    except Exception as error:
        raise PluginError(f"constraint plug-in {name!r} ({point.value}) does not load: {error}") from error
    if not (isinstance(cls, type) and issubclass(cls, Constraint)):
        raise PluginError(f"constraint plug-in {name!r} ({point.value}) is no Constraint class")
    return cls
