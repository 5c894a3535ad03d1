"""A bundled schema without its `$ref` and `allOf`: what several say of one value, said in one place.

To flatten may widen a schema, and never narrows it: where two say the same keyword, the nearer one alone is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from ..schema import IN_PLACE, IN_PLACE_LISTS, INSIDE, INSIDE_MAPS, Schema, declared, subschemas

PLACE = "#/$defs/"
CLOSING = ("additionalProperties", "unevaluatedProperties")
NAMING = ("title", "description")
OPEN = {"unevaluatedProperties": True, "unevaluatedItems": True}
TOGETHER = (
    ("oneOf",), ("anyOf",), ("not",), ("if", "then", "else"), ("dependentSchemas",),
    ("contains", "minContains", "maxContains"),
)  # fmt: skip
"""Keywords of which two schemas cannot both stand in one."""


class Bundle:
    """A bundled schema, and the schemas inside it made flat."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.shared: dict[str, Schema] = root.get("$defs", {})

    def flat(self, schema: Schema) -> Schema:
        """A schema with its `$ref` and `allOf` merged into it; the schemas inside it stay as they are.

        A `$ref` to a schema that holds itself stays, as `{"allOf": [{"$ref": …}]}`.
        """
        own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "$defs")}
        if ref := schema.get("$ref"):
            name = ref.removeprefix(PLACE)
            kept = {"allOf": [{"$ref": ref}]}
            own = merged(own, kept if name in self.endless else self.flat(either(self.shared[name])))
        for child in schema.get("allOf", ()):
            part = self.flat(either(child))
            own = merged(own, {key: value for key, value in part.items() if key not in NAMING})
        return own

    @cached_property
    def endless(self) -> frozenset[str]:
        """The shared schemas that hold themselves."""
        inside = {name: set(_names(schema)) for name, schema in self.shared.items()}
        for name in inside:  # Warshall: what is reached through it
            for found in inside.values():
                if name in found:
                    found |= inside[name]
        return frozenset(name for name, found in inside.items() if name in found)

    def names_some(self, schema: Schema) -> bool:
        return self.opens(schema) or bool(declared(schema, self.root))

    def opens(self, schema: Schema) -> bool:
        """Whether a schema lets names through, of its value, that it does not list."""
        if "patternProperties" in schema or any(schema.get(key, False) is not False for key in CLOSING):
            return True
        if "$ref" in schema and self.opens(either(self.shared[schema["$ref"].removeprefix(PLACE)])):
            return True
        return any(self.opens(child) for _, child, in_place in subschemas(schema) if in_place)


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if ref := schema.get("$ref"):
            yield ref.removeprefix(PLACE)
        for _, child, _ in subschemas(schema):
            yield from _names(child)


def either(schema: Any) -> Schema:
    """`true` and `false` as schemas that are objects."""
    return schema if isinstance(schema, dict) else {} if schema else {"not": {}}


def each(schema: Schema, convert: Callable[[Any], Any]) -> Schema:
    """The schema with each schema directly inside it converted."""

    def converted(key: str, value: Any) -> Any:
        if key in (*IN_PLACE, *INSIDE):
            return convert(value)
        if key in (*IN_PLACE_LISTS, "prefixItems"):
            return [convert(child) for child in value]
        return {name: convert(child) for name, child in value.items()} if key in INSIDE_MAPS else value

    return {key: converted(key, value) for key, value in schema.items()}


def merged(own: Schema, other: Schema) -> Schema:
    """Two flat schemas of one value as one. Its own words come first, and win."""
    for keys in TOGETHER:
        if own.keys() & keys and other.keys() & keys:  # what it says of a value is lost, and so what it lets through
            other = {key: value for key, value in other.items() if key not in keys} | OPEN
    out = {**own, **{key: value for key, value in other.items() if key not in own}}
    for key in own.keys() & other.keys():
        mine, theirs = own[key], other[key]
        if key in ("properties", "patternProperties", "dependentRequired"):
            join = _union if key == "dependentRequired" else _both
            same = {name: join(mine[name], theirs[name]) for name in mine if name in theirs}
            out[key] = {**mine, **{name: value for name, value in theirs.items() if name not in mine}, **same}
        elif key in ("required", "allOf"):
            out[key] = _union(mine, theirs)
        elif key == "items":
            out[key] = _both(mine, theirs)
        elif key in (*CLOSING, *OPEN):  # what is further in comes first
            out[key] = mine is True or theirs
    return out


def _both(mine: Any, theirs: Any) -> Any:
    if not isinstance(mine, dict):
        return theirs if mine else mine
    named = {key: either(theirs)[key] for key in NAMING if key in either(theirs)}
    return {**named, **mine, "allOf": [*mine.get("allOf", ()), theirs]}


def _union(mine: list[Any], theirs: list[Any]) -> list[Any]:
    return [*mine, *(one for one in theirs if one not in mine)]
