"""Fields that an account has of its own, as values: rows as fields, fields in a schema, where an input gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..schema import Schema, Validator, declared, deref, escape
from ..template import Expression
from .regexp import portable

MARK = "account_fields"
"""The keyword of a list in an input that takes such fields: its items are each a field and its value."""
EXPRESSIONS = {"where", "title", "description", "type", "choices", "pattern"}
"""What a declaration says over a row."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an account: what names it, what people call it, and what judges its value, None for any."""

    key: Any
    title: str
    description: str
    value: Validator | None


Fields: TypeAlias = Mapping[str, Field]
"""The fields of one kind by their keys as texts, in the order of the account."""


class Kind:
    """The declaration of a kind of fields, compiled."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.key: str = spec["key"]
        self.value: str = spec["value"]
        self.operation: str = spec["operation"]
        self._types: Mapping[str, Schema] = spec["types"]
        self._found = {name: Expression(spec[name]) for name in EXPRESSIONS & spec.keys()}

    def fields(self, rows: list[Any]) -> Fields:
        """The fields that the rows tell of, but for those that cannot be given a value."""
        usable = [row for row in rows if isinstance(row, dict) and row.get(self.key) is not None]
        usable = [row for row in usable if "where" not in self._found or self._find("where", row)]
        return {str(row[self.key]): self._field(row) for row in usable}

    def _field(self, row: dict[str, Any]) -> Field:
        value = self._types.get(str(self._find("type", row)))
        if value is not None:
            value = _narrowed(value, self._find("choices", row), self._find("pattern", row))
        description = self._find("description", row)
        title = str(self._find("title", row) or row[self.key])
        return Field(row[self.key], title, str(description or ""), None if value is None else Validator(value))

    def _find(self, name: str, row: dict[str, Any]) -> Any:
        try:
            return self._found[name](row) if name in self._found else None
        except ValueError:  # one odd row must not cost the others
            return None

    def form(self, field: Field, item: Schema, root: Schema) -> Schema:
        """The schema of an item for one field; `item` is that for any, `root` what it is bundled in."""
        known = declared(item, root)
        label = {"title": field.title, **({"description": field.description} if field.description else {})}
        value = label | field.value.schema if field.value else deref(known[self.value], root) | label
        named = {word: text for word, text in deref(known[self.key], root).items() if word in ("title", "description")}
        return {
            "type": "object",
            **label,
            "required": item.get("required", []),
            "properties": {**known, self.key: {**named, "const": field.key}, self.value: value},
            "unevaluatedProperties": False,
        }


def _narrowed(value: Schema, choices: Any, pattern: Any) -> Schema:
    """The schema of a type, narrowed to the choices of a field and by its pattern."""
    given = [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []
    given = [one for one in given if isinstance(one.get("value"), str | int | float)]
    found = {one["value"]: {"const": one["value"], "title": str(one.get("text"))} for one in given}
    if found:
        inner = value.get("items", value)
        inner = {**inner, "oneOf": [*found.values(), *inner.get("oneOf", ())]}
        value = {**value, "items": inner} if "items" in value else inner
    elif "oneOf" in value:  # what there is to choose from was not told
        value = {}
    if isinstance(pattern, str) and (form := portable(pattern)):
        value = {**value, "pattern": f"(?:{form})|^$", "description": f"What matches {pattern}"}
    return value


def marks(schema: Any) -> Iterator[str]:
    """The kinds of fields that a schema names, wherever."""
    if isinstance(schema, dict):
        if isinstance(kind := schema.get(MARK), str):
            yield kind
        schema = list(schema.values())
    for child in schema if isinstance(schema, list) else ():
        yield from marks(child)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an input gives fields of the account: a JSON Pointer, the kind, and the items there."""

    pointer: str
    kind: str
    items: list[Any]


def places(schema: Schema, value: Any, root: Schema, pointer: str = "") -> Iterator[Place]:
    """Where a value gives fields of the account."""
    schema = deref(schema, root)
    if isinstance(value, list) and value and MARK in schema:
        yield Place(pointer, schema[MARK], value)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            yield from places(schema["items"], item, root, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, child in declared(schema, root).items():
            if name in value:
                yield from places(child, value[name], root, f"{pointer}/{escape(name)}")


def with_fields(schema: Schema, found: Mapping[str, tuple[Kind, Fields]]) -> Schema:
    """A bundled schema whose marked lists take one form of item for each field of their kind, where there are any."""

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(child) for child in node]
        if not isinstance(node, dict):
            return node
        out = {key: walk(child) for key, child in node.items()}
        kind, fields = found.get(str(node.get(MARK)), (None, {}))
        if kind and fields:
            item = deref(node["items"], schema)
            own = {word: item[word] for word in ("type", "title", "description") if word in item}
            out["items"] = {**own, "oneOf": [kind.form(field, item, schema) for field in fields.values()]}
        return out

    whole: Schema = walk(schema)
    return whole
