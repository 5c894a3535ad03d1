"""One call: what it comes to (success, error, unknown) by its effect and by what came back, and what it may tell."""

from __future__ import annotations

import asyncio
import json
import traceback
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import (
    APIError,
    AuthError,
    ConnectorError,
    OutcomeUnknown,
    OutputError,
    OutputWarning,
    RateLimitError,
    TimeoutError,
    UnreachableError,
)

from .small_home import KEY, Answer, client


def failure(folder: Path, operation: str, *answers: Answer, **more: Any) -> ConnectorError:
    """What a call raises; the same from `run` and from `arun`."""
    given = more.pop("given", {"id": 1} if operation == "get_tool" else {})
    with pytest.raises(ConnectorError) as found, client(folder / "sync", *answers, **more) as one:
        one.run(operation, given)
    with pytest.raises(ConnectorError) as awaited:
        asyncio.run(client(folder / "async", *answers, **more).arun(operation, given))
    assert awaited.value.as_dict() == found.value.as_dict() or "file" in found.value.as_dict()
    return found.value


READS, WRITES = ["get_tool", "find_tool"], ["make_tool", "touch_tool"]
"""By their effect, not by their method: find_tool is a POST that reads, touch_tool a GET that changes."""

NOT_SENT: list[Answer] = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("full"),
    httpx.ProxyError("no"),
]


@pytest.mark.parametrize("operation", READS + WRITES)
@pytest.mark.parametrize("happened", NOT_SENT, ids=lambda error: type(error).__name__)
def test_what_was_not_sent_did_not_happen(operation: str, happened: Answer, tmp_path: Path) -> None:
    error = failure(tmp_path, operation, happened)
    assert type(error) is UnreachableError
    assert error.retryable
    assert "https://shed.example/v1" in error.message


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize(
    ("happened", "kind"),
    [(httpx.ReadError("reset"), UnreachableError), (httpx.RemoteProtocolError("cut"), UnreachableError),
     (httpx.ReadTimeout("slow"), TimeoutError)],
)  # fmt: skip
def test_a_read_without_an_answer_changed_nothing(
    operation: str, happened: Answer, kind: type[ConnectorError], tmp_path: Path
) -> None:
    error = failure(tmp_path, operation, happened)
    assert type(error) is kind
    assert error.retryable


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    "happened",
    [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), httpx.WriteError("reset"), httpx.RemoteProtocolError("cut"),
     httpx.DecodingError("gzip")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_write_without_an_answer_is_unknown(operation: str, happened: Answer, tmp_path: Path) -> None:
    error = failure(tmp_path, operation, happened)
    assert isinstance(error, OutcomeUnknown)
    assert (error.retryable, error.status, error.code) == (False, None, "#outcome_unknown")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_5xx_is_an_error_of_a_read_and_unknown_of_a_write(status: int, tmp_path: Path) -> None:
    for operation in READS:
        error = failure(tmp_path / operation, operation, httpx.Response(status, text="down"))
        assert type(error) is APIError
        assert (error.status, error.body, error.retryable) == (status, "down", True)
    for operation in WRITES:
        error = failure(tmp_path / operation, operation, httpx.Response(status, text="down"))
        assert isinstance(error, OutcomeUnknown)
        assert (error.status, error.body, error.retryable) == (status, "down", False)


UNREADABLE = [b"<html>", b'{"tool"', b"\xff\xfe\xff", b"[" * 100_000]


@pytest.mark.parametrize("content", UNREADABLE, ids=lambda content: repr(content[:8]))
def test_an_unreadable_2xx_is_an_error_of_a_read_and_unknown_of_a_write(content: bytes, tmp_path: Path) -> None:
    for operation in READS:
        error = failure(tmp_path / operation, operation, httpx.Response(200, content=content))
        assert type(error) is OutputError
        assert "is not JSON" in error.message
        assert error.request.split()[0] in ("GET", "POST")
    for operation in WRITES:
        error = failure(tmp_path / operation, operation, httpx.Response(201, content=content))
        assert isinstance(error, OutcomeUnknown)
        assert error.status == 201
        assert "was carried out" in error.message


@pytest.mark.parametrize("operation", READS + WRITES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, APIError), (304, APIError), (400, APIError), (404, APIError), (409, APIError), (422, APIError),
     (401, AuthError), (403, AuthError), (429, RateLimitError), (499, APIError)],
)  # fmt: skip
def test_a_refusal_did_not_happen(operation: str, status: int, kind: type[ConnectorError], tmp_path: Path) -> None:
    error = failure(tmp_path, operation, httpx.Response(status, json={"error": "no such tool"}))
    assert type(error) is kind
    assert isinstance(error, APIError)
    assert (error.status, error.body, error.retryable) == (status, {"error": "no such tool"}, status == 429)
    assert error.message.startswith(f"{error.request} answered {status}")
    assert error.message.endswith("no such tool.")


