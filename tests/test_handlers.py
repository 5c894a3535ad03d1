"""Handlers: generators of requests, where a declaration cannot say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector import DeclarationError, Operation, Request

from .harbor import HARBOR, WORDS, Spec, client

NO_SCHEMAS: dict[str, Spec] = {}


def test_a_handler_yields_each_request_and_returns_the_output() -> None:
    harbor, requests = client({"berth": 7}, {"booking": {"booking_no": "N 1"}})
    assert harbor.run("move_booking", {"booking_no": "N 1", "berth_no": 8}) == {
        "released": 7,
        "booking": {"booking_no": "N 1"},
    }
    assert [(request.method, request.url.raw_path.decode()) for request in requests] == [
        ("POST", "/v2/bookings/N%201/leave"),
        ("POST", "/v2/bookings/N%201/take"),
    ]
    assert [request.content and json.loads(request.content) for request in requests] == [b"", {"berth": 8}]


@pytest.mark.parametrize(("name", "more"), [("move_booking", True), ("raw_request", False), ("get_berth", False)])
def test_an_operation_says_whether_requests_follow_its_first(name: str, more: bool) -> None:
    assert HARBOR.operation(name).has_more_requests is more


def once(input: Spec) -> Any:
    yield Request("GET", "/x")


def in_a_loop(input: Spec) -> Any:
    for number in input["a"]:
        yield Request("GET", f"/x/{number}")


def by_another(input: Spec) -> Any:
    return (yield from in_a_loop(input))


@pytest.mark.parametrize(("handler", "more"), [(once, False), (in_a_loop, True), (by_another, True)])
def test_a_handler_that_yields_in_a_loop_or_from_another_may_send_more(handler: Any, more: bool) -> None:
    one = Operation(
        "x", {**WORDS, "effect": "read"}, file="x", load_schema=NO_SCHEMAS.__getitem__, styles={}, handler=handler
    )
    assert one.has_more_requests is more


def test_a_handler_states_its_effect_and_has_no_request() -> None:
    for spec, key in [({}, "effect"), ({"request": "GET /x", "effect": "read"}, "request")]:
        with pytest.raises(DeclarationError) as error:
            Operation("x", {**WORDS, **spec}, file="x", load_schema=NO_SCHEMAS.__getitem__, styles={}, handler=once)
        assert error.value.key == key
