"""What is told of calls while they go on: log records and spans, sync and async, and no secret in either."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from connector import APIError, Client, OutcomeUnknown, UnreachableError
from connector.testing.clock import HeldClock

from .small_home import KEY, client, connected, shed

SECRET = "5ecret-of-the-caller"
SAW = httpx.Response(200, json={"tool": "saw"})
BUSY = httpx.Response(503, json={"error": SECRET})


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "connector")
    return caplog


def fields(record: logging.LogRecord, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names if hasattr(record, name)}


class TestLog:
    def test_a_request_and_a_call_are_a_record_each(self, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
        with client(tmp_path, SAW) as ours:
            ours.run("get_tool", {"id": 1})
        request, call = log.records
        assert request.getMessage().startswith("GET /tools/1 answered 200 in ")
        assert call.getMessage().startswith("get_tool: success in ")
        same = {"connector": "shed", "operation": "get_tool", "connection": "test"}
        for record in (request, call):
            assert fields(record, *same) == same
            assert record.name == "connector"
        told = {"event": "request", "request": "GET /tools/1", "status": 200, "attempt": 1}
        assert fields(request, *told, "failure") == told
        told = {"event": "call", "outcome": "success", "attempts": 1}
        assert fields(call, *told, "code") == told
        assert fields(request, "call") == fields(call, "call")

    def test_attempts_and_waits_carry_the_id_of_the_call(self, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
        clock = HeldClock()
        again = httpx.Response(503, headers={"Retry-After": "7"})
        with client(tmp_path, again, httpx.ReadTimeout("late"), SAW, retry_for=60, clock=clock) as ours:
            ours.run("get_tool", {"id": 1})
        first, wait, second, _, third, call = log.records
        assert [fields(one, "attempt", "status", "failure") for one in (first, second, third)] == [
            {"attempt": 1, "status": 503},
            {"attempt": 2, "failure": "timeout"},
            {"attempt": 3, "status": 200},
        ]
        assert fields(wait, "event", "seconds", "reason") == {
            "event": "wait", "seconds": 7, "reason": "GET /tools/1: the service failed",
        }  # fmt: skip
        assert fields(call, "attempts", "outcome") == {"attempts": 3, "outcome": "success"}
        assert len({record.call for record in log.records}) == 1  # type: ignore[attr-defined]

    def test_every_outcome(self, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
        with client(tmp_path, httpx.Response(404), httpx.Response(500), httpx.ConnectError("refused")) as ours:
            with pytest.raises(APIError):
                ours.run("get_tool", {"id": 1})
            with pytest.raises(OutcomeUnknown):
                ours.run("make_tool", {"tool": "saw"})
            with pytest.raises(UnreachableError):
                ours.run("get_tool", {"id": 1})
        calls = [record for record in log.records if record.event == "call"]  # type: ignore[attr-defined]
        assert [fields(one, "outcome", "code") for one in calls] == [
            {"outcome": "error", "code": "#api_error"},
            {"outcome": "unknown", "code": "#outcome_unknown"},
            {"outcome": "error", "code": "#api_error"},
        ]

    def test_a_write_that_was_given_up_is_unknown_and_a_read_is_not(
        self, tmp_path: Path, log: pytest.LogCaptureFixture
    ) -> None:
        def stop(_: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        with client(tmp_path, stop, stop) as ours:
            for name, given in (("make_tool", {"tool": "saw"}), ("get_tool", {"id": 1})):
                with pytest.raises(KeyboardInterrupt):
                    ours.run(name, given)
        assert [record.outcome for record in log.records] == ["unknown", "error"]  # type: ignore[attr-defined]

    def test_without_a_record_it_has_an_id_of_its_own(self, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
        connector = shed(tmp_path)
        service = httpx.MockTransport(lambda _: SAW)
        with Client(connector, connected(connector), transport=service, record=False) as ours:
            for _ in range(2):
                ours.run("get_tool", {"id": 1})
        assert len({record.call for record in log.records}) == 2  # type: ignore[attr-defined]

    def test_nothing_is_told_where_nobody_listens(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with client(tmp_path, SAW) as ours:
            ours.run("get_tool", {"id": 1})
        assert caplog.records == []

    def test_no_secret_no_query_no_body(self, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
        with client(tmp_path, SAW, BUSY, retry_for=0) as ours:
            ours.run("name_tool", {"name": SECRET})
            with pytest.raises(OutcomeUnknown):
                ours.run("make_tool", {"tool": SECRET})
        text = repr([vars(record) for record in log.records]) + log.text
        assert "GET /names" in text
        assert SECRET not in text
        assert KEY not in text


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    found = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(found))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace, "get_tracer_provider", lambda: provider)
        yield found


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


class TestSpans:
    def test_a_call_holds_its_requests(self, tmp_path: Path, spans: InMemorySpanExporter) -> None:
        tracer = trace.get_tracer_provider().get_tracer("program")
        with client(tmp_path, SAW) as ours, tracer.start_as_current_span("program"):
            ours.run("get_tool", {"id": 1})
        request, call, program = spans.get_finished_spans()
        assert request.parent
        assert call.parent
        assert program.context
        assert (request.parent.span_id, call.parent.span_id) == (call.context.span_id, program.context.span_id)
        assert (request.name, request.kind) == ("GET", SpanKind.CLIENT)
        assert attributes(request) == {
            "http.request.method": "GET",
            "url.full": "https://shed.example/v1/tools/1",
            "url.path": "/v1/tools/1",
            "server.address": "shed.example",
            "server.port": 443,
            "http.response.status_code": 200,
        }
        assert call.name == "shed get_tool"
        told = attributes(call)
        assert told.pop("connector.call")
        assert told == {
            "connector.connector": "shed",
            "connector.operation": "get_tool",
            "connector.connection": "test",
            "connector.outcome": "success",
        }
        assert request.status.status_code == call.status.status_code == StatusCode.UNSET

    def test_each_attempt_is_a_span(self, tmp_path: Path, spans: InMemorySpanExporter) -> None:
        clock = HeldClock()
        with client(tmp_path, BUSY, httpx.ConnectError("no"), SAW, retry_for=60, clock=clock) as ours:
            ours.run("get_tool", {"id": 1})
        *requests, call = spans.get_finished_spans()
        assert [attributes(one).get("http.request.resend_count") for one in requests] == [None, 1, 2]
        assert [attributes(one).get("error.type") for one in requests] == ["503", "NotSent", None]
        assert [one.status.status_code for one in requests] == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
        assert call.status.status_code == StatusCode.UNSET

    def test_an_error_and_a_doubt(self, tmp_path: Path, spans: InMemorySpanExporter) -> None:
        with client(tmp_path, httpx.Response(404), httpx.ReadError("cut")) as ours:
            with pytest.raises(APIError):
                ours.run("get_tool", {"id": 1})
            with pytest.raises(OutcomeUnknown):
                ours.run("make_tool", {"tool": "saw"})
        _, error, _, doubt = spans.get_finished_spans()
        told = [(attributes(one)["error.type"], attributes(one)["connector.outcome"]) for one in (error, doubt)]
        assert told == [("APIError", "error"), ("OutcomeUnknown", "unknown")]
        assert error.status.status_code == StatusCode.ERROR

    def test_async_calls_at_once_keep_their_own(self, tmp_path: Path, spans: InMemorySpanExporter) -> None:
        connector = shed(tmp_path)

        class Service(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                await asyncio.sleep(0)
                return httpx.Response(200, json={"tool": "saw"})

        async def go() -> None:
            async with Client(connector, connected(connector), transport=Service()) as ours:
                await asyncio.gather(*(ours.arun("get_tool", {"id": number}) for number in range(5)))

        asyncio.run(go())
        found = spans.get_finished_spans()
        calls = {span.context.span_id for span in found if span.kind is SpanKind.INTERNAL}
        parents = {span.parent.span_id for span in found if span.kind is SpanKind.CLIENT and span.parent}
        assert calls == parents
        assert len(calls) == 5

    def test_a_call_that_is_given_up_ends_its_spans(self, tmp_path: Path, spans: InMemorySpanExporter) -> None:
        def stop(_: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        with client(tmp_path, stop) as ours, pytest.raises(KeyboardInterrupt):
            ours.run("get_tool", {"id": 1})
        request, call = spans.get_finished_spans()
        assert attributes(request)["error.type"] == attributes(call)["error.type"] == "GeneratorExit"

    def test_no_secret_no_query_no_body(self, tmp_path: Path, spans: InMemorySpanExporter) -> None:
        key = {"title": "Key", "type": "api_key", "place": "query", "name": "key", "value": "key"}
        with client(tmp_path, SAW, BUSY, auth={"key": key}) as ours:
            ours.run("name_tool", {"name": SECRET})
            with pytest.raises(OutcomeUnknown):
                ours.run("make_tool", {"tool": SECRET})
        text = "".join(span.to_json() for span in spans.get_finished_spans())
        assert "https://shed.example/v1/names" in text
        assert SECRET not in text
        assert KEY not in text
