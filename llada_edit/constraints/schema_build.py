"""From a JSON Schema to the language of its texts, and the list of keywords that a regular language cannot hold.

Everything in the language meets every keyword but those in `unproved`, which the finished text is checked for. Not
every valid text is in it: one spelling of each string and number, properties in the order of the schema, no properties
that the schema does not name, references followed to a fixed depth.
"""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Any

from jsonschema.protocols import Validator

from llada_edit.constraints.automaton import Automaton, union
from llada_edit.constraints.decimals import MULTIPLE, decimals, integers
from llada_edit.constraints.json_distinct import distinct
from llada_edit.constraints.json_strings import strings
from llada_edit.constraints.json_text import Spelling
from llada_edit.constraints.schema_merge import Schema, as_object, exclusive, follow, merged, types

_CHECKED = (
    *("not", "if", "contains", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies"),
    *("unevaluatedProperties", "unevaluatedItems"),
)
Levels = tuple[tuple[str, int], ...]
"""How often each reference has been followed on the way to a place."""


class Builder:
    """One schema on its way to an automaton.

    Args:
        validator: of the whole schema.
        spelling: white space between the parts.
        depth: how often one reference is followed inside itself.

    Attributes:
        unproved: keywords that the language may violate.
    """

    def __init__(self, validator: Validator, spelling: Spelling, depth: int) -> None:
        self.validator, self.root, self.spelling, self.depth = validator, validator.schema, spelling, depth
        self.unproved: set[str] = set()
        self._known: dict[tuple[str, Levels], Automaton] = {}

    def build(self, schema: Any, levels: Levels = ()) -> Automaton:
        """The texts of a schema inside the whole one."""
        key = (json.dumps(schema), levels)
        if key not in self._known:
            self._known[key] = self._of(schema, dict(levels))
        return self._known[key]

    def _of(self, schema: Any, levels: dict[str, int]) -> Automaton:
        whole, rest = dict[str, Any](), list[Schema]()
        todo = [as_object(schema)]
        while todo:
            whole, left = merged(whole, todo.pop(0))
            rest += [left] if left else []
            todo = [*map(as_object, whole.pop("allOf", ())), *todo]
            if "$ref" in whole:
                reference = whole.pop("$ref")
                levels[reference] = levels.get(reference, 0) + 1
                if levels[reference] > self.depth + 1:
                    return Automaton.nothing()
                todo.append(follow(self.root, reference))
        here = tuple(sorted(levels.items()))
        if "const" in whole or "enum" in whole:
            return self._listed(whole, rest)
        for word in ("anyOf", "oneOf"):
            if word in whole:
                return self._alternatives(whole, word, rest, here)
        self.unproved |= {word for word in _CHECKED if whole.get(word, False) is not False}
        built = union(self._typed(whole, name, here) for name in types(whole))
        return reduce(lambda one, part: one & self.build(part, here), rest, built)

    def _alternatives(self, whole: Schema, word: str, rest: list[Schema], levels: Levels) -> Automaton:
        parts = [as_object(part) for part in whole.pop(word)]
        if word == "oneOf":
            seen = [follow(self.root, part["$ref"]) if "$ref" in part else part for part in parts]
            if not all(exclusive(one, other) for i, one in enumerate(seen) for other in seen[:i]):
                self.unproved.add("oneOf")
        return union(self.build({"allOf": [whole, part, *rest]}, levels) for part in parts)

    def _listed(self, whole: Schema, rest: list[Schema]) -> Automaton:
        """Given values; those that violate other keywords are left out, so nothing is left to check."""
        values = [whole["const"]] if "const" in whole else whole["enum"]
        check = self.validator.evolve(schema={"allOf": [whole, *rest]})
        return union(self.spelling.value(value) for value in values if check.is_valid(value))

    def _typed(self, schema: Schema, name: str, levels: Levels) -> Automaton:
        if name == "null":
            return Automaton.literal("null")
        if name == "boolean":
            return Automaton.strings(["true", "false"])
        if name in ("integer", "number"):
            return self._number(schema, name == "integer")
        if name == "string":
            language, proved = strings(schema)
            self.unproved |= set() if proved else {"maxLength"}
            return language
        return self._array(schema, levels) if name == "array" else self._object(schema, levels)

    def _number(self, schema: Schema, whole: bool) -> Automaton:
        low, above = _bound(schema, "minimum", "exclusiveMinimum", 1)
        high, below = _bound(schema, "maximum", "exclusiveMaximum", -1)
        step = schema.get("multipleOf")
        if whole or step == 1:
            known = step is None or (step == int(step) and step <= MULTIPLE)
            self.unproved |= set() if known else {"multipleOf"}
            return integers(low, high, above=above, below=below, step=int(step or 1) if known else 1)
        places = None
        if step is not None:
            # What does not divide is drawn less often with no more digits than the step has.
            self.unproved.add("multipleOf")
            places = max(0, -int(Decimal(repr(step)).as_tuple().exponent))
        return decimals(low, high, above=above, below=below, places=places)

    def _array(self, schema: Schema, levels: Levels) -> Automaton:
        first, items = schema.get("prefixItems", []), schema.get("items", {})
        if isinstance(items, list):  # drafts before 2020-12
            first, items = items, schema.get("additionalItems", {})
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        parts = [self.build(part, levels) for part in first[:most]]
        more = None if most is None else max(0, most - len(parts))
        item = self.build(items, levels)
        if schema.get("uniqueItems") is True and len(parts) + (2 if more is None else more) > 1:
            body = None if parts else distinct(item, self.spelling.comma, least, most)
            if body is not None:
                return self.spelling.enclosed("[", body, "]")
            self.unproved.add("uniqueItems")
        return self.spelling.array(parts, item, least, more)

    def _object(self, schema: Schema, levels: Levels) -> Automaton:
        known, needed = schema.get("properties", {}), schema.get("required", [])
        if schema.get("patternProperties") and known:
            self.unproved.add("patternProperties")
        if not known and not needed:
            return self._map(schema, levels)
        other = schema.get("additionalProperties", {})
        named = {**known, **{name: other for name in needed if name not in known}}
        entries = [(name, self.build(part, levels), name in needed) for name, part in named.items()]
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", len(entries))
        if least > len(needed):
            self.unproved.add("minProperties")
        if most < len(entries):
            self.unproved.add("maxProperties")
        return self.spelling.object(entries)

    def _map(self, schema: Schema, levels: Levels) -> Automaton:
        """An object without declared properties: names at will, each once, which only a look at the text can tell."""
        least, most = schema.get("minProperties", 0), schema.get("maxProperties")
        patterns = schema.get("patternProperties")
        pairs = patterns.items() if patterns else [(None, schema.get("additionalProperties", {}))]
        entry = union(
            self.spelling.entry(strings({} if pattern is None else {"pattern": pattern})[0], self.build(part, levels))
            for pattern, part in pairs
        )
        if not entry.is_empty and (most is None or most > 1):
            self.unproved.add("names that repeat")
        if patterns and len(patterns) > 1:
            self.unproved.add("patternProperties")
        return self.spelling.enclosed("{", self.spelling.listed(entry, least, most), "}")


def _bound(schema: Schema, closed: str, open_: str, sign: int) -> tuple[Fraction | None, bool]:
    """The tightest of two bounds, and whether it is itself left out; `sign` is 1 for lower ones, -1 for upper ones."""
    found = []
    without = schema.get(open_)
    if closed in schema:
        found.append((sign * _exact(schema[closed]), without is True))
    if without is not None and not isinstance(without, bool):
        found.append((sign * _exact(without), True))
    if not found:
        return None, False
    bound, left_out = max(found)
    return sign * bound, left_out


def _exact(number: float) -> Fraction:
    return Fraction(repr(number))
