"""A server that is told to stop finishes what runs, and no more; told twice, it stops at once."""

from __future__ import annotations

import json
import signal
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from connector.store import Store

from ..raw_server import RawServer, Reply, answer
from .serving import GET, LIST, UPDATE, Program, serve

TICKET = json.dumps({"ticket": {"id": 1, "subject": "Printer"}}).encode()


def late(content: bytes, seconds: float) -> Reply:
    """An answer whose last byte is late."""
    return Reply(answer(content, "Content-Type: application/json"), late=(1, seconds))


def page(cursor: str) -> bytes:
    body = {"tickets": [{"id": 1}], "meta": {"has_more": True, "after_cursor": cursor}, "links": {"next": None}}
    return json.dumps(body).encode()


def begun(service: RawServer, count: int = 1) -> None:
    """Wait until the service was asked so often."""
    until = time.monotonic() + 20
    while len(service.received) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


def told_to_stop(program: Program) -> None:
    """SIGTERM, and wait until nobody is let in."""
    program.process.send_signal(signal.SIGTERM)
    with suppress(httpx.TransportError):
        while True:
            program.get("/healthz")


@pytest.mark.parametrize(("operation", "given"), [(GET, {"ticket_id": 1}), (UPDATE, {"ticket_id": 1, "subject": "X"})])
def test_what_runs_is_finished_and_recorded(operation: str, given: Any) -> None:
    with (
        RawServer(late(TICKET, 1.0)) as service,
        serve(service.url) as program,
        ThreadPoolExecutor() as pool,
    ):
        call: Future[httpx.Response] = pool.submit(program.run, operation, given)
        begun(service)
        told_to_stop(program)
        assert call.result().status_code == 200
        assert call.result().headers["connection"] == "close"
        assert program.process.wait(20) == 0
    store = Store()
    rows = store.query("SELECT operation, outcome FROM calls")
    store.close()
    assert [tuple(row) for row in rows] == [(operation, "success")]


def test_a_list_ends_after_its_page_and_says_so() -> None:
    with RawServer(late(page("a"), 0), late(page("b"), 1.0)) as service, serve(service.url) as program:
        with ThreadPoolExecutor() as pool:
            call = pool.submit(program.run, LIST, {}, "?all=true")
            begun(service, 2)
            told_to_stop(program)
            lines = [json.loads(line) for line in call.result().text.splitlines()]
        assert [line.get("id") for line in lines] == [1, 1, None]
        assert lines[-1]["error"]["status"] == 503
        assert program.process.wait(20) == 0


def test_who_only_keeps_a_connection_is_not_waited_for() -> None:
    with RawServer(late(TICKET, 0)) as service, serve(service.url) as program:
        url = httpx.URL(program.told["address"])
        with socket.create_connection((url.host, url.port or 0)):
            start = time.monotonic()
            told_to_stop(program)
            assert program.process.wait(20) == 0
            assert time.monotonic() - start < 8


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(second: signal.Signals) -> None:
    with (
        RawServer(late(TICKET, 60)) as service,
        serve(service.url) as program,
        ThreadPoolExecutor() as pool,
    ):
        call = pool.submit(program.run, UPDATE, {"ticket_id": 1, "subject": "X"})
        begun(service)
        told_to_stop(program)
        start = time.monotonic()
        program.process.send_signal(second)
        assert program.process.wait(20) == 130
        assert time.monotonic() - start < 8
        with suppress(httpx.TransportError):
            assert call.result().status_code >= 500
    store = Store()
    (row,) = store.query("SELECT outcome FROM calls")
    store.close()
    assert row["outcome"] in ("unknown", "sent")
