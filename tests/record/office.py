"""A small connector whose calls are recorded: its service answers as a test says, at a time that the test holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from connector import Client, Connection, Connector
from connector.record.kept import Kept, some
from connector.retry import Patience
from connector.store import Store
from connector.testing.clock import HeldClock

from ..small_home import OPERATIONS, URL, home

Answer: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]

TEXT = {"type": "string", "title": "A text", "description": "Any."}
SECRET = {**TEXT, "writeOnly": True}
GIVEN: dict[str, dict[str, Any]] = {
    "tool": {},
    "pin": SECRET,
    "safe": {"type": "object", "properties": {"code": SECRET, "room": TEXT}},
}
MORE: dict[str, dict[str, Any]] = {
    "lock_tool": {
        "request": "POST /locks",
        "input": {
            "properties": {name: {"title": name, "description": "As it is.", **one} for name, one in GIVEN.items()}
        },
        "body": "*",
        "output": {"properties": {"tool": TEXT, "combination": SECRET}},
    },
    "put_tool": {
        "request": "PUT /tools/{id}",
        "input": {"required": ["id"], "properties": {"id": OPERATIONS["get_tool"]["input"]["properties"]["id"]}},
    },
}
MOVES = '''
from connector import Request

def handle(input):
    """Asks, and writes twice."""
    found = yield Request("GET", "/tools/1")
    yield Request("POST", "/moves", json={"from": found.json()["tool"]})
    done = yield Request("POST", "/moves", json={"to": "here"})
    return done.json()
'''
RAW = "from connector.http_request import handle"
RAW_SPEC = {"input": {"$ref": "http_request#input"}, "output": {"$ref": "http_request#output"}, "effect": "change"}


def office(folder: Path) -> Connector:
    """The connector, in a folder of the test's own."""
    specs = {**OPERATIONS, **MORE, "raw": {"title": "Raw", "description": "Raw.", **RAW_SPEC}}
    return Connector("shed", home(folder / "home", specs, {"move_tool": MOVES, "raw": RAW}))


SAW = httpx.Response(200, json={"tool": "saw"})


class Service(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives its answers in order; `heard` are the requests."""

    def __init__(self, *answers: Answer) -> None:
        self._waiting = iter(answers)
        self.heard: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.heard.append(request)
        found = next(self._waiting)
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, httpx.Response) else found(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


class Office:
    """A client of the small connector, on a store in the test's folder."""

    def __init__(self, folder: Path, key: str = "k3y-that-nobody-may-see", connector: Connector | None = None) -> None:
        self.folder, self.clock = folder, HeldClock()
        self.store = Store(folder / "connector.db")
        self.connector = connector or office(folder)
        self.connection = Connection("desk", self.connector, URL, {"key": key}, frozenset({"other.example"}))
        self.service = Service()

    def client(self, *answers: Answer, retry_for: float = 0, **more: Any) -> Client:
        self.service = Service(*answers)
        patience = Patience(retry_for, chance=lambda: 0.5)
        return Client(
            self.connector, self.connection, transport=self.service, store=self.store, clock=self.clock,
            retry_for=patience, **more,
        )  # fmt: skip

    @property
    def calls(self) -> list[Kept]:
        """What is recorded, the oldest first."""
        return some(self.store, "TRUE ORDER BY at, calls.rowid")

    @property
    def call(self) -> Kept:
        (found,) = self.calls
        return found

    def close(self) -> None:
        self.store.close()
