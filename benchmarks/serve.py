"""The server under load: a read through `connector serve`, against a bare route that forwards the same GET.

The rows of `python benchmarks/run.py serve` and `soak`. Server, service and load are processes of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
TICKET = "/api/v2/tickets/1"
RUN = "/v1/connectors/zendesk/operations/get_ticket/run"
ROUNDS, CALLS = 7, 3000


def rows(base: str) -> Iterator[tuple[str, str, str]]:
    """Calls at once, each with a key, validated and recorded, and the same GET forwarded bare."""
    with ExitStack() as stack:
        ours, key, _ = stack.enter_context(serving(base))
        bare = stack.enter_context(process("bare", base))
        requests = {"ours": (ours, run_request(ours, key)), "bare": (bare, f"GET / HTTP/1.1\r\nHost: {bare}\r\n\r\n")}
        for at_once in (16, 50):
            rates: dict[str, list[float]] = {name: [] for name in requests}
            for turn in range(ROUNDS + 1):
                for name, (address, request) in requests.items():
                    rate = load(address, request, CALLS, at_once)
                    if turn:  # the first turn warms up
                        rates[name].append(rate)
            ratio = statistics.median(rates["ours"]) / statistics.median(rates["bare"])
            yield f"run over HTTP, {at_once} at once: rate ÷ a bare route that forwards", f"{ratio:.2f}", "≥ 0.7"


def soak(base: str, calls: int = 100_000) -> Iterator[tuple[str, str, str]]:
    """Many calls, none of which may fail, and the memory of the server on the way."""
    with serving(base) as (address, key, pid):
        request = run_request(address, key)
        load(address, request, calls // 5, 16)
        before = memory(pid)
        load(address, request, calls - calls // 5, 16)
        yield f"memory after {calls // 5:,} calls, MB", f"{before:.0f}", ""
        yield f"memory after {calls:,} calls, MB", f"{memory(pid):.0f}", f"≤ {before * 1.05:.0f}"


def run_request(address: str, key: str) -> str:
    body = json.dumps({"connection": "env", "input": {"ticket_id": 1}})
    lines = [f"POST {RUN} HTTP/1.1", f"Host: {address}", f"Authorization: Bearer {key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines)


@contextmanager
def serving(base: str) -> Iterator[tuple[str, str, int]]:
    """`connector serve` on the service at `base`: its host and port, a key, its process id."""
    data = tempfile.TemporaryDirectory()  # without keys, so that it makes a first one
    own = {"CONNECTOR_DATA": data.name, "ZENDESK_BASE_URL": base, "ZENDESK_ACCESS_TOKEN": "benchmark"}
    command = [sys.executable, "-m", "connector.cli", "serve", "--json", "--port", "0", "--rate", "1000000000"]
    command += ["--allow-network", "127.0.0.0/8"]
    with data, subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            told = json.loads(server.stdout.readline())
            yield urlsplit(told["address"]).netloc, told["key"], server.pid
        finally:
            server.terminate()


@contextmanager
def process(*arguments: str) -> Iterator[str]:
    """This program in a process of its own; what it prints first."""
    command = [sys.executable, str(Path(__file__)), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


def load(address: str, request: str, calls: int, at_once: int) -> float:
    """The calls a second of so many calls; every one must be answered with 200."""
    with process("load", address, request, str(calls), str(at_once)) as rate:
        return float(rate)


def memory(pid: int) -> float:
    """What a process holds, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


# -- the processes -----------------------------------------------------------------------------------------------------


def bare(base: str) -> None:
    """A route of Starlette that forwards a GET with aiohttp, under the same uvicorn."""
    import socket

    import aiohttp
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from connector.api.protocol import uvicorn_options
    from connector.api.settings import Settings

    session: list[aiohttp.ClientSession] = []

    async def forward(request: Request) -> Response:
        if not session:
            session.append(aiohttp.ClientSession())
        async with session[0].get(base + TICKET) as answer:
            return Response(await answer.read(), media_type="application/json")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(Starlette(routes=[Route("/", forward)]), **uvicorn_options(Settings()))
        uvicorn.Server(config).run(sockets=[listener])


class Asker(asyncio.Protocol):
    """One connection, that asks again as soon as it has an answer."""

    def __init__(self, request: bytes, left: Iterator[int], over: asyncio.Future[None]) -> None:
        self._request, self._left, self._over = request, left, over
        self._answer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if found and len(body) == int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            if not head.startswith(b"HTTP/1.1 200"):
                self._over.set_exception(RuntimeError(self._answer.decode()))
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(RuntimeError("The connection was closed."))

    def _ask(self) -> None:
        self._answer = b""
        if self._over.done() or next(self._left, None) is None:
            if not self._over.done():
                self._over.set_result(None)
            self._transport.close()
        else:
            self._transport.write(self._request)


async def ask(address: str, request: str, calls: int, at_once: int) -> None:
    """Print how many calls a second were answered."""
    loop, left = asyncio.get_running_loop(), iter(range(calls))
    host, port = address.split(":")
    begun, ends = loop.time(), []
    for _ in range(at_once):
        ends.append(loop.create_future())
        await loop.create_connection(partial(Asker, request.encode(), left, ends[-1]), host, int(port))
    await asyncio.gather(*ends)
    print(calls / (loop.time() - begun), flush=True)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    match sys.argv[1:]:
        case ["bare", base]:
            bare(base)
        case ["load", address, request, calls, at_once]:
            import uvloop

            uvloop.run(ask(address, request, int(calls), int(at_once)))


if __name__ == "__main__":
    main()
