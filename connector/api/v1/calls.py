"""The record of calls: what a tenant's connections did."""

from __future__ import annotations

import asyncio
from typing import Any

from ...access.scopes import OF_EFFECT
from ...catalog import find
from ...clock import iso
from ...record import kept
from ...record.reading import AS_ASKED, CANNOT_TELL, DID_NOT_HAPPEN, HAPPENED
from ...schema import Schema
from ..route import Answer, Ask, Route

OUTCOMES = ("success", "error", "unknown")
TEXT = {"type": ["string", "null"]}
OBJECT = {"type": ["object", "null"]}
NAME = {"type": "string", "minLength": 1, "maxLength": 64}
TIME = {"type": "string", "format": "date-time"}
HEADERS = {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}}

BRIEF: dict[str, Schema] = {
    "id": {"type": "string"},
    "at": {**TIME, "description": "When it began."},
    "connector": {"type": "string"},
    "operation": {"type": "string"},
    "connection": {"type": "string"},
    "effect": {"enum": list(OF_EFFECT)},
    "outcome": {"enum": list(OUTCOMES), "description": "Unknown: a write that may have happened."},
    "seconds": {"type": ["number", "null"], "description": "How long it took; null where it has no end."},
    "attempts": {"type": "integer", "description": "How many requests were sent."},
    "code": {**TEXT, "description": "The code of the error."},
    "error": {**OBJECT, "description": "What went wrong."},
    "reconciled": {**OBJECT, "description": "What was found out later of one whose outcome was unknown."},
}
EXCHANGE: dict[str, Schema] = {
    "at": TIME,
    "seconds": {"type": ["number", "null"], "description": "How long it took; null where it has no end."},
    "request": {
        "type": "object",
        "required": ["method", "url", "headers", "body"],
        "properties": {
            "method": {"type": "string"},
            "url": {"type": "string"},
            "headers": HEADERS,
            "body": {"description": "As JSON where it is JSON."},
        },
    },
    "response": {
        "type": ["object", "null"],
        "description": "The answer; null where there was none.",
        "required": ["status", "headers", "body"],
        "properties": {"status": {"type": "integer"}, "headers": HEADERS, "body": {}},
    },
    "failure": {**OBJECT, "description": "What kept the answer from coming."},
}
WHOLE: dict[str, Schema] = BRIEF | {
    "base_url": {"type": "string"},
    "input": {"type": "object", "description": "The input, without secrets."},
    "exchanges": {
        "type": "array",
        "items": {"title": "Exchange", "type": "object", "required": [*EXCHANGE], "properties": EXCHANGE},
        "description": "Each request that was sent, and its answer or failure, without secrets.",
    },
}
LIST = {
    "type": "object",
    "required": ["calls", "next"],
    "additionalProperties": False,
    "properties": {
        "calls": {
            "type": "array",
            "items": {"type": "object", "required": [*BRIEF], "additionalProperties": False, "properties": BRIEF},
        },
        "next": {**TEXT, "description": "Give it as `before` for older ones; null after the oldest."},
    },
}
FOUND_OUT = {
    "type": "object",
    "required": ["call", "operation", "verdict", "message", "found"],
    "additionalProperties": False,
    "properties": {
        "call": {"type": "string"},
        "operation": {"type": "string"},
        "verdict": {"enum": [HAPPENED, AS_ASKED, DID_NOT_HAPPEN, CANNOT_TELL]},
        "message": {"type": "string"},
        "found": {"type": "array", "description": "What it was to make, or what came near."},
        "finish_until": {
            "type": "string",
            "format": "date-time",
            "description": "Until when it can be sent again under its key.",
        },
    },
}
FILTERS: dict[str, Schema] = {
    "connector": {**NAME, "description": "Those of a connector."},
    "operation": {**NAME, "description": "Those of an operation."},
    "connection": {**NAME, "description": "Those on a connection."},
    "outcome": {"enum": list(OUTCOMES), "description": "Those that ended so."},
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "How many; 100 when left out."},
    "before": {
        "type": "string",
        "pattern": r"^[0-9]{1,12}(\.[0-9]{1,9})?-[0-9a-f]{1,32}$",
        "description": "The `next` of the page before.",
    },
}


