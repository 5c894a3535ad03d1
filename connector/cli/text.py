"""Text for people: tables, an operation, a request, an error."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from ..account_fields.kinds import MARK
from ..errors import APIError, ConnectorError, InputError, OutcomeUnknown, OutputError
from ..operation import Operation
from ..schema import Schema, declared, deref


def table(rows: list[list[Any]]) -> str:
    """Rows in columns as wide as they must be; the last column is free."""
    widths = [max(len(str(row[index])) for row in rows) for index in range(len(rows[0]) - 1)] if rows else []
    return "\n".join(
        "  ".join([*(str(cell).ljust(width) for cell, width in zip(row, widths, strict=False)), str(row[-1])]).rstrip()
        for row in rows
    )


def as_json(operation: Operation, schema: Schema) -> dict[str, Any]:
    """An operation with its schemas whole, every `$ref` bundled; `schema` is that of its input."""
    return {
        "name": operation.name,
        "title": operation.title,
        "description": operation.description,
        "effect": operation.effect,
        "request": [line.source for line in operation.lines],
        "input": schema,
        "output": operation.output_schema,
        "records": operation.records,
        "options": operation.options,
    }


def operation(found: Operation, schema: Schema) -> str:
    """An operation: what it does, its requests, its inputs by their schema, its outputs."""
    parts = [f"{found.title}: {found.description}", f"Effect: {found.effect}"]
    parts += [f"Request: {line.source}" for line in found.lines]
    rows = [
        ["  " + name, kind(child) + (f" ({note})" if note else ""), str(child.get("description", ""))]
        for name, child, note in inputs(schema)
    ]
    parts.append("\nInput:\n" + table(rows) if rows else "\nNo input.")
    for name, child, _ in inputs(schema):
        if MARK in child and "oneOf" in child["items"]:
            parts.append(f"\n{name}, of this account:\n{table([_form(form) for form in child['items']['oneOf']])}")
    outputs = [
        ["  " + name, kind(deref(child, found.output_schema)), ""]
        for name, child in declared(found.output_schema, found.output_schema).items()
    ]
    parts.append("\nOutput:\n" + (table(outputs) if outputs else f"  {kind(found.output_schema)}"))
    if found.options:
        parts.append(f"\nA dropdown: text {found.options['text']}, value {found.options['value']}.")
    return "\n".join(parts)


def _form(form: Schema) -> list[Any]:
    """The form of an item: what names the field, what its value may be, what people call it."""
    parts = list(form["properties"].values())
    key = next(part["const"] for part in parts if "const" in part)
    value = next(part for part in parts if "const" not in part)
    several = "array of " if value.get("items") else ""
    return [f"  {key}", several + kind(value["items"] if several else value), form["title"]]


def inputs(schema: Schema) -> Iterator[tuple[str, Schema, str]]:
    """The inputs of a bundled schema as people look for them: name, schema, and `required`, `advanced` or nothing.

    Those that must be given come first, those rarely needed last.
    """
    required = deref(schema, schema).get("required", ())
    found = [(name, deref(child, schema)) for name, child in declared(schema, schema).items()]
    found.sort(key=lambda item: (item[0] not in required, bool(item[1].get("advanced"))))
    for name, child in found:
        yield name, child, "required" if name in required else "advanced" if child.get("advanced") else ""


def kind(schema: Schema) -> str:
    """The type of a schema in a word or two."""
    given = [one["const"] for one in schema.get("oneOf", ()) if "const" in one and not one.get("deprecated")]
    if given or "enum" in schema:
        choices = ["null" if choice is None else str(choice) for choice in given or schema["enum"]]
        return "|".join(choices if len(choices) < 9 else [*choices[:6], "…"])
    found = schema.get("type")
    if isinstance(found, list):
        return " or ".join(found)
    return str(found or ("one of several forms" if "oneOf" in schema else "any"))


def plan(planned: dict[str, Any]) -> str:
    """A planned request as it would be written by hand."""
    parts = []
    for request in planned["requests"]:
        parts.append(f"{request['method']} {request['url']}")
        parts += [f"{name}: {value}" for name, value in request["headers"].items()]
        if request["body"] is not None:
            body = request["body"]
            parts += ["", body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)]
    if planned["more"]:
        parts.append("\nMore requests may follow, depending on the answer.")
    return "\n".join(parts)


def curl(planned: dict[str, Any]) -> str:
    """A planned request as a curl command; `***` stands where a credential goes."""
    lines = []
    for request in planned["requests"]:
        words = ["curl", "-X", request["method"], request["url"]]
        for name, value in request["headers"].items():
            words += ["-H", f"{name}: {value}"]
        body, before = request["body"], ""
        binary = isinstance(body, dict) and "json" not in request["headers"].get("Content-Type", "")
        if binary:
            before = f"printf %s {shlex.quote(body['base64'])} | base64 -d | "
            words += ["--data-binary", "@-"]
        elif body is not None:
            words += ["--data-raw", body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)]
        lines.append(before + " ".join(shlex.quote(word) for word in words))
    return "\n".join(lines)


def error(raised: ConnectorError) -> str:
    """An error for the person at the terminal."""
    if isinstance(raised, InputError):
        return "Error: the input does not fit.\n" + "\n".join(f"  {problem}" for problem in raised.problems)
    text = f"Error: {raised.message}"
    if isinstance(raised, OutcomeUnknown):
        text = f"Outcome unknown: {raised.message}"
    if isinstance(raised, APIError | OutputError | OutcomeUnknown) and raised.body not in (None, ""):
        body = raised.body if isinstance(raised.body, str) else json.dumps(raised.body, ensure_ascii=False)
        text += f"\n{body[:4000]}"
    if raised.calls:
        text += f"\nAlready done: {', '.join(raised.calls)}."
    if isinstance(raised, OutcomeUnknown) and raised.call_id:
        text += f"\nFind out what became of it: connector reconcile {raised.call_id}"
    return text
