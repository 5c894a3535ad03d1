"""Shapes of what is sent and answered, as JSON Schema."""

from __future__ import annotations

from ..schema import Schema

TEXT: Schema = {"type": "string"}


def shape(properties: dict[str, Schema], *optional: str) -> Schema:
    """An object of these properties and no other, all of them required but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def listed(name: str, item: Schema) -> Schema:
    """An object of one list, under a name."""
    return shape({name: {"type": "array", "items": item}})


def text(description: str, *, null: bool = False) -> Schema:
    """A text, or also null."""
    return {"type": ["string", "null"] if null else "string", "description": description}
