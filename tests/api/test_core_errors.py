"""What goes wrong, under Tray's API: in its statuses and shape, with an object of ours beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connector.api.app import ROUTES
from connector.api.problems import core_status
from connector.api.settings import Settings
from connector.errors import HandlerError, NameTakenError, TimeoutError, UnreachableError

from .asking import a_ticket, at, raw
from .conftest import ORIGIN, Api
from .trays import CALL, PLACE, TRAYS_ERROR, TRAYS_STATUSES, call, fits, serving

# -- without an answer of the service ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "method", "status", "kind"),
    [
        (httpx.ConnectError, "GET", 200, "UnreachableError"),
        (httpx.ConnectError, "POST", 200, "UnreachableError"),
        (httpx.ReadTimeout, "GET", 408, "TimeoutError"),
        (httpx.ReadTimeout, "POST", 200, "OutcomeUnknown"),
        (RuntimeError, "GET", 500, "Problem"),
    ],
)
def test_where_no_answer_came(failure: Callable[[str], Exception], method: str, status: int, kind: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure("it broke")

    with serving(Settings(), transport=httpx.MockTransport(fail)) as api:
        answer = call(api, "raw_http_request", raw(method, "/api/v2/groups"))
        body = answer.json()
        assert (answer.status_code, body["error"]["kind"]) == (status, kind)
        if status == 200:
            assert CALL.is_valid(body)
            assert body["outcome"] == "error"
            assert body["output"]["response"] == {"statusCode": None, "body": None}
        else:
            assert fits(TRAYS_ERROR, body, "error")


def test_a_write_for_which_time_runs_out_is_told_so() -> None:
    with serving(Settings(seconds=0.5)) as api:
        body = call(api, "raw_http_request", a_ticket(fault="slow=1.5")).json()
        assert CALL.is_valid(body)
        assert body["outcome"] == "error"
        assert body["error"]["code"] == "#outcome_unknown"
        assert body["error"]["call_id"]
        read = call(api, "raw_http_request", raw("GET", "/api/v2/groups", fault="slow=1.5"))
        assert read.status_code == 408
        assert read.json()["error"]["retryable"] is True


# -- Tray's own errors -------------------------------------------------------------------------------------------------

ERRORS: list[tuple[int, str, dict[str, Any]]] = [
    (400, "#user_input_error", {"json": {"operation": "get_ticket", "authId": "sandbox", "input": {}}}),
    (400, "#user_input_error", {"json": {"authId": "sandbox"}}),
    (400, "#user_input_error", {"json": {"operation": "get_ticket", "input": {"ticket_id": 1}, "else": 1}}),
    (400, "#bad_request", {"json": {"operation": "get_ticket", "input": {"ticket_id": 1}}}),
    (400, "#bad_request", {"json": {"operation": "list_groups", "authId": "sandbox", "search": "x"}}),
    (400, "#unsupported_media_type", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    (401, "#unauthorized", {"key": "ck_none", "json": {}}),
    (404, "#not_found", {"json": {"operation": "get_tickets", "authId": "sandbox"}}),
    (404, "#not_found", {"json": {"operation": "get_ticket_options_ddl", "authId": "sandbox"}}),
    (404, "#not_found", {"json": {"operation": "get_ticket", "authId": "nowhere", "input": {"ticket_id": 1}}}),
    (404, "#not_found", {"json": {"operation": "get_ticket", "authId": "a/b", "input": {"ticket_id": 1}}}),
    (404, "#not_found", {"path": "/core/v1/connectors/zendesk/versions/2.0/call", "json": {"operation": "x"}}),
    (404, "#not_found", {"path": "/core/v1/connectors/zendisk/versions/1.0/call", "json": {"operation": "x"}}),
    (404, "#not_found", {"path": "/core/v1/nothing"}),
    (404, "#method_not_allowed", {"path": "/core/v1/connectors"}),
    (413, "#too_large", {"json": {"operation": "x" * 10_000}}),
]


@pytest.mark.parametrize(("status", "code", "asked"), ERRORS, ids=lambda value: json.dumps(value, default=str)[:50])
def test_errors_are_trays_with_ours_beside_them(status: int, code: str, asked: dict[str, Any]) -> None:
    with serving(Settings(largest_body=5000)) as api:
        given = dict(asked)
        answer = api.call("POST", given.pop("path", f"{PLACE}/call"), **given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/json"
        assert fits(TRAYS_ERROR, answer.json(), "error")
        assert answer.json()["error"]["call_id"] is None


def test_a_version_that_is_not_there_is_refused_with_the_one_that_is(api: Api) -> None:
    answer = api.call("GET", "/core/v1/connectors/zendesk/versions/9.0/operations")
    assert answer.json()["message"] == "zendesk has no version 9.0. It has 1.0."


@pytest.mark.parametrize("held", ["read", "write", "destroy", "options", "manage"])
@pytest.mark.parametrize(
    ("operation", "given", "scope"),
    [
        ("get_ticket", {"ticket_id": 1}, "read"),
        ("create_group", {"name": "New"}, "write"),
        ("raw_http_request", raw("DELETE", "/api/v2/groups/1"), "destroy"),
        ("list_groups_ddl", {}, "options"),
    ],
)
def test_the_scope_follows_what_a_call_does(operation: str, given: Any, scope: str, held: str, api: Api) -> None:
    answer = call(api, operation, given, key=api.key("", frozenset({held})))
    assert answer.status_code == (200 if held == scope else 403)
    if held != scope:
        assert fits(TRAYS_ERROR, answer.json(), "error")
        assert scope in answer.json()["message"]


def test_a_page_in_a_browser_has_no_use_for_it(api: Api) -> None:
    wanted = {"connector": "zendesk", "connection": "sandbox", "operations": ["list_groups"], "origin": ORIGIN}
    token = api.call("POST", "/v1/embed-tokens", wanted).json()["token"]
    answer = call(api, "list_groups_ddl", key=token, headers={"Origin": ORIGIN})
    assert answer.status_code == 403
    assert fits(TRAYS_ERROR, answer.json(), "error")


def test_too_many_requests_say_when_to_come_again() -> None:
    with serving(Settings(rate=1)) as api:
        assert api.call("GET", "/core/v1/connectors").status_code == 200
        answer = api.call("GET", "/core/v1/connectors")
        assert answer.status_code == 429
        assert fits(TRAYS_ERROR, answer.json(), "error")
        error = answer.json()["error"]
        assert error["retry_after"] == float(answer.headers["retry-after"]) > 0
        assert error["retryable"] is True


def test_every_error_has_a_status_that_tray_has() -> None:
    errors = [NameTakenError("x"), HandlerError("x"), UnreachableError("x"), TimeoutError("x")]
    assert [core_status(error) for error in errors] == [409, 500, 500, 408]
    for route in (route for route in ROUTES if route.path.startswith("/core/")):
        assert route.core
        assert {*route.errors} <= TRAYS_STATUSES


def test_our_own_errors_stay_as_they_are(api: Api) -> None:
    answer = api.call("POST", at("get_ticket"), {"connection": "sandbox", "input": {}})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_that_is_none_is_refused_also_where_it_is_not_needed(api: Api) -> None:
    answer = call(api, "get_ticket", returnOutputSchema=True, headers={"Idempotency-Key": "two words"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "#bad_request")
