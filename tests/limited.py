"""A small service that tells of its limits, and clients that share what they hear, in a time that is held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import Client, Connector, RateLimitError
from connector.store import Store
from connector.testing.clock import HeldClock

from .small_home import OPERATIONS, connected, shed

TOOL = {"tool": "saw"}
RATES = {
    "buckets": "Shed-Limit-*",
    "separate": {"garden": "/garden"},
    "apart": {"per-tool": "path", "per-name": "body.tool", "broken": "length(`1`)"},
}


class Limited(httpx.BaseTransport):
    """Answers with the headers that `says` gives for a request; `paths` are those asked for."""

    def __init__(self, says: Callable[[httpx.Request], dict[str, str] | httpx.Response]) -> None:
        self.says, self.paths = says, list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path.removeprefix("/v1"))
        said = self.says(request)
        return said if isinstance(said, httpx.Response) else httpx.Response(200, json=TOOL, headers=said)


def counting(total: int, name: Callable[[httpx.Request], str] = lambda request: "") -> Any:
    """Says of each request how many of its `name` are left, in one window of a minute."""
    taken: dict[str, int] = {}

    def says(request: httpx.Request) -> dict[str, str]:
        one = name(request)
        taken[one] = taken.get(one, 0) + 1
        assert taken[one] <= total, "it should have waited"
        left = total - taken[one]
        limit, _, _ = one.partition(" ")
        if not limit:
            return {"X-RateLimit-Limit": str(total), "RateLimit-Remaining": str(left), "RateLimit-Reset": "60"}
        return {f"Shed-Limit-{limit}": f"total={total}; remaining={left}; resets=60"}

    return says


def limited_shed(folder: Path) -> Connector:
    return shed(folder, rates=RATES, operations={**OPERATIONS, "raw": LIST}, handlers={"raw": RAW})


class Shed:
    """Clients of one connector that share a store, and a clock that is held."""

    def __init__(self, folder: Path) -> None:
        self.connector = limited_shed(folder / "home")
        self.file, self.clock, self.opened = folder / "shared.db", HeldClock(), list[Any]()

    def store(self) -> Store:
        self.opened.append(Store(self.file))
        return self.opened[-1]  # type: ignore[no-any-return]

    def client(self, service: httpx.BaseTransport, store: Store | None = None, **more: Any) -> Client:
        found = Client(
            self.connector, connected(self.connector), transport=service, store=store or self.store(),
            clock=self.clock, **{"retry_for": 0, **more},
        )  # fmt: skip
        self.opened.insert(0, found)
        return found


ANY = {"title": "Requests", "description": "Any."}
LIST = {"input": {"properties": {"requests": ANY}}, "title": "Raw", "description": "Any requests.", "effect": "read"}
RAW = """
from connector import Request

def handle(given):
    last = None
    for method, url in given["requests"]:
        last = yield Request(method, url, accept=range(100, 600))
    return last.status
"""


def refused(client: Client, operation: str = "get_tool", given: dict[str, Any] | None = None) -> float:
    """The seconds to wait that a call was refused with, which was not sent."""
    with pytest.raises(RateLimitError, match="was not sent") as error:
        client.run(operation, {"id": 1} if given is None else given)
    assert error.value.attempts == 0
    assert error.value.retry_after is not None
    return error.value.retry_after
