"""The reference of a connector in Markdown, from its declarations and samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connector import Connector, Operation
from connector.cli.text import inputs, kind
from connector.schema import Schema

HEAD = """\
# {title}: operations

{description} Written out by `scripts/write` from `operations/{name}`, `schemas/{name}` and
`samples/{name}`; do not edit.

What an operation takes and answers is under its name: inputs (those that must be given come first, those rarely needed
last), a sample input, the requests it makes, and the answer, its long parts cut short. The whole schemas are in
`connector show {name} OPERATION --json`.

| operation | effect | |
|---|---|---|
"""


def reference(connector: Connector) -> str:
    """The whole reference."""
    operations = list(connector.operations())
    head = HEAD.format(title=connector.title, description=connector.spec["description"], name=connector.name)
    index = "\n".join(f"| [{one.name}](#{one.name}) | {one.effect} | {one.title} |" for one in operations)
    return head + index + "\n" + "".join("\n" + "\n".join(_operation(connector, one)) + "\n" for one in operations)


def _operation(connector: Connector, operation: Operation) -> Iterator[str]:
    sample = json.loads(connector.samples(operation.name)[0].read_bytes())
    yield f"## {operation.name}\n"
    yield f"**{operation.title}.** {operation.description}\n"
    rows = list(_inputs(operation.input_schema))
    if rows:
        yield "| input | type | |\n|---|---|---|"
        yield from rows
        yield ""
    if sample.get("input"):
        yield f"```json\n{_short(sample['input'])}\n```\n"
    for call in sample["calls"]:
        yield f"`{call['request']}`\n"
        if "body" in call:
            yield f"```json\n{_short(call['body'])}\n```\n"
    yield f"Answers\n\n```json\n{_short(sample['output'])}\n```"
    if operation.options:
        yield f"\nA dropdown: its text is `{operation.options['text']}`, its value `{operation.options['value']}`."


def _inputs(schema: Schema) -> Iterator[str]:
    for name, child, note in inputs(schema):
        text = str(child.get("description", "")).replace("|", "\\|").replace("\n", " ")
        if lookup := child.get("lookup"):
            text += f" Choose from [{lookup['operation']}](#{lookup['operation']})."
        shown = ", ".join([kind(child).replace("|", " or "), *([note] if note else [])])
        yield f"| `{name}` | {shown} | {text} |"


def _short(value: Any) -> str:
    return json.dumps(_cut(value), indent=2, ensure_ascii=False)


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    if isinstance(value, list):
        return [*map(_cut, value[:1]), *(["…"] if len(value) > 1 and isinstance(value[0], dict) else value[1:4])]
    if isinstance(value, str) and len(value) > 90:
        return value[:88] + " …"
    return value
