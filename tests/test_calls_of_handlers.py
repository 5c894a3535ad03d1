"""Calls of several requests: what was done stays told when a later one fails, and a handler's faults are its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import (
    APIError,
    Client,
    ConnectorError,
    HandlerError,
    InputError,
    OutcomeUnknown,
    OutputError,
    UnreachableError,
)

from . import small_home
from .small_home import Answer, connected, shed

HEAD = "from connector import Request\n"
TWO = (
    HEAD
    + """
def handle(input):
    made = yield Request("POST", "/tools", json=input)
    filled = yield Request("PUT", f"/tools/{made.json()['id']}", json={"full": True})
    read = yield Request("GET", "/tools")
    return {"made": made.json(), "filled": filled.json(), "read": read.json()}
"""
)


def broken(line: str) -> str:
    return HEAD + f"def handle(input):\n    answer = yield Request('POST', '/tools')\n    {line}\n"


def client(folder: Path, source: str, *answers: Answer) -> Client:
    """A client of a home whose one operation, `act`, is this handler."""
    return small_home.client(folder, *answers, operations={}, handlers={"act": source})


def ok(**body: Any) -> httpx.Response:
    return httpx.Response(200, json=body)


def test_the_output_is_what_the_handler_returns(tmp_path: Path) -> None:
    found = client(tmp_path, TWO, ok(id=7), ok(b=2), ok(c=3)).run("act")
    assert found == {"made": {"id": 7}, "filled": {"b": 2}, "read": {"c": 3}}


FIRST, SECOND = "POST /tools", "PUT /tools/7"


@pytest.mark.parametrize(
    ("answers", "kind", "done"),
    [
        ([httpx.ConnectError("no")], UnreachableError, []),
        ([httpx.Response(422)], APIError, []),
        ([httpx.ReadError("cut")], OutcomeUnknown, []),
        ([httpx.Response(200, text="{")], OutcomeUnknown, []),
        ([ok()], HandlerError, [FIRST]),
        ([ok(id=7), httpx.ConnectError("no")], UnreachableError, [FIRST]),
        ([ok(id=7), httpx.Response(404)], APIError, [FIRST]),
        ([ok(id=7), httpx.Response(500)], OutcomeUnknown, [FIRST]),
        ([ok(id=7), ok(b=2), httpx.Response(500)], APIError, [FIRST, SECOND]),
        ([ok(id=7), ok(b=2), httpx.ReadError("cut")], UnreachableError, [FIRST, SECOND]),
        ([ok(id=7), ok(b=2), httpx.Response(200, text="{")], OutputError, [FIRST, SECOND]),
    ],
    ids=lambda value: None,
)
def test_an_error_keeps_the_calls_already_done(
    answers: list[Answer], kind: type[ConnectorError], done: list[str], tmp_path: Path
) -> None:
    with pytest.raises(ConnectorError) as sync:
        client(tmp_path / "sync", TWO, *answers).run("act")
    with pytest.raises(ConnectorError) as awaited:
        asyncio.run(client(tmp_path / "async", TWO, *answers).arun("act"))
    for found in (sync.value, awaited.value):
        assert type(found) is kind
        assert found.calls == done
        assert found.as_dict().get("calls", []) == done


def test_an_answer_read_only_later_is_judged_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as found:
        client(tmp_path, TWO, ok(id=7), httpx.Response(200, text="{"), ok()).run("act")
    assert found.value.calls == [FIRST, SECOND]


@pytest.mark.parametrize(
    "line",
    ["raise RuntimeError('x')", "return {}['id']", "yield 'GET /tools'", "yield None", "return 1 / 0",
     "yield Request('GET', '/x', headers={'A': 1})", "yield Request('GET', None)", "yield Request('BREW', '/x')"],
)  # fmt: skip
def test_what_a_handler_breaks_on_is_its_own(line: str, tmp_path: Path) -> None:
    with pytest.raises(HandlerError) as found:
        client(tmp_path, broken(line), ok(), ok()).run("act")
    assert found.value.calls == [FIRST]
    assert "act" in found.value.message


@pytest.mark.parametrize(
    "line",
    ["yield Request('GET', '/a b')", "yield Request('GET', '/a\\nb')", "yield Request('GET', '/\xe9')",
     "yield Request('GET', '//evil.example/')", "yield Request('GET', 'https://evil.example/')",
     "yield Request('GET', 'https://[')", "yield Request('GET', '/', headers={'A b': '1'})",
     "yield Request('GET', '/', headers={'A': '1\\n2'})", "yield Request('POST', '/', json={1, 2})"],
)  # fmt: skip
def test_a_request_that_cannot_be_sent_is_refused_before_it_is(line: str, tmp_path: Path) -> None:
    with pytest.raises((InputError, HandlerError)) as found:
        client(tmp_path, broken(line), ok(), AssertionError("was sent")).run("act")
    assert found.value.calls == [FIRST]


def test_a_handler_may_ask_to_see_an_error(tmp_path: Path) -> None:
    source = HEAD + (
        "def handle(input):\n"
        "    answer = yield Request('GET', '/tools/1', accept=(404,))\n"
        "    return {'there': answer.status != 404}\n"
    )
    assert client(tmp_path / "404", source, httpx.Response(404)).run("act") == {"there": False}
    with pytest.raises(APIError):
        client(tmp_path / "410", source, httpx.Response(410)).run("act")


@pytest.mark.parametrize(("method", "kind"), [("GET", OutputError), ("POST", OutcomeUnknown)])
def test_an_answer_past_the_limit(method: str, kind: type[ConnectorError], tmp_path: Path) -> None:
    source = HEAD + (
        "def handle(input):\n"
        "    yield Request('GET', '/first')\n"
        f"    answer = yield Request('{method}', '/large', limit=10)\n"
        "    return answer.json()\n"
    )
    assert client(tmp_path / "fits", source, ok(), httpx.Response(200, text='"12345678"')).run("act") == "12345678"
    with pytest.raises(ConnectorError) as found:
        client(tmp_path / "more", source, ok(a=1), httpx.Response(200, text='"123456789"')).run("act")
    assert type(found.value) is kind
    assert "larger than 10 bytes" in found.value.message
    assert found.value.calls == ["GET /first"]
    assert found.value.as_dict().get("body") is None


def test_a_handler_that_was_declared_to_read_only_reads(tmp_path: Path) -> None:
    source = HEAD + "def handle(input):\n    answer = yield Request('POST', '/search')\n    return answer.json()\n"
    words = {"title": "Act", "description": "Searches.", "effect": "read", "output": {}}
    connector = shed(tmp_path, operations={"act": words}, handlers={"act": source})
    transport = httpx.MockTransport(lambda request: httpx.Response(503))
    with pytest.raises(APIError) as found:
        Client(connector, connected(connector), transport=transport, retry_for=0).run("act")
    assert found.value.retryable


def test_a_plan_is_the_first_request_and_says_that_more_may_follow(tmp_path: Path) -> None:
    planned = client(tmp_path, TWO, AssertionError("was sent")).plan("act")
    assert planned["more"]
    (request,) = planned["requests"]
    assert (request["method"], request["url"], request["body"]) == ("POST", "https://shed.example/v1/tools", {})


def test_a_handler_that_sends_nothing_is_planned_as_nothing(tmp_path: Path) -> None:
    source = "def handle(input):\n    return {'done': True}\n    yield\n"
    one = client(tmp_path, source, AssertionError("was sent"))
    assert one.plan("act")["requests"] == []
    assert one.run("act") == {"done": True}
