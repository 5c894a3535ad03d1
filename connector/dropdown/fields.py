"""Which dropdown fills a field of an input, and what the fields around it give to that. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..catalog import Connector
from ..errors import UsageError, nearest
from ..operation import Operation
from ..schema import Schema, declared, deref, subschemas
from .choices import is_value


@dataclass(frozen=True, slots=True)
class Source:
    """The dropdown of a field, its input, and the fields that this needs and that have no value yet."""

    operation: Operation
    input: dict[str, Any]
    missing: list[str]


def source_of(connector: Connector, operation: Operation, field: str, given: Mapping[str, Any]) -> Source:
    """The dropdown of the field at a JSON Pointer, the form filled in as far as `given`.

    UsageError where there is no such field, or it has no dropdown.
    """
    root = operation.input_schema
    schemas, value, around = [root], operation.with_defaults(given), []
    for part in _parts(field):
        known = [name for schema in schemas for name in declared(schema, root)]
        schemas = [child for schema in schemas for child in _inside(schema, part, root)]
        if not schemas:
            raise UsageError(f"{operation.name} has no field {field}. {nearest(part, known)}".strip())
        around.append(value)
        value = _step(value, part)
    lookup = _lookup(schemas, root)
    if lookup is None:
        raise UsageError(f"The field {field or 'at the top'} of {operation.name} has no dropdown.")
    return _source(connector, lookup, around)


def sources(connector: Connector, operation: Operation, given: Mapping[str, Any]) -> Iterator[tuple[str, Any, Source]]:
    """Every value of an input that stands in a field with a dropdown: its JSON Pointer, itself, the dropdown."""
    root = operation.input_schema

    def walk(value: Any, schemas: list[Schema], place: str, around: list[Any]) -> Iterator[tuple[str, Any, Source]]:
        if isinstance(value, dict | list):
            for part, item in value.items() if isinstance(value, dict) else enumerate(value):
                inside = [child for schema in schemas for child in _inside(schema, str(part), root)]
                if inside:
                    name = str(part).replace("~", "~0").replace("/", "~1")
                    yield from walk(item, inside, f"{place}/{name}", [*around, value])
        elif is_value(value) and (lookup := _lookup(schemas, root)):
            yield place, value, _source(connector, lookup, around)

    yield from walk(operation.with_defaults(given), [root], "", [])


def _parts(field: str) -> list[str]:
    """The names of a JSON Pointer (RFC 6901)."""
    if field and not field.startswith("/"):
        raise UsageError(f"{field!r} is no JSON Pointer. It begins with a slash, such as /{field}.")
    return [part.replace("~1", "/").replace("~0", "~") for part in field.split("/")[1:]]


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and part.isdecimal() and part.isascii() and len(part) < 7 and int(part) < len(value):
        return value[int(part)]
    return None


def _inside(schema: Schema, part: str, root: Schema) -> Iterator[Schema]:
    """The schemas of a property or item, in the schema itself and in each of its branches."""
    whole = deref(schema, root)
    if part in whole.get("properties", {}):
        yield whole["properties"][part]
    elif isinstance(other := whole.get("additionalProperties"), dict):
        yield other
    if part == "-" or (part.isdecimal() and part.isascii()):
        yield from (items for items in (whole.get("items"),) if isinstance(items, dict))
    for key, child, in_place in subschemas(whole):
        if in_place and key not in ("not", "if"):
            yield from _inside(child, part, root)


def _lookup(schemas: Sequence[Schema], root: Schema) -> Mapping[str, Any] | None:
    """The first lookup that schemas of a field name, themselves or in a branch."""
    for schema in schemas:
        whole = deref(schema, root)
        if lookup := whole.get("lookup"):
            return lookup  # type: ignore[no-any-return]
        branches = [child for _, child, in_place in subschemas(whole) if in_place]
        if branches and (found := _lookup(branches, root)):
            return found
    return None


def _source(connector: Connector, lookup: Mapping[str, Any], around: Sequence[Any]) -> Source:
    operation = connector.operation(lookup["operation"])
    needed = {*(operation.options or {}).get("needs", ()), *operation.input_schema.get("required", ())}
    given: dict[str, Any] = {}
    missing = []
    for name, field in lookup.get("input", {}).items():
        value = next((outer[field] for outer in reversed(around) if _has(outer, field)), None)
        if value is not None:
            given[name] = value
        elif name in needed:
            missing.append(field)
    return Source(operation, given, missing)


def _has(outer: Any, field: str) -> bool:
    return isinstance(outer, dict) and outer.get(field) not in (None, "")
