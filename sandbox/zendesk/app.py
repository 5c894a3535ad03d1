"""The ASGI application: finds the handler, opens the transaction, and turns answers and errors into responses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import errors, faults
from .auth import ANONYMOUS, authenticate, permitted
from .call import Answer, Call
from .errors import ZendeskError
from .limits import Limits
from .resource import Resource
from .router import Router
from .store import Doc, Store, Unstorable, Write

API = "/api/"
ME = "/api/v2/users/me"
MARK_HEADER = "x-sandbox-mark"
LARGEST = 2**20  # bytes of a JSON body, for which the event loop stands still


class Sandbox:
    """One pretend account over one store."""

    def __init__(self, store: Store, router: Router, kinds: Mapping[str, Resource], limits: Limits) -> None:
        self.store = store
        self._router = router
        self._kinds = kinds
        self._limits = limits

    @property
    def writes(self) -> tuple[Write, ...]:
        """Every request that changed the account, in order."""
        with self.store.transaction(write=False):
            return self.store.writes()

    def close(self) -> None:
        self.store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks http only, not {scope['type']}")
        request = Request(scope, receive)
        try:
            raw = await request.body()
        except ClientDisconnect:
            return  # half a request is none
        fault = request.headers.get(faults.HEADER)
        more = {"X-Request-Id": uuid4().hex}
        try:
            more |= self._limits.account(request.url.path)
            await anyio.sleep(faults.before(fault, self._limits.retry_after(1)))
            answer = self._handle(request, raw, more)
            faults.after(fault)
        except ZendeskError as error:
            answer = Answer(error.body, error.status, error.headers)
        await _respond(answer, more)(scope, receive, send)

    def _handle(self, request: Request, raw: bytes, more: dict[str, str]) -> Answer:
        """The answer of a handler; headers that stand on an error too are added to `more`."""
        path = request.url.path
        if len(raw) > LARGEST and "json" in request.headers.get("content-type", ""):
            raise errors.titled(413, "Payload too large", f"A JSON body has at most {LARGEST} bytes here")
        found = self._router.find(request.method, path)
        handler = found.handler if found else None
        with self.store.transaction(write=request.method != "GET" or getattr(handler, "writes", False)):
            user, token = self._who(request, open=getattr(handler, "anybody", False))
            if found is None:
                raise errors.invalid_endpoint()
            call = Call(self.store, request, raw, found.path, user, self._kinds, token)
            more |= self._limits.endpoint(found.key, call)
            try:
                given = found.handler(call)
            except Unstorable as problem:
                raise errors.titled(400, "Invalid attribute", str(problem)) from None
            answer = given if isinstance(given, Answer) else Answer(given)
            if request.method != "GET" and path.startswith(API) and answer.status < 300 and not answer.replayed:
                self.store.wrote(_written(request, raw, answer, self.store.now()))
        if call.warnings:
            more["X-Zendesk-API-Warn"] = " ".join(call.warnings)
        return answer

    def _who(self, request: Request, open: bool) -> tuple[Doc, Doc | None]:
        """Who asks, and with which OAuth token; refused where they may not."""
        if open:
            return ANONYMOUS, None
        path = request.url.path
        me = path.removesuffix(".json") == ME
        user, token = authenticate(self.store, request.headers.get("authorization"), anonymous_allowed=me)
        if user["role"] == "end-user" and not me:
            raise errors.forbidden()
        if token and not permitted(token["scopes"], request.method, path):
            raise errors.forbidden()
        return user, token


def _written(request: Request, raw: bytes, answer: Answer, at: str) -> Write:
    url, mark = request.url, request.headers.get(MARK_HEADER)
    return Write(at, request.method, url.path, url.query, answer.status, hashlib.sha256(raw).hexdigest(), mark)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing is to be started or stopped; servers ask all the same."""
    while True:
        asked = (await receive())["type"]
        await send({"type": f"{asked}.complete"})
        if asked == "lifespan.shutdown":
            return


def _respond(answer: Answer, more: Mapping[str, str]) -> Response:
    content, media_type = _content(answer.body)
    headers = {**more, **answer.headers}
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
