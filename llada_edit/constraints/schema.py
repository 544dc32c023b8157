"""`JsonSchema`: a hole that holds a JSON value of a given schema.

What a regular language can say holds by construction; the rest is checked on the finished text with `jsonschema`.
Nothing is ever fetched: references point into the schema itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from llada_edit.constraints.automaton import Automaton


@dataclass(frozen=True, init=False, repr=False)
class JsonSchema(Constraint):
    """A JSON value that meets a schema (draft 4 to 2020-12), in one spelling.

    Types, enum, const, required and optional properties, nested arrays and objects, numbers within bounds, strings by
    length, pattern and format, anyOf and allOf hold by construction; references inside themselves are followed `depth`
    times. So does uniqueItems where the items are a few given values. Elsewhere it is checked on the finished text, as
    contains, not, if/then/else and the like are, and the text is drawn again where it fails. Properties stand in the
    order of the schema, and none that it does not name; a value of which the schema says nothing is a string, a number,
    a boolean or null; numbers have no exponent and at most 15 digits.

    Args:
        schema: as Python data, or as JSON text.
        whitespace: "spaced" as `json.dumps` writes, "compact", or "free": one space or none wherever JSON allows it.
        depth: how often a reference is followed inside itself.

    Raises:
        ConstraintError: it is no JSON Schema, or refers to another document.
    """

    schema: str
    whitespace: str = "spaced"
    depth: int = 3

    def __init__(self, schema: Any, whitespace: str = "spaced", depth: int = 3) -> None:
        object.__setattr__(self, "schema", _canonical(schema))
        object.__setattr__(self, "whitespace", whitespace)
        object.__setattr__(self, "depth", depth)
        if whitespace not in ("spaced", "compact", "free"):
            raise ConstraintError(f"white space {whitespace!r} is unknown; choose spaced, compact or free")
        if not isinstance(depth, int) or not 0 <= depth <= 8:
            raise ConstraintError(f"schema depth {depth!r} is not possible; give 0 to 8")
        _validator(self.schema)

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return self.schema

    @property
    def partial(self) -> bool:
        """See `Constraint.partial`."""
        return True

    @property
    def loose(self) -> bool:
        """See `Constraint.loose`."""
        return bool(self.unproved)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`; the same between any texts."""
        return _built(self)[0]

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """Whether a text is JSON, in any spelling, with no name twice in an object, and meets the whole schema."""
        try:
            value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return False
        return bool(_validator(self.schema).is_valid(value))

    @property
    def unproved(self) -> tuple[str, ...]:
        """Keywords that are only checked on the finished text."""
        return _built(self)[1]

    def __repr__(self) -> str:
        options = "" if self.whitespace == "spaced" else f", whitespace={self.whitespace!r}"
        options += "" if self.depth == 3 else f", depth={self.depth}"
        return f"JsonSchema({json.loads(self.schema)!r}{options})"


@lru_cache(maxsize=64)
def _built(constraint: JsonSchema) -> tuple[Automaton, tuple[str, ...]]:
    from llada_edit.constraints.json_text import Spelling
    from llada_edit.constraints.schema_build import Builder

    builder = Builder(_validator(constraint.schema), Spelling.of(constraint.whitespace), constraint.depth)
    return builder.build(json.loads(constraint.schema)), tuple(sorted(builder.unproved))


def _canonical(schema: Any) -> str:
    """JSON text of a schema, which can be compared and hashed; the order of properties stays."""
    try:
        data = json.loads(schema) if isinstance(schema, str) else schema
        return json.dumps(data, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConstraintError(
            f"the schema is not JSON ({error}); give JSON text, or dicts, lists and scalars"
        ) from error


@lru_cache(maxsize=64)
def _validator(text: str) -> Validator:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    schema: Any = json.loads(text)
    if type(schema) not in (dict, bool):
        raise ConstraintError(f"{text[:60]} is no schema; give an object such as {{'type': 'string'}}")
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ConstraintError(f"the schema is not valid at {error.json_path}: {error.message[:160]}") from error
    # An empty registry: whatever is not in the schema itself is not found, and never fetched.
    validator: Validator = kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)
    return validator


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
