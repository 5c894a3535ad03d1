"""A route as an ASGI application: who asks, what was sent, the answer, and what is told of it."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import aclosing
from functools import partial
from time import perf_counter
from typing import Any

from ..errors import ConnectorError, DeclarationError, StorageError
from ..telemetry import asked_by
from .answers import CALL_ID
from .problems import MEDIA, Problem, core_document, core_status, document, headers_of, status_of
from .reading import builtin_timeout, read_body, read_query
from .route import NOBODY, Answer, Ask, Headers, Route
from .server import Server

log, access = logging.getLogger("connector.api"), logging.getLogger("connector.access")
_ids = random.Random()  # noqa: S311 # names, not secrets


class Endpoint:
    """Serves one route."""

    def __init__(self, server: Server, route: Route) -> None:
        self._server, self._route = server, route

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        server, route, begun = self._server, self._route, perf_counter()
        headers = dict(scope["headers"])
        id = request_id(headers)
        ask = Ask(server, NOBODY, scope.get("path_params", {}), {}, None, headers, id)
        asked_by.set(id)
        refused = partial(refusal, id=id, core=route.core)
        limits: Headers = ()
        answer = BROKEN_OFF
        server.metrics.running += 1
        try:
            try:
                async with asyncio.timeout(server.settings.seconds):
                    ask.who = server.gate.caller(route, headers)
                    limits = server.gate.admit(route, ask.who, headers)
                    ask.query = read_query(route, scope["query_string"])
                    if route.body is not None:
                        ask.body = await read_body(route, headers, receive, server.settings)
                    answer = await route.endpoint(ask)
            except (Problem, ConnectorError) as error:
                answer = refused(error)
            except builtin_timeout:
                answer = refused(Problem(504, f"There was no end within {server.settings.seconds:g} seconds."))
            except asyncio.CancelledError:
                if not server.closing:
                    raise
                answer = refused(Problem(503, "The server was stopped before this came to an end."))
            except Exception:
                log.exception("%s %s failed", route.method, route.path, extra={"request_id": id})
                answer = refused(Problem(500, "This is a defect of the server. Its log says more."))
            await respond(answer, id, send, receive, limits, head=scope["method"] == "HEAD")
        finally:
            server.metrics.running -= 1
            seconds = perf_counter() - begun
            server.metrics.ended(route.method, route.path, answer.status, seconds)
            if access.isEnabledFor(logging.INFO):
                _tell(ask, route, answer, seconds)


BROKEN_OFF = Answer(status=499)  # as others log a request whose caller went away


def _tell(ask: Ask, route: Route, answer: Answer, seconds: float) -> None:
    """A line of the access log. No path, query or body is in it: they may hold what is nobody's."""
    call = next((value for name, value in answer.headers if name == CALL_ID), None)
    if call is None and isinstance(answer.body, dict):
        call = answer.body.get("call_id")
    fields = {"event": "access", "method": route.method, "route": route.path, "status": answer.status}
    fields |= {"seconds": round(seconds, 6), "request_id": ask.id, "call": call}
    fields |= {"key": ask.who.key or None, "tenant": ask.who.tenant or None}
    who = f", key {ask.who.key}" if ask.who.key else ""
    access.info(
        "%s %s %d in %.3f s, request %s%s", route.method, route.path, answer.status, seconds, ask.id, who, extra=fields
    )


def request_id(headers: Mapping[bytes, bytes]) -> str:
    """The id of a request: the caller's own where it is a short word, else a new one."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    if 0 < len(given) <= 64 and given.isascii() and given.replace("-", "").replace("_", "").isalnum():
        return given
    return f"{_ids.getrandbits(64):016x}"


def refusal(error: Problem | ConnectorError, id: str, *, core: bool = False) -> Answer:
    """What is answered to a request that failed; with `core`, in Tray's words."""
    if isinstance(error, StorageError | DeclarationError):
        log.error("%s", error, extra={"request_id": id})
    if core:
        return Answer(core_document(error, id), core_status(error), headers_of(error))
    status = error.status if isinstance(error, Problem) else status_of(error)
    return Answer(document(error, id), status, headers_of(error), media=MEDIA)


async def respond(
    answer: Answer, id: str, send: Any, receive: Any = None, more: Headers = (), *, head: bool = False
) -> None:
    """Send it with more headers; a stream is ended where whoever asked goes away, which `receive` tells."""
    headers = [(b"x-request-id", id.encode()), NO_SNIFF]
    if answer.status not in BODILESS:
        headers.append((b"content-type", answer.media.encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in (*answer.headers, *more)]
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append(NO_STORE)
    if answer.stream is not None:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await _until_gone(_streamed(answer.stream, send), receive)
        return
    content = dumped(answer.body) if answer.content is None and answer.status != 204 else answer.content or b""
    if answer.status not in BODILESS:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else content})


async def _streamed(parts: AsyncIterator[bytes], send: Any) -> None:
    async with aclosing(parts):  # type: ignore[type-var]
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(work: Coroutine[Any, Any, None], receive: Any) -> None:
    """Do the work, unless the connection is closed meanwhile."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = [asyncio.create_task(work), asyncio.create_task(gone())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    if tasks[0] in done:
        tasks[0].result()


NO_SNIFF, NO_STORE = (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")
BODILESS = (204, 304)


def dumped(value: Any) -> bytes:
    """A value as JSON."""
    import msgspec

    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, RecursionError):  # integers past 64 bits, halves of surrogate pairs
        return json.dumps(value, ensure_ascii=True).encode()
