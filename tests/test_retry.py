"""When a call is tried again, and how long it waits: the whole table, on a clock that is held."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import (
    APIError,
    AuthError,
    Client,
    ConnectorError,
    OutcomeUnknown,
    RateLimitError,
    ServiceError,
    UnreachableError,
)
from connector.retry import TABLE, Patience, Verdict
from connector.testing.clock import HeldClock

from .small_home import OPERATIONS, URL, Answer, connected, shed

HAPPENED: dict[str, Answer] = {
    "not_sent": httpx.ConnectError("refused"),
    "no_answer": httpx.ReadError("reset"),
    "limited": httpx.Response(429),
    "failing": httpx.Response(503),
    "refused": httpx.Response(422),
}
BY_EFFECT = {effect: {**OPERATIONS["make_tool"], "effect": effect} for effect in TABLE if effect != "keyed"}
KEY_INPUT = {"properties": {"key": {"type": "string", "title": "Key", "description": "Names the call."}}}
KEYED = {
    "request": "POST /tools",
    "input": KEY_INPUT,
    "headers": {"Idempotency-Key": "key"},
    "idempotency": "key",
    "output": {"type": "object"},
}
DONE = httpx.Response(200, json={"tool": "saw"})


class Service:
    """Gives its answers in order, the last one again and again; `sent` are the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.sent = answers, list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers[min(len(self.sent), len(self.answers) - 1)]
        self.sent.append(request)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def run(
    folder: Path, effect: str, *answers: Answer, awaited: bool = False, patience: float = 60.0
) -> tuple[Any, Any, Any]:
    """What a call of that effect comes to (its output or error), the service, and the clock."""
    service, clock = Service(*answers), HeldClock()
    found = shed(folder, operations={**BY_EFFECT, "keyed": KEYED})
    one = Client(
        found, connected(found), transport=httpx.MockTransport(service), retry_for=patience, record=False, clock=clock
    )
    try:
        end: Any = asyncio.run(one.arun(effect)) if awaited else one.run(effect)
    except ConnectorError as error:
        end = error
    return end, service, clock


