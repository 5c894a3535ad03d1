"""Kept connections, over real sockets: none that was closed is written to, and no leftover is the next answer."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

import connector.transport
from connector.message import Response
from connector.network import Network
from connector.steps import NoAnswer, NotSent
from connector.transport import AiohttpCarrier, StandardCarrier

from .carriers import attempt, each_kind, wire
from .raw_server import RawServer, Reply, answer

ONE, STRAY, TWO = answer(b"one"), answer(b"stray"), answer(b"two")


@pytest.mark.parametrize("late", [(0, 0.0), (len(STRAY), 0.02), (len(STRAY) // 2, 0.02), (1, 0.02)])
@each_kind
def test_what_comes_after_an_answer_is_never_the_next_one(late: tuple[int, float], kind: str) -> None:
    with RawServer(Reply(ONE + STRAY, late=late), Reply(TWO)) as server:
        found = attempt(kind, Network(), wire(server.url), wire(server.url, "POST", content=b"{}"))
    assert [one.content if isinstance(one, Response) else one for one in found] == [b"one", b"two"]
    assert [one.connection for one in server.received] == [0, 1]


def test_a_loop_that_did_not_run_meanwhile_notices_what_came() -> None:
    async def send(carrier: AiohttpCarrier, url: str) -> bytes:
        return (await carrier.send(wire(url, "POST", content=b"{}"))).content

    for reply in (Reply(ONE, "close"), Reply(ONE + STRAY, late=(len(STRAY), 0.02))):
        with RawServer(reply, Reply(TWO)) as server, asyncio.Runner() as runner:
            carrier = AiohttpCarrier(Network())
            first = runner.run(send(carrier, server.url))
            time.sleep(0.1)  # the loop sees nothing of what comes now
            assert [first, runner.run(send(carrier, server.url))] == [b"one", b"two"]
            runner.run(carrier.aclose())


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector.transport, "IDLE", 0.0)
    with RawServer(Reply(ONE)) as server:
        carrier = StandardCarrier(Network())
        assert [carrier.send(wire(server.url)).content for _ in range(2)] == [b"one", b"one"]
        carrier.close()
    assert server.connections == 2


@each_kind
def test_a_failed_request_keeps_no_connection(kind: str) -> None:
    with RawServer(Reply(ONE[:-1], "wait"), Reply(TWO)) as server:
        found = attempt(kind, Network(read=0.2), wire(server.url), wire(server.url))
    assert isinstance(found[0], NoAnswer)
    assert isinstance(found[1], Response)
    assert [one.connection for one in server.received] == [0, 1]


@each_kind
def test_an_upload_that_is_reset_tells_no_url(kind: str) -> None:
    with RawServer(Reply(b"", "reset")) as server:
        asked = wire(f"{server.url}/?code=s3cret", "POST", content=b"x" * 50_000_000)
        server._replies = (Reply(b"", "reset"),)
        (found,) = attempt(kind, Network(), asked)
    assert isinstance(found, NoAnswer)
    assert "s3cret" not in repr(found)


def test_names_that_nobody_answers_for_take_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answered = threading.Event()

    def look_up(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        answered.wait(10)
        raise socket.gaierror("nobody knows")

    async def many() -> list[Any]:
        carrier = AiohttpCarrier(Network())
        sent = [carrier.send(wire(f"http://{number}.example")) for number in range(8)]
        tasks = [asyncio.create_task(one) for one in sent]
        while len(asked) < 2:
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        at_once = len(asked)
        answered.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        await carrier.aclose()
        assert at_once == 2
        return found

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert {type(one) for one in asyncio.run(many())} == {NotSent}
    assert len(asked) == 8
