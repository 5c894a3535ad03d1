"""What users feel, as ratios in one run: a call, many calls at once, a long list, the command line.

`python benchmarks/run.py [calls|crowd|list|start|serve|soak]` prints a table; each row alternates the sides and takes
medians. Ratios only: the machine is noisy, and both sides of a row feel the same noise.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICKET = "/api/v2/tickets/1"
Side = Callable[[], Awaitable[Any]]


def client(base: str, **more: Any) -> Any:
    """A client of ours on the server, with credentials that it does not look at."""
    import connector

    found = connector.find("zendesk")
    values = {"email": "a@example.com", "api_token": "benchmark"}
    return connector.Client(found, connector.Connection("benchmark", found, base, values), **more)


async def alternate(sides: dict[str, Side], rounds: int, each: int) -> dict[str, float]:
    """The median seconds of a call of each side, in turns of `each` calls."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, side in sides.items():
            for _ in range(each):
                start = time.perf_counter()
                await side()
                if turn:  # the first turn warms up
                    found[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in found.items()}


async def calls(base: str) -> Iterator[tuple[str, str, str]]:
    """One call at a time."""
    import aiohttp
    import httpx

    async with (
        client(base) as ours,
        client(base, record=False) as unrecorded,
        httpx.AsyncClient() as raw,
        aiohttp.ClientSession() as bare,
    ):

        async def run() -> Any:
            return await ours.arun("get_ticket", {"ticket_id": 1})

        async def without_record() -> Any:
            return await unrecorded.arun("get_ticket", {"ticket_id": 1})

        async def by_httpx() -> Any:
            return (await raw.get(base + TICKET)).json()

        async def by_aiohttp() -> Any:
            async with bare.get(base + TICKET) as answer:
                return await answer.json()

        found = await alternate({"ours": run, "httpx": by_httpx, "aiohttp": by_aiohttp}, 20, 100)

        async def recorded() -> None:
            for _ in range(4000):
                await run()
            await asyncio.to_thread(ours._store.flush)

        async def not_recorded() -> None:
            for _ in range(4000):
                await without_record()

        each = await alternate({"recorded": run, "not": without_record}, 20, 100)
        turns = await alternate({"recorded": recorded, "not": not_recorded}, 5, 1)
    return iter(
        [
            ("one validated call ÷ httpx.AsyncClient", f"{found['ours'] / found['httpx']:.2f}", "≤ 0.40"),
            ("one validated call ÷ bare aiohttp", f"{found['ours'] / found['aiohttp']:.2f}", "≤ 2.0"),
            ("a recorded call ÷ one that is not", f"{each['recorded'] / each['not']:.2f}", "≤ 1.15"),
            ("4,000 calls and their record on disk ÷ the calls alone", f"{turns['recorded'] / turns['not']:.2f}", ""),
        ]
    )


async def crowd(base: str) -> Iterator[tuple[str, str, str]]:
    """1,000 calls, 50 at once."""
    import httpx

    async with client(base) as ours, httpx.AsyncClient() as raw:

        async def run() -> Any:
            return await ours.arun("get_ticket", {"ticket_id": 1})

        async def by_httpx() -> Any:
            return (await raw.get(base + TICKET)).json()

        rates: dict[str, list[float]] = {"ours": [], "httpx": []}
        tails: list[float] = []
        for turn in range(6):
            for name, side in (("ours", run), ("httpx", by_httpx)):
                seconds, each = await _at_once(side)
                if turn:
                    rates[name].append(1000 / seconds)
                    if name == "ours":
                        tails.append(statistics.quantiles(each, n=100)[98] / statistics.median(each))
    ratio = statistics.median(rates["ours"]) / statistics.median(rates["httpx"])
    return iter(
        [
            ("1,000 calls, 50 at once: rate ÷ httpx", f"{ratio:.1f}", "≥ 6"),
            ("the same: p99 ÷ p50", f"{statistics.median(tails):.1f}", "≤ 3"),
        ]
    )


async def _at_once(side: Side) -> tuple[float, list[float]]:
    left = iter(range(1000))
    each: list[float] = []

    async def worker() -> None:
        for _ in left:
            start = time.perf_counter()
            await side()
            each.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(50)))
    return time.perf_counter() - start, each


