"""The sandbox in this process, whose answers to writes can be lost; its clock and the client's are held."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import connector
from connector import Client, OutcomeUnknown
from connector.store import Store
from connector.testing.clock import HeldClock

ZENDESK = connector.find("zendesk")
SANDBOX = ZENDESK.sandbox()


def time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class Losing(httpx.AsyncBaseTransport):
    """Carries requests to an application; loses the next write that `lose` allows for, before or after it is taken.

    The service's clock is `ahead` seconds ahead, and it tells its time unless `ahead` is None.
    """

    def __init__(self, app: Any, clock: HeldClock | None, ahead: float | None) -> None:
        self._inner, self._clock, self._ahead = httpx.ASGITransport(app), clock, ahead
        self.lose: str | None = None
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        writes = request.method not in ("GET", "HEAD")
        lose, self.lose = (self.lose, None) if writes else (None, self.lose)
        if lose == "before" or self.down:
            raise httpx.ReadError("the connection was reset")
        answer = await self._inner.handle_async_request(request)
        if lose == "after":
            await answer.aread()
            raise httpx.ReadError("the connection was reset")
        if self._clock and self._ahead is not None:
            answer.headers["Date"] = format_datetime(time(self._clock.now() + self._ahead), usegmt=True)
        return answer


class Account:
    """A fresh account, and clients of it that share a store."""

    def __init__(self, folder: Path, seeded: Path, ahead: float | None = 0.0) -> None:
        self.clock = HeldClock()
        for part in seeded.parent.glob(f"{seeded.name}*"):
            shutil.copy(part, folder / part.name)
        self.app = SANDBOX.create_app(folder / seeded.name, clock=lambda: time(self.clock.now() + (ahead or 0.0)))
        self.transport = Losing(self.app, self.clock, ahead)
        self.store = Store(folder / "connector.db")
        self._clients: dict[tuple[float, bool], Client] = {}

    def client(self, retry_for: float = 0.0, *, record: bool = True) -> Client:
        """A client of it; one that does not record is somebody else's."""
        if (retry_for, record) not in self._clients:
            transport, store, clock = self.transport, self.store, self.clock
            made = Client(ZENDESK, transport=transport, retry_for=retry_for, record=record, store=store, clock=clock)
            self._clients[retry_for, record] = made
        return self._clients[retry_for, record]

    def lost(self, name: str, given: dict[str, Any], lose: str) -> str:
        """Run an operation whose answer is lost; the id of the call."""
        self.transport.lose = lose
        with pytest.raises(OutcomeUnknown) as raised:
            self.client().run(name, given)
        assert raised.value.call_id
        return raised.value.call_id

    def reconcile(self, call: str, retry_for: float = 600.0, **more: Any) -> dict[str, Any]:
        return self.client(retry_for).reconcile(call, **more)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self.store.close()
        self.app.close()


def published(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ZENDESK.home / "samples" / "zendesk" / f"{name}.json").read_bytes())["input"]
    return found
