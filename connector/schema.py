"""Shared schemas, bundled into each schema that uses them; and validation in plain sentences.

A `$ref` names a file of the connector's schema folder (`ticket`) or an entry under its `$defs` (`types#ticket_id`).
Bundling turns both into `#/$defs/…`, so that what leaves here is one self-contained JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .errors import InputError, Problem

Schema: TypeAlias = dict[str, Any]

# Where a keyword holds schemas: for the same value (in place), or for values inside it.
IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
IN_PLACE = ("not", "if", "then", "else")
INSIDE = ("items", "additionalProperties", "unevaluatedProperties", "contains", "propertyNames", "unevaluatedItems")
INSIDE_MAPS = ("properties", "patternProperties", "dependentSchemas")

_META: Schema = {"$ref": "https://json-schema.org/draft/2020-12/schema"}


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Each schema directly inside one: its key path, itself, and whether it judges the same value (in place).

    `true` and `false` are passed over: there is nothing inside them.
    """
    for key in (*IN_PLACE, *INSIDE):
        if isinstance(schema.get(key), dict):
            yield key, schema[key], key in IN_PLACE
    for key in (*IN_PLACE_LISTS, "prefixItems"):
        for index, child in enumerate(schema.get(key, ())):
            if isinstance(child, dict):
                yield f"{key}/{index}", child, key != "prefixItems"
    for key in INSIDE_MAPS:
        for name, child in schema.get(key, {}).items():
            if isinstance(child, dict):
                yield f"{key}/{name}", child, key == "dependentSchemas"


def bundle(schema: Schema, load: Callable[[str], Schema]) -> Schema:
    """The schema with every shared schema it reaches under its `$defs`.

    `load(name)` gives the parsed shared file, and raises KeyError where there is none.
    """
    found: dict[str, Schema] = {}
    names: dict[str, str] = {}

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return node
        out = {key: walk(value) for key, value in node.items() if key != "$ref"}
        if isinstance(ref := node.get("$ref"), str):
            out = {"$ref": resolve(ref), **out}
        return out

    def resolve(ref: str) -> str:
        file, _, entry = ref.partition("#")
        if not file:
            raise KeyError(f"{ref} (a $ref begins with the name of a file, such as types{ref})")
        if ref not in names:
            shared = load(file)
            if entry and entry not in shared.get("$defs", {}):
                raise KeyError(ref)
            short = entry or file
            name = names[ref] = short if short not in found else f"{file}.{entry}"
            found[name] = {}  # a record may hold itself
            found[name] = walk(shared["$defs"][entry] if entry else shared)
        return f"#/$defs/{names[ref]}"

    bundled = walk(schema)
    return {**bundled, "$defs": found} if found else bundled


def deref(schema: Schema, root: Schema) -> Schema:
    """A schema with its own `$ref` followed inside its bundle; what stands beside the `$ref` adds to it, and wins."""
    while isinstance(schema, dict) and (ref := schema.get("$ref")):
        target = root.get("$defs", {}).get(ref.removeprefix("#/$defs/"), {})
        own = {key: value for key, value in schema.items() if key != "$ref"}
        if "properties" in own:
            own["properties"] = {**target.get("properties", {}), **own["properties"]}
        if "required" in own:
            own["required"] = [*target.get("required", ()), *own["required"]]
        schema = {**target, **own}
    return schema


def declared(schema: Schema, root: Schema) -> dict[str, Schema]:
    """Every property that a bundled schema names for its value, through `$ref`, `allOf` and each branch."""
    schema = deref(schema, root)
    found: dict[str, Schema] = {}
    for _, child, in_place in subschemas(schema):
        if in_place:
            found.update(declared(child, root))
    found.update(schema.get("properties", {}))
    return found


def closed(bundled: Schema) -> Schema:
    """The schema, refusing unknown names at every object that declares properties and does not say otherwise."""

    def close(node: Schema, in_place: bool) -> Schema:
        out = {key: value for key, value in node.items() if key != "$defs"}
        for path, child, child_in_place in list(subschemas(out)):
            key, _, rest = path.partition("/")
            done = close(child, child_in_place)
            if not rest:
                out[key] = done
            elif isinstance(out[key], list):
                out[key] = [done if str(index) == rest else item for index, item in enumerate(out[key])]
            else:
                out[key] = {**out[key], rest: done}
        says = out.keys() & {"additionalProperties", "unevaluatedProperties"}
        if not in_place and not says and not open_anyway(out) and ("properties" in out or declared(out, bundled)):
            out["unevaluatedProperties"] = False
        return out

    def open_anyway(node: Schema) -> bool:
        target = deref(node, bundled)
        return bool(target.keys() & {"additionalProperties", "unevaluatedProperties"})

    whole = close(bundled, False)
    if "$defs" in bundled:  # a shared schema is closed where it is used, not where it stands
        whole["$defs"] = {name: close(child, True) for name, child in bundled["$defs"].items()}
    return whole


def escape(name: str) -> str:
    """A name as a JSON Pointer has it (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def defaults(bundled: Schema) -> dict[str, Any]:
    """The defaults of the properties at the top."""
    found = {}
    for name, child in declared(bundled, bundled).items():
        target = deref(child, bundled)
        if isinstance(target, dict) and "default" in target:
            found[name] = target["default"]
    return found


def misfit(schema: Any) -> Problem | None:
    """What keeps a value from being a JSON Schema; None where it is one."""
    import jsonschema_rs

    return None if jsonschema_rs.meta.is_valid(schema) else Validator(_META).problems(schema)[0]


def is_pattern(text: str) -> bool:
    """Whether it is a regular expression that every validator knows."""
    import re

    import jsonschema_rs

    try:
        re.compile(text)
        jsonschema_rs.Draft202012Validator({"pattern": text})
    except (re.error, ValueError, OverflowError, RecursionError):
        return False
    return True


class Validator:
    """Judges values by one bundled schema: a fast validator accepts, `jsonschema` explains a refusal."""

    __slots__ = ("_fast", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._fast: Any = None

    def accepts(self, value: Any) -> bool:
        """Whether the value fits. What is nested too deeply to judge does not."""
        if self._fast is None:
            import jsonschema_rs

            self._fast = jsonschema_rs.Draft202012Validator(self.schema)
        try:
            return bool(self._fast.is_valid(value))
        except (ValueError, RecursionError):
            return False

    def check(self, value: Any) -> None:
        """Raise InputError with every problem of the value."""
        if not self.accepts(value):
            raise InputError(self.problems(value))

    def problems(self, value: Any) -> list[Problem]:
        """Every problem of a value that was refused, in the order of its fields; never empty."""
        from .explain import explain  # jsonschema takes long to import, and only a refusal needs it

        return explain(self.schema, value, self._fast)
