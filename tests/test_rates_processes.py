"""The law of the rate ledger over real sockets: processes that share a store are never refused by the sandbox."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from connector import Client, Connection, RateLimitError, catalog
from connector.clock import SystemClock
from sandbox.zendesk import create_app

LIMIT = 120
ROOT = Path(__file__).parents[1]


class Ahead(SystemClock):
    """The machine's clock, put forward."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


class Limited:
    """The sandbox on a port, with a limit; `statuses` are those of its answers."""

    def __init__(self, data: Path) -> None:
        self.clock, self.statuses = Ahead(), list[int]()
        self._app = create_app(data, rate_limit=LIMIT, clock=lambda: datetime.fromtimestamp(self.clock.now(), UTC))
        self._server = uvicorn.Server(uvicorn.Config(self, port=0, log_config=None, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.base = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.statuses.append(message["status"])
            await send(message)

        await self._app(scope, receive, noted)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._app.close()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Limited]:
    monkeypatch.setenv("CONNECTOR_RECORD", "off")  # the store has the limits alone
    found = Limited(tmp_path / "sandbox.db")
    yield found
    found.close()


def client(base: str, clock: Ahead) -> Client:
    """It waits for a moment while others hold what is left, and not for the next window."""
    connector = catalog.find("zendesk")
    connection = Connection("account", connector, base, connector.spec["sandbox"])
    return Client(connector, connection, clock=clock, retry_for=5)


def drain(ours: Client) -> int:
    """Call until the limit is reached; the calls that were made."""
    for count in range(10 * LIMIT):
        try:
            ours.run("get_ticket", {"ticket_id": 1})
        except RateLimitError as error:
            if error.attempts or (error.retry_after or 0) > 5:
                return count
    raise AssertionError("the limit was never reached")


CHILD = """
import sys
from tests.test_rates_processes import Ahead, client, drain
clock = Ahead()
with client(sys.argv[1], clock) as ours:
    for line in sys.stdin:
        clock.ahead = float(line)
        print(drain(ours), flush=True)
"""


def test_three_processes_are_never_refused_and_use_it_all(service: Limited) -> None:
    command = [sys.executable, "-c", CHILD, service.base]
    children = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    try:
        for window in range(3):
            service.statuses.clear()
            service.clock.ahead = 70.0 * window
            for child in children:
                assert child.stdin
                child.stdin.write(f"{service.clock.ahead}\n")
                child.stdin.flush()
            counts = [json.loads(child.stdout.readline()) for child in children if child.stdout]
            assert set(service.statuses) == {200}
            assert sum(counts) == len(service.statuses)
            assert 0.9 * LIMIT <= sum(counts) <= LIMIT
    finally:
        for child in children:
            child.communicate()


def test_fifty_tasks_are_never_refused_and_use_it_all(service: Limited) -> None:
    async def drained(ours: Client) -> int:
        for count in range(LIMIT):
            try:
                await ours.arun("get_ticket", {"ticket_id": 1})
            except RateLimitError:
                return count
        raise AssertionError("the limit was never reached")

    async def go() -> int:
        ours = client(service.base, Ahead())
        async with ours:
            return sum(await asyncio.gather(*(drained(ours) for _ in range(50))))

    count = asyncio.run(go())
    assert set(service.statuses) == {200}
    assert 0.9 * LIMIT <= count <= LIMIT