async def every(ask: Ask) -> Answer:
    """The calls of the caller's connections, the newest first."""
    given = dict(ask.query)
    limit, cursor, connection = given.pop("limit", 100), given.pop("before", None), given.pop("connection", None)
    if cursor:
        at, _, id = cursor.partition("-")
        given["before"] = float(at), id
    if connection:
        given["connection"] = ask.who.full(connection)
    found = await asyncio.to_thread(kept.brief, ask.server.store, limit + 1, tenant=ask.who.tenant, **given)
    page = found[:limit]
    more = f"{page[-1]['at']!r}-{page[-1]['id']}" if len(found) > limit else None
    return Answer({"calls": [_theirs(ask, one) for one in page], "next": more})


async def show(ask: Ask) -> Answer:
    """All that is kept of a call."""
    return Answer(_theirs(ask, kept.as_dict(await _call(ask))))


async def export(ask: Ask) -> Answer:
    """A call as a sample."""
    from ...record.export import export

    call = await _call(ask)
    sample = await asyncio.to_thread(export, call, find(call.connector))
    headers = [("Content-Disposition", f'attachment; filename="{call.operation}-{call.id}.json"')]
    return Answer(sample, headers=headers)


async def reconcile(ask: Ask) -> Answer:
    """What became of a call whose outcome is unknown."""
    call, finish = await _call(ask), ask.body.get("finish", False)
    if finish:
        ask.need(OF_EFFECT[call.effect])
    async with ask.server.clients.of(find(call.connector), call.connection) as client:
        found = await client.areconcile(call.id, finish=finish)
    until = {"finish_until": iso(found["finish_until"])} if "finish_until" in found else {}
    return Answer(found | until)


async def _call(ask: Ask) -> kept.Kept:
    return await asyncio.to_thread(kept.find, ask.server.store, ask.path["id"], tenant=ask.who.tenant)


def _theirs(ask: Ask, call: dict[str, Any]) -> dict[str, Any]:
    """A call as its owner sees it: the connection by their name, the times for people."""
    found = {**_timed(call), "connection": ask.who.own(call["connection"]), "reconciled": _timed(call["reconciled"])}
    if "exchanges" in call:
        told = {"response": None, "failure": None}
        found["exchanges"] = [told | _timed(exchange) for exchange in call["exchanges"]]
    return found


def _timed(part: Any) -> Any:
    return part and {**part, "at": iso(part["at"])}


CALL = "/v1/calls/{id}"
ROUTES = [
    Route(
        "GET",
        "/v1/calls",
        every,
        "List the calls",
        scope="manage",
        description="The newest first.",
        query=FILTERS,
        answers={200: LIST},
        errors=(404,),
    ),
    Route(
        "GET",
        CALL,
        show,
        "Show a call",
        scope="manage",
        description="With its requests and answers; never a secret.",
        answers={200: {"type": "object", "required": [*WHOLE], "additionalProperties": False, "properties": WHOLE}},
        errors=(404,),
    ),
    Route(
        "GET",
        f"{CALL}/export",
        export,
        "Export a call",
        scope="manage",
        description="As a sample, which tells of nobody and plays to the same result: connector replay.",
        answers={200: {"type": "object"}},
        errors=(400, 404),
    ),
    Route(
        "POST",
        f"{CALL}/reconcile",
        reconcile,
        "Reconcile a call",
        scope="manage",
        description="Find out what became of a call, by ordinary reads. With `finish`, a call that has an idempotency "
        "key is sent again under it; that takes the scope of its effect too.",
        body={
            "type": "object",
            "additionalProperties": False,
            "properties": {"finish": {"type": "boolean", "default": False, "description": "Send it again."}},
        },
        answers={200: FOUND_OUT},
        errors=(400, 404, 424, 429, 502, 504),
    ),
]
