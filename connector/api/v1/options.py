"""The choices of dropdowns, the labels of stored values, and which of these exist."""

from __future__ import annotations

from typing import Any

from ...dropdown.lists import MOST
from ..route import Answer, Ask, Route, not_named
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
STORED = {"description": "The value that was asked for."}
TEXT = {"type": ["string", "null"], "description": "What people read; null where it is not known."}
EXISTS = {"type": ["boolean", "null"], "description": "False where it is certainly no more; null: it cannot be told."}
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


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "required": needed, "additionalProperties": False, "properties": properties}


CHOICE = _object({"text": {"type": "string", "description": "What people read."}, "value": VALUE}, ["text", "value"])
CHOICE["properties"]["inactive"] = {"const": True, "description": "The service no longer uses it."}
CHOICES = _object(
    {
        "result": {"type": "array", "items": CHOICE, "description": "The choices."},
        "complete": {"type": "boolean", "description": "Whether these are all there are."},
        "next": {"type": ["string", "null"], "description": "The `page` to ask for next; null after the last."},
        "skipped": {"type": "integer", "minimum": 0, "description": "How many rows had no value."},
        "missing": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Fields that this one hangs on and that have no value yet; then there is no choice.",
        },
    }
)
LABEL = {"value": STORED, "text": TEXT, "exists": EXISTS}
POINTER = {"type": "string", "description": "Where the value stands in the input: a JSON Pointer."}
ASK_OPTIONS = _object(
    {
        "connection": CONNECTION,
        "input": INPUT,
        "field": FIELD,
        "search": {"type": ["string", "null"], "maxLength": 200, "description": "What the person typed."},
        "page": {"type": ["string", "null"], "maxLength": 4000, "description": "The `next` of an earlier answer."},
        "refresh": {"type": "boolean", "default": False, "description": "Ask the service again."},
        "inactive": {"type": "boolean", "default": False, "description": "Also what is no longer in use, marked."},
    },
    [],
)
SCALAR = {"type": ["string", "number", "null"], "maxLength": 1000}
VALUES = {"type": "array", "maxItems": MOST, "items": SCALAR, "description": "Stored values."}
ASK_LABELS = _object({"connection": CONNECTION, "values": VALUES, "input": INPUT, "field": FIELD}, ["values"])
ASK_CHECK = _object({"connection": CONNECTION, "input": INPUT}, [])


def _list(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return _object({name: {"type": "array", "items": _object(properties), "description": "In the order asked for."}})


def _route(name: str, endpoint: Any, summary: str, body: dict[str, Any], answer: dict[str, Any]) -> Route:
    return Route(
        "POST", f"{OPERATION}/{name}", endpoint, summary, scope="options", description=endpoint.__doc__, body=body,
        answers={200: answer}, errors=(404, 422, 424, 502, 504), embed=True,
    )  # fmt: skip


ROUTES = [
    _route("options", options, "List the choices of a dropdown", ASK_OPTIONS, CHOICES),
    _route("labels", labels, "Label stored values", ASK_LABELS, _list("labels", LABEL)),
    _route("check-values", check_values, "Check the values of an input", ASK_CHECK,
           _list("values", {"pointer": POINTER, **LABEL})),
]  # fmt: skip
