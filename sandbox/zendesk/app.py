"""The ASGI application: finds the handler, opens the transaction, and turns answers and errors into responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import errors
from .auth import ANONYMOUS, authenticate
from .call import Answer, Call
from .errors import ZendeskError
from .limits import FAULT_HEADER, RateLimit, fault
from .resource import Resource
from .router import Router
from .store import Store, Unstorable

ME = "/api/v2/users/me"


class Sandbox:
    """One pretend account over one store."""

    def __init__(self, store: Store, router: Router, kinds: Mapping[str, Resource], rate_limit: int) -> None:
        self.store = store
        self._router = router
        self._kinds = kinds
        self._rate = RateLimit(rate_limit)

    def close(self) -> None:
        self.store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks http only, not {scope['type']}")
        request = Request(scope, receive)
        raw = await request.body()
        rate: dict[str, str] = {}
        try:
            rate = self._rate.take()
            await anyio.sleep(fault(request.headers.get(FAULT_HEADER)))
            response = _respond(*self._handle(request, raw))
        except ZendeskError as error:
            response = _respond(Answer(error.body, error.status, error.headers), {})
        response.headers.update({"X-Request-Id": uuid4().hex, **rate})
        await response(scope, receive, send)

    def _handle(self, request: Request, raw: bytes) -> tuple[Answer, dict[str, str]]:
        path = request.url.path
        found = self._router.find(request.method, path)
        handler = found[0] if found else None
        with self.store.transaction(write=request.method != "GET" or getattr(handler, "writes", False)):
            anonymous_allowed = path.removesuffix(".json") == ME
            user = authenticate(self.store, request.headers.get("authorization"), anonymous_allowed)
            if found is None:
                raise errors.invalid_endpoint()
            if user["role"] == "end-user" and user is not ANONYMOUS and not anonymous_allowed:
                raise errors.forbidden()
            call = Call(self.store, request, raw, found[1], user, self._kinds)
            try:
                answer = found[0](call)
            except Unstorable as problem:
                raise errors.titled(400, "Invalid attribute", str(problem)) from None
        warnings = {"X-Zendesk-API-Warn": " ".join(call.warnings)} if call.warnings else {}
        return answer if isinstance(answer, Answer) else Answer(answer), warnings


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing is to be started or stopped; servers ask all the same."""
    while True:
        asked = (await receive())["type"]
        await send({"type": f"{asked}.complete"})
        if asked == "lifespan.shutdown":
            return


def _respond(answer: Answer, more: Mapping[str, str]) -> Response:
    content, media_type = _content(answer.body)
    headers = {**answer.headers, **more}
    if "content-type" in {name.lower() for name in headers}:
        media_type = None
    return Response(content, answer.status, {k: _latin1(v) for k, v in headers.items()}, media_type)


def _content(body: Any) -> tuple[bytes, str | None]:
    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain"
    # half of a surrogate pair is no UTF-8, but its escape is JSON
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace"), "application/json; charset=utf-8"


def _latin1(value: str) -> str:
    return value.encode("ascii", "backslashreplace").decode().replace("\r", " ").replace("\n", " ")
