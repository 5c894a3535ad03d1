"""What tests that run operations ask for, and how they wait for what goes on in the server."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from connector.accounts import saved
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.catalog import find
from connector.connections import made
from connector.record import kept
from connector.store import Store
from connector.testing.clock import HeldClock
from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN

from ..serving import served
from .conftest import ORIGIN, Api
from .desk import LOOPBACK

T = TypeVar("T")


def at(operation: str, what: str = "run") -> str:
    """The path of a route of an operation."""
    return f"/v1/connectors/zendesk/operations/{operation}/{what}"


def raw(method: str, endpoint: str, body: Any = None, *, fault: str = "", **more: Any) -> dict[str, Any]:
    """The input of a raw request; the `fault` is the sandbox's, such as `slow=0.3` or `500-after`."""
    given: dict[str, Any] = {"method": method, "url": {"endpoint": endpoint}, **more}
    if body is not None:
        given["body"] = {"raw": json.dumps(body)}
    if fault:
        given["headers"] = [{"key": "X-Sandbox-Fault", "value": fault}]
    return given


def a_ticket(subject: str | None = None, fault: str = "") -> dict[str, Any]:
    """The input of a raw request that makes a ticket: a write that the service knows no key for."""
    ticket = {"subject": subject or uuid.uuid4().hex, "comment": {"body": "a"}}
    return raw("POST", "/api/v2/tickets", {"ticket": ticket}, fault=fault)


def run(api: Api, operation: str, given: Any, **more: Any) -> httpx.Response:
    """Run an operation, on the sandbox unless another connection is named."""
    connection = more.pop("connection", "sandbox")
    return api.call("POST", more.pop("path", at(operation)), {"connection": connection, "input": given}, **more)


def tickets(api: Api, subject: str, **more: Any) -> int:
    """How many tickets of a subject the sandbox has."""
    found = run(api, "raw_http_request", raw("GET", "/api/v2/tickets?sort=-id&page[size]=100"), **more)
    rows = found.json()["output"]["response"]["body"]["tickets"]
    return [row["subject"] for row in rows].count(subject)


def account(store: Store, url: str, name: str = "work", hosts: tuple[str, ...] = ()) -> None:
    """Keep a connection to a service at a URL."""
    values = {"base_url": url, "email": ADMIN_EMAIL, "api_token": API_TOKEN}
    found = made(name, find("zendesk"), values, hosts)
    saved.keep(store, found, base_url=url, tokens=None, renews=False, who=None, now=time.time())


def outcome(api: Api, call: str) -> str:
    """What the record says of a call."""
    return kept.find(api.server.store, call).outcome


def soon(look: Callable[[], T], wanted: T, seconds: float = 10.0) -> T:
    """What is seen, once it is as wanted; or after so many seconds."""
    end = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < end:
        time.sleep(0.01)
    return found


# -- under an Idempotency-Key ------------------------------------------------------------------------------------------


def under(api: Api, key: str, operation: str, given: Any, /, **more: Any) -> httpx.Response:
    """Run under a key."""
    headers = {"Idempotency-Key": key, **more.pop("headers", {})}
    return run(api, operation, given, headers=headers, **more)


def same(first: httpx.Response, second: httpx.Response) -> bool:
    """Whether the second is the first, played again."""
    told = [(one.status_code, one.content, one.headers["content-type"], one.headers.get("x-call-id"))
            for one in (first, second)]  # fmt: skip
    marks = [one.headers.get("idempotency-replayed") for one in (first, second)]
    return told[0] == told[1] and marks == [None, "true"]


def rows(api: Api) -> int:
    return len(api.server.store.query("SELECT key FROM answers"))


@contextmanager
def opened(clock: HeldClock | None = None, store: Store | None = None, **settings: Any) -> Iterator[Api]:
    """An API of a test's own."""
    held = {"clock": clock} if clock else {}
    server = Server(Settings(allow_networks=LOOPBACK, origins=(ORIGIN,), **settings), store, retry_for=0, **held)
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http)
