"""A service that lends tools and counts what it took, and runs of rows against it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from connector import Client
from connector.bulk.checking import Inputs
from connector.bulk.record import Line
from connector.bulk.run import Bulk
from connector.bulk.state import Run, Runs
from connector.store import Store
from connector.testing.clock import HeldClock

from ..small_home import ANY, ID, KEY, TOOL, connected, shed

NAMED = {"properties": {"tool": ANY, "key": {"type": "string", "title": "Key", "description": "Names the call."}}}
OPERATIONS = {
    "make_tool": {"request": "POST /tools", "input": {"properties": {"tool": ANY}}, "body": "*", "output": TOOL},
    "keep_tool": {"request": "POST /kept", "input": NAMED, "body": {"tool": "tool"}, "headers": {"Key": "key"},
                  "idempotency": "key", "output": TOOL},
    "get_tool": {"request": "GET /tools/{id}", "input": {"required": ["id"], "properties": {"id": ID}}, "output": TOOL},
}  # fmt: skip
TWO = """
from connector import Request

def handle(given):
    yield Request("POST", "/tools", json={"tool": "first"})
    return (yield Request("POST", "/tools", json={"tool": "second"})).json()
"""


class Lending:
    """What happens to a tool is in `plan`: for each time that it comes, a word; `taken` counts what was carried out.

    The words: ok, refused (422), broken (500, not carried out), lost (500, carried out), cut (no answer, carried out),
    hang (carried out, and no answer until the program stops), denied (401).
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, HeldClock()
        self.plan: dict[str, list[str]] = {}
        self.taken: Counter[str] = Counter()
        self.asked: list[str] = []
        self.keys: dict[str, str] = {}
        self.connector = shed(
            folder,
            operations=OPERATIONS,
            handlers={"make_two": TWO},
            idempotency={"seconds": 7200, "hit": {"X-Lookup": "hit"}},
        )

    async def answer(self, request: httpx.Request) -> httpx.Response:
        reads = request.method == "GET"
        tool = request.url.path.rpartition("/")[2] if reads else json.loads(request.content)["tool"]
        self.asked.append(tool)
        words = self.plan.get(tool, [])
        word = words.pop(0) if words else "ok"
        await asyncio.sleep(0)
        if word in ("refused", "broken", "denied"):
            return httpx.Response(
                {"refused": 422, "broken": 500, "denied": 401}[word], json={"error": f"{word} {tool}"}
            )
        key = request.headers.get("key")
        if key is None or key not in self.keys:
            self.taken[tool] += 1
        if key is not None:
            self.keys[key] = tool
        if word == "hang":
            self.hangs.set()
            await asyncio.Event().wait()
        if word == "cut":
            raise httpx.ReadError("cut off", request=request)
        return httpx.Response(500 if word == "lost" else 200, json={"tool": tool, "echo": KEY})

    def store(self) -> Store:
        return Store(self.folder / "connector.db")

    def client(self, store: Store, retry_for: float = 0) -> Client:
        transport = httpx.MockTransport(self.answer)
        connection = connected(self.connector)
        return Client(
            self.connector, connection, transport=transport, store=store, clock=self.clock, retry_for=retry_for
        )

    def run(
        self,
        operation: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        at_once: int = 3,
        until: int | None = None,
        tell: Callable[[Line], object] = lambda line: None,
        **options: Any,
    ) -> list[Line]:
        """Begin or go on; the result lines. It is stopped after `until` lines, and cut off when the service hangs."""
        lines: list[Line] = []

        async def go() -> None:
            self.hangs = asyncio.Event()
            store = self.store()
            client = self.client(store)
            runs = Runs(store, self.clock, "shed", operation, "test")

            def told(line: Line) -> None:
                lines.append(line)
                tell(line)
                if len(lines) == until:
                    bulk.stop()

            with Inputs() as inputs:
                for row in rows:
                    inputs.add(dict(row))
                run, _ = runs.begin(inputs.digest, inputs.total)
                bulk = Bulk(client, self.connector.operation(operation), runs, run, told, **options)
                going = asyncio.create_task(bulk.go(inputs, at_once))
                hanging = asyncio.create_task(self.hangs.wait())
                await asyncio.wait([going, hanging], return_when=asyncio.FIRST_COMPLETED)
                hanging.cancel()
                going.cancel()
                try:
                    await going
                except asyncio.CancelledError:
                    assert self.hangs.is_set()
                finally:
                    await client.aclose()
                    client.close()
                    store.close()

        asyncio.run(go())
        return lines

    def known(self, operation: str) -> list[Run]:
        store = self.store()
        found = Runs(store, self.clock, "shed", operation, "test").all()
        store.close()
        return found


def outcomes(lines: Sequence[Line]) -> dict[int, str]:
    """The outcome of each row, which is told once."""
    found = {line["row"]: line["outcome"] for line in lines}
    assert len(found) == len(lines)
    return found


def tools(count: int) -> list[dict[str, str]]:
    return [{"tool": f"t{number}"} for number in range(1, count + 1)]
