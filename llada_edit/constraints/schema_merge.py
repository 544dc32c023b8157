"""JSON Schemas brought into the form that can be spelled out: references followed, parts that hold together merged.

Knows the keywords and where they may stand; knows nothing of automata. Only references into the schema itself are
followed: nothing is ever fetched.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from llada_edit.errors import ConstraintError

Schema = dict[str, Any]
"""A JSON Schema that is an object; ``True`` is ``{}``, and ``False`` is `NEVER`."""

NEVER: Schema = {"enum": []}
_LARGER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SMALLER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SPEECH = ("title", "description", "default", "examples", "$comment", "$schema", "$id", "$defs", "definitions")
_BELONGS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
SCALARS = ("string", "number", "boolean", "null")


def as_object(schema: Any) -> Schema:
    """A schema as an object."""
    if isinstance(schema, bool):
        return {} if schema else NEVER
    return dict(schema)


def follow(root: Any, reference: str) -> Schema:
    """The part of a schema that a reference such as ``#/$defs/node`` points to.

    Raises:
        ConstraintError: it points outside, or to nothing.
    """
    found = root
    if not reference.startswith("#") or (len(reference) > 1 and reference[1] != "/"):
        raise ConstraintError(f'schema reference {reference!r} is not followed; write one such as "#/$defs/name"')
    for part in reference[1:].split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ConstraintError(f"schema reference {reference!r} points to nothing; check its path") from None
    return as_object(found)


def types(schema: Schema) -> list[str]:
    """The types that a value may have; without ``type``, those that its keywords speak of, or every scalar one."""
    given = schema.get("type")
    if given is not None:
        return [given] if isinstance(given, str) else list(given)
    return [name for name, keywords in _BELONGS.items() if any(word in schema for word in keywords)] or list(SCALARS)


def merged(one: Schema, other: Schema) -> tuple[Schema, Schema]:
    """A schema of what meets both, as far as their keywords can be joined, and the rest of `other`."""
    both, rest = dict(one), Schema()
    for word, value in other.items():
        if word not in both or both[word] == value:
            both[word] = value
        elif word in _LARGER and not isinstance(value, bool):
            both[word] = max(both[word], value)
        elif word in _SMALLER and not isinstance(value, bool):
            both[word] = min(both[word], value)
        elif word == "required":
            both[word] = list(dict.fromkeys([*both[word], *value]))
        elif word == "properties":
            both[word] = {**both[word], **{name: _both(both[word], name, part) for name, part in value.items()}}
        elif word == "allOf":
            both[word] = [*both[word], *value]
        elif word == "type":
            both[word] = _common_types(types(one), types(other))
        elif word == "enum":
            both[word] = [item for item in both[word] if spelled(item) in map(spelled, value)]
        elif word not in _SPEECH:
            rest[word] = value
    return both, rest


def _both(known: Schema, name: str, part: Any) -> Any:
    return {"allOf": [known[name], part]} if name in known else part


def _common_types(one: list[str], other: list[str]) -> list[str]:
    wide = [{*names, "integer"} if "number" in names else set(names) for names in (one, other)]
    return [name for name in dict.fromkeys([*one, *other]) if all(name in names for names in wide)]


def spelled(value: Any) -> str:
    """The text of a value, by which it is told from others (``1`` is not ``True``)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def exclusive(one: Schema, other: Schema) -> bool:
    """Whether no value can meet both, as far as a look at types and at constants of required properties tells."""
    if "type" in one and "type" in other and not _common_types(types(one), types(other)):
        return True
    for name in {*one.get("required", [])} & {*other.get("required", [])}:
        parts = [as_object(schema.get("properties", {}).get(name, {})) for schema in (one, other)]
        values = [_listed(part) for part in parts]
        if None not in values and not set(values[0] or ()) & set(values[1] or ()):
            return True
    values = [_listed(one), _listed(other)]
    return None not in values and not set(values[0] or ()) & set(values[1] or ())


def _listed(schema: Schema) -> tuple[str, ...] | None:
    """The values that a schema lists, spelled."""
    if "const" in schema:
        return (spelled(schema["const"]),)
    return tuple(map(spelled, schema["enum"])) if "enum" in schema else None
