"""A service of three pages for the small connector, as a transport."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx

from connector import Client

from .small_home import connected, shed

PAGES: dict[str | None, dict[str, Any]] = {
    None: {"rows": [{"id": 1, "name": "Saw"}, {"id": 2, "name": "Axe"}], "next": "b"},
    "b": {"rows": [], "next": "c"},
    "c": {"rows": [{"id": 3, "name": "Awl"}], "next": None},
}


class Service(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A service of three pages; `asked` are the cursors it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("after")
        self.asked.append(cursor)
        return httpx.Response(200, json=PAGES[cursor])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return self.handle_request(request)

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


class AsyncService(httpx.AsyncBaseTransport):
    """The same, for async callers alone."""

    def __init__(self) -> None:
        self.inner = Service()
        self.threads: set[int] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.threads.add(threading.get_ident())
        return await self.inner.handle_async_request(request)


def on(folder: Path, transport: httpx.BaseTransport | httpx.AsyncBaseTransport) -> Client:
    found = shed(folder)
    return Client(found, connected(found), transport=transport, retry_for=0)
