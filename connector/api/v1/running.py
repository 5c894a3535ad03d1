"""Runs operations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, NamedTuple

from ...access.scopes import OF_EFFECT
from ...calls import Result
from ...errors import AuthError, ConnectorError, ServiceError
from ...operation import EFFECTS, Operation
from ..answers import CALL_ID, Asked, Leaving
from ..endpoint import dumped, refusal
from ..problems import Problem, document
from ..route import LINES, Answer, Ask, Headers, Route

MARGIN = 600.0  # seconds before the service forgets a key in which it is not relied on


def connection_of(ask: Ask, given: Any) -> str:
    """The full name of the connection that is asked for; an embed token's own, which alone it may name."""
    if ask.who.embed:
        own = ask.who.embed.connection
        if given not in (None, own) or ask.path.get("connector", ask.who.embed.connector) != ask.who.embed.connector:
            raise Problem(403, "This token is for another connection.")
        return ask.who.full(own)
    if not given:
        raise Problem(400, "Name the connection, such as sandbox.")
    if "/" in given:
        raise Problem(404, f"There is no connection {given!r}.")
    return ask.who.full(given)


async def run(ask: Ask) -> Answer:
    """Run an operation; its output, and the input of the next page."""
    operation, given = ask.operation(), ask.body.get("input") or {}
    if not ask.query.get("all"):
        return await carry(ask, operation, ask.body.get("connection"), given, OURS)
    needed(ask, operation, given)
    connection = connection_of(ask, ask.body.get("connection"))
    return await _all(ask, operation, connection, given, ask.header("idempotency-key"))


class Words(NamedTuple):
    """How an API says what came of a call: an output, an error of its own. A key of one is none of another."""

    name: str
    success: Callable[[Result], Answer]
    failure: Callable[[ConnectorError, str], Answer]


def _output(result: Result) -> Answer:
    return Answer({"output": result.output, "next_input": result.next_input}, headers=of_call(result))


OURS = Words("v1", _output, refusal)


async def carry(ask: Ask, operation: Operation, connection: Any, given: dict[str, Any], words: Words) -> Answer:
    """Call an operation: once, under an Idempotency-Key; to its end, where it writes. Raises what is not kept."""
    effect = needed(ask, operation, given)
    connection, key = connection_of(ask, connection), key_of(ask)
    if key is not None:
        return await _once(ask, operation, connection, given, key, words, writes=effect != "read")
    if effect == "read":
        return await _carried(ask, operation, connection, given, None, words)
    call = Leaving()
    return await ask.server.answers.apart(_carried(ask, operation, connection, given, call, words), call)


async def plan(ask: Ask) -> Answer:
    """What a run would send first; nothing is sent."""
    operation, given = ask.operation(), ask.body.get("input") or {}
    needed(ask, operation, given)
    async with ask.server.clients.of(ask.connector(), connection_of(ask, ask.body.get("connection"))) as client:
        return Answer(await client.aplan(operation.name, given))


def needed(ask: Ask, operation: Operation, given: dict[str, Any]) -> str:
    """The effect of a call with this input; Problem where the caller may not have it."""
    if operation.handler:  # which may judge by the input
        given = operation.check_input(given)
    effect = operation.effect_of(given)
    ask.need(OF_EFFECT[effect])
    return effect


async def _carried(
    ask: Ask, operation: Operation, connection: str, given: dict[str, Any], call: Leaving | None, words: Words
) -> Answer:
    async with ask.server.clients.of(ask.connector(), connection) as client:
        if call:
            call.journal = client.journal
        result = await client.acall(operation.name, given, journal=call)
    return words.success(result)


def of_call(result: Result) -> Headers:
    """The headers that name the record of a call."""
    return [(CALL_ID, result.call_id)] if result.call_id else []


# -- under an Idempotency-Key ------------------------------------------------------------------------------------------


def key_of(ask: Ask) -> str | None:
    """The Idempotency-Key; Problem 400 where it is none."""
    key = ask.header("idempotency-key")
    if key is not None and not (0 < len(key) <= 255 and all("!" <= char <= "~" for char in key)):
        raise Problem(400, "An Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID.")
    return key


async def _once(
    ask: Ask, operation: Operation, connection: str, given: dict[str, Any], key: str, words: Words, *, writes: bool
) -> Answer:
    operation.check_input(given)  # what does not fit leaves no trace
    place = f"{connection} {key}" if ask.who.embed else key  # whoever has a token sees nothing of another's
    what = json.dumps([words.name, ask.path["connector"], operation.name, connection, given], sort_keys=True)
    digest, own = hashlib.sha256(what.encode()).hexdigest(), operation.idempotency
    known = _known_for(ask) if own else 0.0
    asked, call = Asked(ask.who.tenant, place, digest, writes, known), Leaving()
    if own and given.get(own) is None:
        given = {**given, own: asked.passed}

    async def work() -> Answer:
        try:
            answer = await _carried(ask, operation, connection, given, call, words)
        except ConnectorError as error:
            if nothing_done(error):
                raise
            answer = words.failure(error, ask.id)
        return Answer(None, answer.status, answer.headers, dumped(answer.body), media=answer.media)

    return await ask.server.answers.once(asked, call, work)