LISTS = {
    "ours": """
import aiohttp, asyncio, connector.client, jsonschema_rs, msgspec  # imports are not what this row measures
from benchmarks.run import client
async def main():
    count = 0
    async with client(BASE) as ours:
        async for ticket in ours.astream("list_tickets"):
            count += 1
    return count
def go(): return asyncio.run(main())
""",
    "httpx": """
import asyncio, httpx
async def main():
    count, url = 0, BASE + "/api/v2/tickets?page[size]=100"
    async with httpx.AsyncClient() as raw:
        while url:
            page = (await raw.get(url)).json()
            count += len(page["tickets"])
            after = page["meta"]["after_cursor"]
            url = page["meta"]["has_more"] and BASE + "/api/v2/tickets?page[size]=100&page[after]=" + after
    return count
def go(): return asyncio.run(main())
""",
    "zenpy": """
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
class Here(HTTPAdapter):
    def send(self, request, **kw):
        url = request.url
        request.url = BASE + "/api/" + url.split("/api/", 1)[1]
        answer = super().send(request, **kw)
        answer.url = request.url = url  # zenpy reads the endpoint off it
        return answer
session = requests.Session()
session.mount("https://", Here())
zenpy = Zenpy(subdomain="x", email="a@example.com", token="t", session=session)
def go(): return sum(1 for _ in zenpy.tickets(cursor_pagination=True))
""",
}

CHILD = """
import sys, time
BASE = sys.argv[1]
{code}
start = time.perf_counter()
assert go() == 10000
took = time.perf_counter() - start
with open("/proc/self/status") as status:  # what getrusage says begins with the memory of the process that started this
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(took, int(peak) / 1024)
"""


def lists(base: str) -> Iterator[tuple[str, str, str]]:
    """10,000 tickets of 2.5 KB, by cursor, every record validated; each side in a process of its own."""
    seconds: dict[str, list[float]] = {name: [] for name in LISTS}
    memory: dict[str, list[float]] = {name: [] for name in LISTS}
    for _ in range(5):
        for name, code in LISTS.items():
            command = [sys.executable, "-c", CHILD.format(code=code), base]
            out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
            took, peak = map(float, out.split())
            seconds[name].append(took)
            memory[name].append(peak)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    yield "10,000 tickets: rate ÷ a raw httpx loop", f"{median['httpx'] / median['ours']:.2f}", "≥ 1.4"
    yield "10,000 tickets: rate ÷ zenpy", f"{median['zenpy'] / median['ours']:.1f}", "≥ 8"
    yield "10,000 tickets: peak memory, MB", f"{statistics.median(memory['ours']):.0f}", "< 60"


def start(base: str) -> Iterator[tuple[str, str, str]]:
    """Whole processes, from the shell."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"ZENDESK_BASE_URL": base, "ZENDESK_ACCESS_TOKEN": "benchmark"}
    ours = [sys.executable, "-m", "connector.cli"]
    program = Path(sys.executable).parent / "connector"
    if program.exists():
        ours = [str(program)]
    run = ["run", "zendesk", "get_ticket", "--connection", "env", "--input", '{"ticket_id": 1}']
    sides = {
        "run": [*ours, *run],
        "httpx": [sys.executable, "-c", "import httpx"],
        "help": [*ours, "--help"],
        "pass": [sys.executable, "-c", "pass"],
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(31):
        for name, command in sides.items():
            begun = time.perf_counter()
            subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
            if turn:
                found[name].append(time.perf_counter() - begun)
    median = {name: statistics.median(times) for name, times in found.items()}
    yield 'connector run, whole process ÷ python -c "import httpx"', f"{median['run'] / median['httpx']:.2f}", "≤ 1.3"
    yield "connector --help ÷ python -c pass", f"{median['help'] / median['pass']:.1f}", "≤ 4"


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from benchmarks import serve

    wanted = sys.argv[1:] or ["calls", "crowd", "list", "start", "serve"]
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "server.py")], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    data = tempfile.TemporaryDirectory()
    os.environ["CONNECTOR_DATA"] = data.name  # calls are recorded, and not among the user's
    print("| what | measured | goal |\n|---|---|---|")
    other = {"list": lists, "start": start, "serve": serve.rows, "soak": serve.soak}
    try:
        for name in wanted:
            rows = {"calls": calls, "crowd": crowd}.get(name)
            found = asyncio.run(rows(base)) if rows else other[name](base)
            for row in found:
                print(f"| {' | '.join(row)} |", flush=True)
    finally:
        server.kill()
        data.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main())