@pytest.mark.parametrize("awaited", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("what", HAPPENED)
@pytest.mark.parametrize("effect", TABLE)
def test_the_table_holds(effect: str, what: str, awaited: bool, tmp_path: Path) -> None:
    end, service, clock = run(tmp_path, effect, HAPPENED[what], DONE, awaited=awaited)
    verdict = getattr(TABLE[effect], what)
    if verdict is Verdict.AGAIN:
        assert end == {"tool": "saw"}
        assert len(service.sent) == 2
        assert len(clock.waits) == 1
    else:
        assert isinstance(end, OutcomeUnknown if verdict is Verdict.UNKNOWN else APIError)
        assert (len(service.sent), clock.waits) == (1, [])
        assert end.attempts == 1


def test_no_write_that_may_have_arrived_is_sent_again() -> None:
    for effect in ("create", "change", "destroy"):
        assert TABLE[effect].no_answer is TABLE[effect].failing is Verdict.UNKNOWN
    assert {row.refused for row in TABLE.values()} == {Verdict.FAILED}


@pytest.mark.parametrize("what", ["not_sent", "no_answer", "limited", "failing"])
def test_a_read_is_tried_for_as_long_as_it_may(what: str, tmp_path: Path) -> None:
    end, service, clock = run(tmp_path, "read", HAPPENED[what], patience=600)
    assert isinstance(end, ServiceError)
    assert end.attempts == len(service.sent) == len(clock.waits) + 1
    assert sum(clock.waits) <= 600
    assert end.attempts > 20


def test_one_attempt_is_one(tmp_path: Path) -> None:
    end, service, _ = run(tmp_path, "read", HAPPENED["failing"], patience=0)
    assert (end.attempts, len(service.sent)) == (1, 1)


@pytest.mark.parametrize("effect", ["replace", "keyed"])
@pytest.mark.parametrize("then", ["not_sent", "limited", "refused"])
def test_what_may_have_been_done_at_first_stays_unknown(effect: str, then: str, tmp_path: Path) -> None:
    """A second attempt that was refused says nothing of the first."""
    end, _, _ = run(tmp_path, effect, HAPPENED["no_answer"], HAPPENED[then])
    assert isinstance(end, OutcomeUnknown)
    assert "may have been carried out" in end.message


def test_a_key_is_made_once_for_all_attempts(tmp_path: Path) -> None:
    end, service, _ = run(tmp_path, "keyed", HAPPENED["no_answer"], HAPPENED["failing"], DONE)
    keys = {request.headers["Idempotency-Key"] for request in service.sent}
    assert end == {"tool": "saw"}
    assert (len(service.sent), len(keys)) == (3, 1)
    assert len(keys.pop()) >= 32
    assert run(tmp_path / "other", "keyed", DONE)[1].sent[0].headers["Idempotency-Key"] not in keys


def test_the_callers_key_is_the_one(tmp_path: Path) -> None:
    service = Service(HAPPENED["failing"], DONE)
    found = shed(tmp_path, operations={"keyed": KEYED})
    one = Client(found, connected(found), transport=httpx.MockTransport(service), record=False, clock=HeldClock())
    one.run("keyed", {"key": "mine"})
    assert [request.headers["Idempotency-Key"] for request in service.sent] == ["mine", "mine"]


# -- how long -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("written", ["7", "date"])
def test_a_service_is_waited_for_as_long_as_it_asks(status: int, written: str, tmp_path: Path) -> None:
    text = "7" if written == "7" else formatdate(HeldClock().now() + 7, usegmt=True)
    end, service, clock = run(tmp_path, "read", httpx.Response(status, headers={"Retry-After": text}), DONE)
    assert end == {"tool": "saw"}
    assert len(service.sent) == 2
    assert clock.waits == [7.0]


def test_a_wait_past_the_patience_is_an_error_that_says_how_long(tmp_path: Path) -> None:
    end, service, clock = run(tmp_path, "create", httpx.Response(429, headers={"Retry-After": "3600"}))
    assert isinstance(end, RateLimitError)
    assert (end.retry_after, end.code, end.retryable) == (3600.0, "#retry_delay_seconds:3600", True)
    assert (len(service.sent), clock.waits) == (1, [])


@pytest.mark.parametrize("text", ["soon", "-1", "²", "", "Wed, 99 Nov 2026 99:99:99 GMT"])
def test_an_unreadable_retry_after_asks_for_nothing(text: str, tmp_path: Path) -> None:
    end, _, clock = run(tmp_path, "read", httpx.Response(429, headers={b"Retry-After": text.encode()}), DONE)
    assert end == {"tool": "saw"}
    assert clock.waits[0] <= 0.5


def test_an_answer_of_zero_seconds_is_no_licence_to_hammer(tmp_path: Path) -> None:
    end, service, _ = run(tmp_path, "read", httpx.Response(429, headers={"Retry-After": "0"}))
    assert isinstance(end, RateLimitError)
    assert len(service.sent) < 60


@given(st.integers(1, 200), st.floats(0, 0.999), st.none() | st.floats(0, 1e6))
def test_a_pause_grows_to_its_limit_and_never_undercuts_the_service(
    attempt: int, part: float, asked: float | None
) -> None:
    patience = Patience(chance=lambda: part)
    pause = patience.pause(attempt, asked)
    assert pause >= (asked or 0)
    assert pause <= max(asked or 0, min(patience.longest, patience.first * 2 ** (attempt - 1)))


def test_other_refusals_are_final(tmp_path: Path) -> None:
    end, service, _ = run(tmp_path, "read", httpx.Response(401), DONE)
    assert type(end) is AuthError
    assert len(service.sent) == 1


def test_an_address_that_is_not_there_is_named_once_the_patience_is_over(tmp_path: Path) -> None:
    end, _, clock = run(tmp_path, "create", HAPPENED["not_sent"], patience=5)
    assert isinstance(end, UnreachableError)
    assert URL in end.message
    assert 0 < sum(clock.waits) <= 5