def _known_for(ask: Ask) -> float:
    """The seconds in which the service is relied on to know a key."""
    told: float = (ask.connector().spec.get("idempotency") or {}).get("seconds", 0.0)
    return max(0.0, told - MARGIN)


def nothing_done(error: ConnectorError) -> bool:
    """Whether an error says that nothing was done, and may be mended: the same request may be sent again."""
    if any(EFFECTS.get(line.partition(" ")[0]) != "read" for line in error.calls):
        return False
    return error.retryable or isinstance(error, AuthError) or not isinstance(error, ServiceError)


# -- every record ------------------------------------------------------------------------------------------------------


async def _all(ask: Ask, operation: Operation, connection: str, given: dict[str, Any], key: str | None) -> Answer:
    """Every record of a list as JSON lines. What is wrong with the first page is an answer of its own."""
    if operation.records is None:
        raise Problem(400, f"{operation.name} is not a list: it has no records to stream. Leave out all.")
    if key is not None:
        raise Problem(400, "An Idempotency-Key does not go with all=true. Leave one out.")
    pages = _pages(ask, operation, connection, given)
    first = await anext(pages)
    lines = _lines(operation, first, pages, ask.id)
    return Answer(headers=of_call(first), stream=lines, media=LINES)


async def _pages(
    ask: Ask, operation: Operation, connection: str, given: dict[str, Any] | None
) -> AsyncIterator[Result]:
    async with ask.server.clients.of(ask.connector(), connection) as client:
        while given is not None:
            result = await client.acall(operation.name, given)
            given = result.next_input
            yield result
            if given is not None and ask.server.closing:
                raise Problem(503, "The server was stopped before the end of the list.")


async def _lines(
    operation: Operation, page: Result | None, pages: AsyncIterator[Result], id: str
) -> AsyncIterator[bytes]:
    """The records of a page at a time; what goes wrong is the last line."""
    async with aclosing(pages):  # type: ignore[type-var]
        while page is not None:
            yield b"".join(dumped(row) + b"\n" for row in operation.rows(page.output))
            try:
                page = await anext(pages, None)
            except (ConnectorError, Problem) as error:
                yield dumped({"error": document(error, id)}) + b"\n"
                return


# -- the routes --------------------------------------------------------------------------------------------------------

CALL = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "connection": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "examples": ["work"],
            "description": "The connection to call on. An embed token has its own, and need not name it.",
        },
        "input": {"type": "object", "default": {}, "examples": [{}], "description": "The input of the operation."},
    },
}
OUTPUT = {
    "type": "object",
    "required": ["output", "next_input"],
    "additionalProperties": False,
    "properties": {
        "output": {"description": "The output of the operation, as its output_schema says."},
        "next_input": {
            "type": ["object", "null"],
            "description": "The input of the next page, where the operation is a list that goes on.",
        },
    },
}
PLAN = {
    "type": "object",
    "required": ["requests", "more"],
    "additionalProperties": False,
    "properties": {
        "requests": {
            "type": "array",
            "description": "The first request, or none where the operation sends none.",
            "items": {
                "type": "object",
                "required": ["method", "url", "headers", "body"],
                "additionalProperties": False,
                "properties": {
                    "method": {"type": "string"},
                    "url": {"type": "string"},
                    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                    "body": {
                        "description": 'JSON or text; {"base64": …} where it is neither; null where there is none.'
                    },
                },
            },
        },
        "more": {"type": "boolean", "description": "Whether further requests may follow, by what the first answers."},
    },
}
KEY = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[!-~]+$",
    "description": "The same key gives the same answer, for 24 hours; the request is carried out once.",
}
OPERATION = "/v1/connectors/{connector}/operations/{operation}"

ROUTES = [
    Route(
        "POST",
        f"{OPERATION}/run",
        run,
        "Run an operation",
        description=(
            "The scope follows the effect of the call: read, write or destroy. The header X-Call-Id names the record of"
            " the call. With all=true every record of a list comes as a line of JSON, page after page; if that breaks"
            ' off, the last line is {"error": …}, a problem.'
        ),
        query={"all": {"type": "boolean", "description": "Every record of a list, as JSON lines."}},
        headers={"Idempotency-Key": KEY},
        body=CALL,
        answers={200: OUTPUT},
        errors=(404, 424, 502),
        lines='With all=true: a record of the list each; where it breaks off, {"error": …} at the end, a problem.',
        embed=True,
    ),
    Route(
        "POST",
        f"{OPERATION}/plan",
        plan,
        "Plan a run",
        description="What a run would send first: the exact request, credentials masked. Nothing is sent.",
        body=CALL,
        answers={200: PLAN},
        errors=(404,),
    ),
]