@pytest.mark.parametrize(
    ("after", "seconds", "code"),
    [("7", 7.0, "#retry_delay_seconds:7"), (" 30 ", 30.0, "#retry_delay_seconds:30"), (None, None, "#api_error"),
     ("", None, "#api_error"), ("-1", None, "#api_error"),
     ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0, "#retry_delay_seconds:0"),
     ("\xb2", None, "#api_error")],
)  # fmt: skip
def test_a_429_says_how_long_to_wait_where_the_service_does(
    after: str | None, seconds: float | None, code: str, tmp_path: Path
) -> None:
    headers = {} if after is None else {b"Retry-After": after.encode("latin-1")}
    error = failure(tmp_path, "make_tool", httpx.Response(429, headers=headers))
    assert isinstance(error, RateLimitError)
    assert (error.retry_after, error.code) == (seconds, code)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_succeeds_and_an_empty_one_is_an_empty_object(status: int, tmp_path: Path) -> None:
    with warnings.catch_warnings(), client(tmp_path, httpx.Response(status), httpx.Response(status)) as one:
        warnings.simplefilter("ignore", OutputWarning)
        assert one.run("make_tool") == {}
        assert one.run("pick_tool") == {}


def test_a_result_that_finds_nothing_is_an_error(tmp_path: Path) -> None:
    error = failure(tmp_path, "pick_tool", httpx.Response(200, json={"found": {"other": 1}}))
    assert isinstance(error, OutputError)
    assert "found.tool" in error.message


# -- what the error says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errors": [{"title": "Too blunt"}, {"title": "Too blunt"}, {"title": "Too old!"}]}, "Too blunt; Too old!"),
        ({"errors": [], "error": {"message": "Gone. "}}, "Gone."),
        ({"errors": "many", "reasons": ["a", "b"]}, "a; b."),
        ({"reasons": [1, 2], "error": "no"}, "no."),
        ({"error": {"message": ""}}, ""),
        (["a list"], ""),
        ("gone fishing", "gone fishing."),
        ("<html><body>Bad gateway", ""),
        (None, ""),
    ],
)
def test_the_message_is_the_first_that_connector_yaml_finds(body: Any, said: str, tmp_path: Path) -> None:
    content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    error = failure(tmp_path, "get_tool", httpx.Response(404, text=content))
    assert error.message == f"GET /tools/1 answered 404 Not Found. {said}".strip()


def test_an_error_as_json_says_all(tmp_path: Path) -> None:
    error = failure(tmp_path, "get_tool", httpx.Response(404, json={"error": "gone"}))
    assert error.as_dict() == {
        "error": "APIError", "code": "#api_error", "message": "GET /tools/1 answered 404 Not Found. gone.",
        "retryable": False, "mended_by": "the caller", "request": "GET /tools/1", "attempts": 1,
        "status": 404, "body": {"error": "gone"},
    }  # fmt: skip


# -- outputs --------------------------------------------------------------------------------------------------------


def test_an_output_that_does_not_fit_is_a_warning(tmp_path: Path) -> None:
    with pytest.warns(OutputWarning, match="get_tool does not fit its schema: /tool"):
        assert client(tmp_path, httpx.Response(200, json={"tool": 1})).run("get_tool", {"id": 1}) == {"tool": 1}


def test_an_output_that_does_not_fit_is_an_error_where_it_is_strict(tmp_path: Path) -> None:
    error = failure(tmp_path, "make_tool", httpx.Response(200, json={}), strict=True)
    assert isinstance(error, OutputError)
    assert "/tool" in error.message
    assert (error.request, error.calls) == ("POST /tools", ["POST /tools"])


def test_what_a_service_adds_is_no_misfit(tmp_path: Path) -> None:
    added = {"tool": "saw", "new": {"x": 1}}
    assert client(tmp_path, httpx.Response(200, json=added), strict=True).run("get_tool", {"id": 1}) == added


# -- secrets --------------------------------------------------------------------------------------------------------

HAPPENED: list[Answer] = [
    httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.ReadTimeout("slow"), httpx.Response(500),
    httpx.Response(404, json={"error": "no"}), httpx.Response(401), httpx.Response(429), httpx.Response(200, text="{"),
]  # fmt: skip
QUERY_KEY = {"key": {"title": "Key", "type": "api_key", "place": "query", "name": "code", "value": "key"}}


@pytest.mark.parametrize("operation", ["get_tool", "make_tool"])
@pytest.mark.parametrize("auth", [{}, {"auth": QUERY_KEY}], ids=["header", "query"])
@pytest.mark.parametrize("happened", HAPPENED, ids=lambda found: repr(found)[:24])
def test_no_error_tells_a_secret(operation: str, auth: dict[str, Any], happened: Answer, tmp_path: Path) -> None:
    error = failure(tmp_path, operation, happened, **auth)
    told = [json.dumps(error.as_dict()), repr(error), str(vars(error)), *traceback.format_exception(error)]
    assert [text for text in told if KEY in text] == []


@pytest.mark.parametrize("auth", [{}, {"auth": QUERY_KEY}], ids=["header", "query"])
def test_no_repr_and_no_plan_tells_a_secret(auth: dict[str, Any], tmp_path: Path) -> None:
    one = client(tmp_path, **auth)
    planned = one.plan("get_tool", {"id": 1})
    told = [repr(one), repr(one.connection), str(one.connection), json.dumps(planned)]
    assert [text for text in told if KEY in text] == []
    assert "***" in json.dumps(planned)
