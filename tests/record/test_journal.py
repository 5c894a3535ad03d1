"""What is kept of a call, and when: a read with others, a write before it is sent and before its result is given."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import warnings
from typing import Any

import httpx
import pytest

from connector import ConnectorError, OutcomeUnknown, UsageError
from connector.record.kept import Kept
from connector.steps import NoAnswer, NotSent
from connector.store import Store

from .office import SAW, Office


def on_disk(desk: Office) -> list[tuple[Any, ...]]:
    """What another process would see now."""
    connection = sqlite3.connect(desk.store.file)
    try:
        return connection.execute("SELECT operation, outcome, seconds FROM calls").fetchall()
    finally:
        connection.close()


def test_a_read_is_kept_whole(desk: Office) -> None:
    answer = httpx.Response(200, json={"tool": "saw"}, headers={"X-Request-Id": "r1"})
    assert desk.client(answer).run("get_tool", {"id": 7}) == {"tool": "saw"}
    call = desk.call
    assert (call.connector, call.operation, call.connection, call.effect) == ("shed", "get_tool", "desk", "read")
    assert (call.outcome, call.attempts, call.seconds, call.error) == ("success", 1, 0.0, None)
    assert (call.input, call.at, call.base_url) == ({"id": 7}, desk.clock.now(), "https://shed.example/v1")
    assert len(call.id) == 12
    (exchange,) = call.exchanges
    assert exchange["request"] == {
        "method": "GET",
        "url": "https://shed.example/v1/tools/7",
        "headers": [["Accept", "application/json"], ["Authorization", "Bearer ***"]],
        "body": None,
    }
    assert exchange["response"]["status"] == 200
    assert ["x-request-id", "r1"] in [[name.lower(), value] for name, value in exchange["response"]["headers"]]
    assert exchange["response"]["body"] == '{"tool":"saw"}'


def test_an_error_is_kept_and_names_its_record(desk: Office) -> None:
    with pytest.raises(ConnectorError) as raised:
        desk.client(httpx.Response(404, json={"error": "no such tool"})).run("get_tool", {"id": 7})
    call = desk.call
    assert raised.value.call_id == call.id == raised.value.as_dict()["call_id"]
    assert (call.outcome, call.code) == ("error", "#api_error")
    assert call.error is not None
    assert call.error["message"] == "GET /tools/7 answered 404 Not Found. no such tool."
    assert "body" not in call.error  # it stands in the exchange


def test_every_attempt_is_kept(desk: Office) -> None:
    client = desk.client(NotSent("refused"), NoAnswer("cut", timed_out=True), SAW, retry_for=60)
    client.run("get_tool", {"id": 7})
    call = desk.call
    assert (call.outcome, call.attempts) == ("success", 3)
    assert [one.get("failure") for one in call.exchanges] == [
        {"kind": "not_sent", "message": "refused"},
        {"kind": "no_answer", "message": "cut", "timed_out": True},
        None,
    ]
    assert [one["at"] for one in call.exchanges] == sorted(one["at"] for one in call.exchanges)
    assert call.seconds == sum(desk.clock.waits) > 0


def test_a_write_is_on_disk_before_it_is_sent(desk: Office) -> None:
    seen: list[list[Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(on_disk(desk))
        return SAW

    desk.client(answer).run("make_tool", {"tool": "saw"})
    assert seen == [[("make_tool", "sent", None)]]
    assert on_disk(desk) == [("make_tool", "success", 0.0)]  # before the caller has the result


def test_what_is_on_disk_before_a_write_tells_what_is_sent(desk: Office) -> None:
    seen: list[Kept] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.extend(desk.calls)
        return SAW

    desk.client(answer).run("make_tool", {"tool": "saw"})
    (call,) = seen
    assert (call.outcome, call.ending, call.seconds) == ("sent", "unknown", None)
    assert call.input == {"tool": "saw"}
    (exchange,) = call.exchanges
    assert exchange["request"]["body"] == '{"tool":"saw"}'
    assert not exchange.keys() & {"response", "failure"}


def test_each_write_of_a_handler_is_on_disk_before_it_is_sent(desk: Office) -> None:
    seen: list[tuple[str, list[str]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        found = [one["request"]["method"] for call in desk.calls for one in call.exchanges]
        seen.append((request.method, found))
        return httpx.Response(200, json={"tool": "saw"})

    desk.client(answer, answer, answer).run("move_tool")
    assert seen == [("GET", []), ("POST", ["GET", "POST"]), ("POST", ["GET", "POST", "POST"])]
    assert (desk.call.attempts, desk.call.outcome) == (3, "success")


def test_a_write_that_cannot_be_recorded_is_not_sent(desk: Office) -> None:
    desk.store.query("SELECT 1")
    client = desk.client()
    desk.store.close()
    desk.store.file.write_bytes(b"no database " * 100)
    with pytest.raises(UsageError) as raised:
        client.run("make_tool", {"tool": "saw"})
    assert raised.value.message.startswith("The request was not sent, since it cannot be recorded. ")
    assert "CONNECTOR_RECORD=off" in raised.value.message
    assert desk.service.heard == []


def test_a_read_goes_on_without_a_record_and_says_so_once(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    desk.store.file.write_bytes(b"no database " * 100)
    client = desk.client(SAW, SAW)
    for _ in range(2):
        assert client.run("get_tool", {"id": 7}) == {"tool": "saw"}
        desk.store.flush()
    (said,) = [one for one in caplog.records if "recorded" in one.getMessage()]
    assert said.levelno == logging.WARNING
    assert "connector.db cannot be used" in said.getMessage()


def test_a_success_whose_end_cannot_be_kept_is_a_success(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        with desk.store.transaction() as cursor:
            cursor.execute("CREATE TRIGGER full BEFORE UPDATE ON calls BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        return SAW

    assert desk.client(answer).run("make_tool", {"tool": "saw"}) == {"tool": "saw"}
    assert "disk full" in caplog.text
    assert desk.call.ending == "unknown"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(503), "unknown"),
        (NoAnswer("cut"), "unknown"),
        (NotSent("refused"), "error"),
        (httpx.Response(422), "error"),
        (httpx.Response(200, text="<html>"), "unknown"),
    ],
)
def test_a_write_ends_as_its_error_says(desk: Office, answer: Any, outcome: str) -> None:
    with pytest.raises(ConnectorError) as raised:
        desk.client(answer).run("make_tool", {"tool": "saw"})
    assert isinstance(raised.value, OutcomeUnknown) == (outcome == "unknown")
    assert on_disk(desk) == [("make_tool", outcome, 0.0)]


def broken(request: httpx.Request) -> httpx.Response:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("operation", "outcome"), [("make_tool", "unknown"), ("list_tools", "error")])
def test_a_call_that_is_broken_off(desk: Office, operation: str, outcome: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        desk.client(broken).run(operation)
    assert desk.call.outcome == outcome
    assert desk.call.error == {"error": "Interrupted", "code": "#interrupted", "message": "The call was broken off."}


def test_a_call_that_is_cancelled_while_it_is_recorded_is_not_sent(desk: Office) -> None:
    async def main() -> None:
        with desk.store.transaction():  # nothing can be kept meanwhile
            task = asyncio.create_task(desk.client(SAW).arun("make_tool", {"tool": "saw"}))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert desk.service.heard == []
    assert desk.call.outcome == "error"


def test_async_calls_are_kept_as_sync_ones_are(desk: Office) -> None:
    async def main() -> None:
        client = desk.client(SAW, SAW, SAW)
        await asyncio.gather(client.arun("get_tool", {"id": 1}), client.arun("get_tool", {"id": 2}))
        await client.arun("make_tool", {"tool": "saw"})

    asyncio.run(main())
    assert [call.operation for call in desk.calls] == ["get_tool", "get_tool", "make_tool"]
    assert {call.outcome for call in desk.calls} == {"success"}
    assert len({call.id for call in desk.calls}) == 3


def test_what_the_caller_changes_afterwards_is_not_kept(desk: Office) -> None:
    given = {"method": "GET", "url": {"endpoint": "/x"}, "headers": [{"key": "X-A", "value": "1"}]}
    with desk.store.transaction():
        desk.client(SAW).run("raw", given)
        given["headers"].append("changed")  # type: ignore[attr-defined]
    assert desk.call.input["headers"] == [{"key": "X-A", "value": "1"}]


def test_an_output_that_does_not_fit_as_an_error(desk: Office) -> None:
    client = desk.client(httpx.Response(200, json={"tool": 1}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            client.run("make_tool", {"tool": "saw"})
    assert desk.call.outcome == "unknown"  # it was carried out, and its caller has an error


def test_without_a_record_nothing_is_kept(desk: Office) -> None:
    desk.client(SAW, record=False).run("make_tool", {"tool": "saw"})
    assert not desk.store.file.exists()


def test_the_record_is_turned_off(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD", "off")
    desk.client(SAW).run("make_tool", {"tool": "saw"})
    assert not desk.store.file.exists()


def test_a_refused_input_is_no_call(desk: Office) -> None:
    with pytest.raises(ConnectorError):
        desk.client().run("get_tool", {})
    assert not desk.store.file.exists()


def test_several_clients_share_a_store(desk: Office) -> None:
    desk.client(SAW).run("get_tool", {"id": 1})
    desk.client(SAW).run("get_tool", {"id": 2})
    desk.store.close()
    other = Store(desk.store.file)
    assert len(other.query("SELECT id FROM calls")) == 2
    other.close()
