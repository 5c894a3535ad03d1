"""Two servers on one store, one of them killed at any moment: under an Idempotency-Key nothing happens twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.access import keys
from connector.store import Store
from sandbox.zendesk import create_app

from ..serving import served
from .asking import a_ticket, account, at, soon

ROOT = Path(__file__).parents[2]
ROUNDS, AT_ONCE = 3, 6


class Program:
    """One server, which is killed, and begins anew on another port."""

    def __init__(self, folder: Path) -> None:
        self._environment = os.environ | {"CONNECTOR_DATA": str(folder)}
        self.begin()

    def begin(self) -> None:
        command = [sys.executable, "-m", "tests.api.program"]
        self._program = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._program.stdout
        self.url = f"http://127.0.0.1:{self._program.stdout.readline().strip()}"

    def kill(self) -> None:
        with self._program:
            self._program.kill()


@contextmanager
def two(folder: Path) -> Iterator[list[Program]]:
    programs = [Program(folder) for _ in range(2)]
    try:
        yield programs
    finally:
        for program in programs:
            program.kill()


def asked(program: Program, key: str, mark: str, *, keyed: bool) -> httpx.Response | None:
    """The answer to a request under a key; None where the server died over it, or is not there."""
    given = {"subject": mark, "comment": {"body": mark}} if keyed else a_ticket(mark)
    body = {"connection": "work", "input": given}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": mark}
    path = at("create_ticket" if keyed else "raw_http_request")
    try:
        return httpx.post(program.url + path, json=body, headers=headers, timeout=30, trust_env=False)
    except httpx.TransportError:
        return None


def settled(program: Program, key: str, mark: str, *, keyed: bool) -> httpx.Response:
    """The answer of a server that lives."""
    answer = asked(program, key, mark, keyed=keyed)
    while answer is None:
        time.sleep(0.05)
        answer = asked(program, key, mark, keyed=keyed)
    return answer


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_nothing_happens_twice(seed: int, tmp_path: Path) -> None:
    chance, service, heard = random.Random(seed), create_app(), list[str]()

    async def slow(scope: Any, receive: Any, send: Any) -> None:  # so that much is under way when a server is killed
        heard.append(scope["path"])
        message = await receive()  # the whole of it: it is carried out though whoever sent it is gone by then
        await asyncio.sleep(chance.uniform(0.1, 0.4))

        async def received() -> Any:
            return message

        await service(scope, received, send)

    with served(slow) as url, two(tmp_path) as programs, ThreadPoolExecutor(2 * AT_ONCE) as pool:
        store = Store(tmp_path / "connector.db")
        account(store, url)
        key = keys.create(store, name="", now=0.0)
        store.close()
        said: dict[str, list[Any]] = {}
        for number in range(ROUNDS):
            marks = {f"{seed}-{number}-{one}": one % 2 == 0 for one in range(AT_ONCE)}
            for program in programs:  # it is up, and has opened the connection
                assert settled(program, key, f"warm-{number}-{program.url}", keyed=False).status_code == 200
            heard.clear()
            victim, other = chance.sample(programs, 2)
            begun = []
            for program in (victim, other):
                begun += [(mark, pool.submit(asked, program, key, mark, keyed=keyed)) for mark, keyed in marks.items()]
                soon(lambda: len(heard) > 0, True)
            some = chance.randint(1, AT_ONCE)
            soon(lambda: len(heard) >= some, True)  # noqa: B023
            time.sleep(chance.uniform(0, 0.05))
            victim.kill()
            victim.begin()
            for mark, answer in begun:
                said.setdefault(mark, []).append(answer.result())
            for mark, keyed in marks.items():
                said[mark].append(settled(chance.choice(programs), key, mark, keyed=keyed))
        for mark, answers in said.items():
            told = [one for one in answers if one is not None]
            done = {one.content for one in told if one.status_code == 200}
            others = [json.loads(one.content)["code"] for one in told if one.status_code != 200]
            carried_out = made(service, mark)
            assert len(carried_out) <= 1, mark
            assert len(done) <= 1, mark
            assert set(others) <= {"#outcome_unknown"}, others
            assert len(carried_out) == 1 or not done
            if int(mark.rpartition("-")[2]) % 2 == 0:  # the service knows the key
                assert told[-1].status_code == 200


def made(service: Any, mark: str) -> list[Any]:
    """The tickets of a subject that the service has."""
    with service.store.transaction(write=False):
        return [one["id"] for one in service.store.list("tickets", subject=mark)]
