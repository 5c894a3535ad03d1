"""Files in an input: what a caller gives as a path or as bytes becomes `{"name", "content"}`, the content in base64."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from .errors import TOO_DEEP, InputError, Problem, UsageError
from .schema import Schema, deref


def with_files(value: Any) -> Any:
    """The input with every Path and every bytes, at any depth, read into a file object. All else is kept as it is."""
    try:
        return _read(value) if _holds_file(value) else value
    except RecursionError:
        raise InputError([TOO_DEEP]) from None


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, Path):
        return read_file(value)
    if isinstance(value, bytes):
        return file_object("file", value)
    return value


def _holds_file(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(_holds_file(item) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, Path | bytes)


def file_object(name: str, content: bytes) -> dict[str, str]:
    """A file as an input holds it."""
    return {"name": name, "content": base64.b64encode(content).decode()}


def read_file(path: Path) -> dict[str, str]:
    """A file from the disk as an input holds it; UsageError where it cannot be read."""
    try:
        return file_object(path.name, path.read_bytes())
    except (OSError, ValueError) as error:  # a name may hold what no name may
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', error)}.") from None


def decode(content: str, pointer: str = "/file/content") -> bytes:
    """The bytes of a file object's content: base64 in either alphabet, with or without padding or line breaks."""
    text = "".join(content.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        problem = Problem(pointer, "base64", "string", "is not base64.", "Give the file's content in base64.")
        raise InputError([problem]) from None


def expand_at_files(value: Any, schema: Schema) -> Any:
    """The input with `"@report.pdf"` read from the disk wherever the schema has a file (`format: file`).

    Only for callers who may read this machine's files, such as the command line; never for input from afar.
    """
    try:
        return _expand(value, schema, schema)
    except RecursionError:
        raise InputError([TOO_DEEP]) from None


def _expand(value: Any, schema: Schema, root: Schema) -> Any:
    schema = deref(schema, root)
    if schema.get("format") == "file":
        return read_file(Path(value[1:])) if isinstance(value, str) and value.startswith("@") else value
    for branch in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        value = _expand(value, branch, root)
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        other = other if isinstance(other, dict) else {}
        return {key: _expand(item, known.get(key, other), root) for key, item in value.items()}
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_expand(item, schema["items"], root) for item in value]
    return value
