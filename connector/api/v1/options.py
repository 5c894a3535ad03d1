"""The choices of dropdowns, the labels of stored values, and which of these exist."""

from __future__ import annotations

from typing import Any

from ...dropdown.lists import MOST
from ...schema import Schema
from ..route import Answer, Ask, Route, not_named
from ..shapes import TEXT, listed, shape, text
from .running import OPERATION, connection_of


async def options(ask: Ask) -> Answer:
    """The choices of the operation, or of the dropdown of one of its fields."""
    name, body = _named(ask), ask.body
    asked = {key: body[key] for key in ("field", "search", "page", "refresh", "inactive") if key in body}
    async with ask.server.clients.of(ask.connector(), connection_of(ask, body.get("connection"))) as client:
        return Answer(await client.aoptions(name, body.get("input"), **asked))


async def labels(ask: Ask) -> Answer:
    """What people read for stored values."""
    name, body = _named(ask), ask.body
    async with ask.server.clients.of(ask.connector(), connection_of(ask, body.get("connection"))) as client:
        found = await client.alabels(name, body["values"], body.get("input"), field=body.get("field"))
        return Answer({"labels": found})


async def check_values(ask: Ask) -> Answer:
    """The labels of every value of an input that stands in a field with a dropdown."""
    name, body = ask.operation().name, ask.body
    async with ask.server.clients.of(ask.connector(), connection_of(ask, body.get("connection"))) as client:
        return Answer({"values": await client.acheck_values(name, body.get("input"))})


def _named(ask: Ask) -> str:
    """The operation; the fields of a form are for a token that names the operation itself."""
    name, token = ask.operation().name, ask.who.embed
    if token and name not in token.operations and ask.body.get("field") is not None:
        raise not_named(token, name)
    return name


VALUE = {"type": ["string", "number"], "description": "What is stored."}
STORED: Schema = {"description": "The value that was asked for."}
EXISTS: Schema = {
    "type": ["boolean", "null"],
    "description": "False where it is certainly no more; null: it cannot be told.",
}
CONNECTION = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "examples": ["work"],
    "description": "The connection; an embed token has its own.",
}
INPUT = {
    "type": "object",
    "description": "The input of the operation; with `field`, the form as far as it is filled in.",
}
FIELD = {
    "type": "string",
    "maxLength": 500,
    "pattern": "^(/|$)",
    "description": "The JSON Pointer of an input field, such as /section_id or /tags/0: its dropdown is asked.",
}
INACTIVE = {"const": True, "description": "The service no longer uses it."}
CHOICE = shape({"text": text("What people read."), "value": VALUE, "inactive": INACTIVE}, "inactive")
CHOICES = shape(
    {
        "result": {"type": "array", "items": CHOICE, "description": "The choices."},
        "complete": {"type": "boolean", "description": "Whether these are all there are."},
        "next": text("The `page` to ask for next; null after the last.", null=True),
        "skipped": {"type": "integer", "minimum": 0, "description": "How many rows had no value."},
        "missing": {
            "type": "array",
            "items": TEXT,
            "description": "Fields that this one hangs on and that have no value yet; then there is no choice.",
        },
    }
)
LABEL: dict[str, Schema] = {
    "value": STORED,
    "text": text("What people read; null where it is not known.", null=True),
    "exists": EXISTS,
}
POINTER = text("Where the value stands in the input: a JSON Pointer.")
ALL: dict[str, Schema] = {"connection": CONNECTION, "input": INPUT}
FORM = {**ALL, "field": FIELD}
OF_LIST: dict[str, Schema] = {
    "search": {"type": ["string", "null"], "maxLength": 200, "description": "What the person typed."},
    "page": {"type": ["string", "null"], "maxLength": 4000, "description": "The `next` of an earlier answer."},
    "refresh": {"type": "boolean", "default": False, "description": "Ask the service again."},
    "inactive": {"type": "boolean", "default": False, "description": "Also what is no longer in use, marked."},
}
SCALAR = {"type": ["string", "number", "null"], "maxLength": 1000}
VALUES = {"type": "array", "maxItems": MOST, "items": SCALAR, "description": "Stored values."}


def _route(name: str, endpoint: Any, summary: str, body: dict[str, Any], answer: dict[str, Any]) -> Route:
    return Route(
        "POST", f"{OPERATION}/{name}", endpoint, summary, scope="options", description=endpoint.__doc__, body=body,
        answers={200: answer}, errors=(404, 422, 424, 502, 504), embed=True,
    )  # fmt: skip


ROUTES = [
    _route("options", options, "List the choices of a dropdown", shape(FORM | OF_LIST, *FORM, *OF_LIST), CHOICES),
    _route("labels", labels, "Label stored values",
           shape({**FORM, "values": VALUES}, *FORM), listed("labels", shape(LABEL))),
    _route("check-values", check_values, "Check the values of an input",
           shape(ALL, *ALL), listed("values", shape({"pointer": POINTER, **LABEL}))),
]  # fmt: skip
