"""Tells of calls while they go on: to the logger `connector`, and in the spans of OpenTelemetry where its SDK is used.

It stands around the journal, and opens a record of its own. No secret, query string or body is told.
"""

from __future__ import annotations

import logging
import os
import sys
from concurrent.futures import Future
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .clock import Clock
from .connections import Connection, Wire
from .context import Journal, Record
from .errors import ConnectorError, OutcomeUnknown
from .message import Request, Response
from .operation import Operation
from .steps import NoAnswer

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

log = logging.getLogger("connector")
asked_by: ContextVar[str | None] = ContextVar("asked_by", default=None)
"""The id of the request over HTTP that calls are made for."""


class Telemetry:
    """A journal around another, or around none. It opens no record of its own where nobody listens."""

    def __init__(self, kept: Journal | None, clock: Clock) -> None:
        self._kept, self._clock = kept, clock

    def open(self, connection: Connection, operation: Operation, given: dict[str, Any], effect: str) -> Record | None:
        """The record of the other journal, watched where there is a log or a tracer to tell."""
        kept = self._kept.open(connection, operation, given, effect) if self._kept else None
        spans = Spans(tracer, connection, operation) if (tracer := _tracer()) else None
        if spans is None and not log.isEnabledFor(logging.INFO):
            return kept
        return Watched(kept, spans, self._clock, connection, operation, effect)


class Watched:
    """The record of one call, which tells each request and the end."""

    def __init__(
        self,
        kept: Record | None,
        spans: Spans | None,
        clock: Clock,
        connection: Connection,
        operation: Operation,
        effect: str,
    ) -> None:
        self.id, self.kept = (kept.id, True) if kept else (os.urandom(6).hex(), False)
        self._kept, self._spans, self._clock, self._effect = kept, spans, clock, effect
        names = {"connector": connection.connector.name, "operation": operation.name, "connection": connection.name}
        self._told = {"call": self.id, **names, **({"request_id": asked} if (asked := asked_by.get()) else {})}
        self._begun = self._left = clock.monotonic()
        self._request: Request | None = None
        self._attempt = self._attempts = 0
        if spans:
            spans.begin(self._told)

    def begin(self, wire: Wire) -> Future[None] | None:
        return self._kept.begin(wire) if self._kept else None

    def sent(self, wire: Wire) -> None:
        self._attempt = self._attempt + 1 if wire.request is self._request else 1
        self._request, self._left = wire.request, self._clock.monotonic()
        self._attempts += 1
        if self._spans:
            self._spans.sent(wire, self._attempt)
        if self._kept:
            self._kept.sent(wire)

    def answered(self, answer: Response | Exception) -> None:
        if self._kept:
            self._kept.answered(answer)
        if self._spans:
            self._spans.answered(answer)
        status = answer.status if isinstance(answer, Response) else None
        what = f"answered {status}" if status else f"had no answer ({_kind(answer)})"
        self._tell(
            "request",
            f"{self._request.line if self._request else ''} {what}",
            self._left,
            request=self._request.line if self._request else None,
            attempt=self._attempt,
            **({"status": status} if status else {"failure": _kind(answer)}),
        )

    def end(self, output: Any = None, error: BaseException | None = None) -> Future[None] | None:
        kept = self._kept.end(output, error) if self._kept else None
        outcome = self._outcome(error)
        if self._spans:
            self._spans.end(outcome, error)
        code = {"code": error.code} if isinstance(error, ConnectorError) else {}
        self._tell(
            "call",
            f"{self._told['operation']}: {outcome}",
            self._begun,
            outcome=outcome,
            attempts=self._attempts,
            **code,
        )
        return kept

    def _outcome(self, error: BaseException | None) -> str:
        if error is None:
            return "success"
        broken_off = not isinstance(error, ConnectorError) and self._attempts and self._effect != "read"
        return "unknown" if broken_off or isinstance(error, OutcomeUnknown) else "error"

    def _tell(self, event: str, message: str, since: float, **fields: Any) -> None:
        seconds = round(self._clock.monotonic() - since, 6)
        log.info("%s in %.3f s", message, seconds, extra={"event": event, **self._told, **fields, "seconds": seconds})


class Spans:
    """The spans of one call: the operation, and under it each request, by the conventions for HTTP clients."""

    def __init__(self, tracer: Tracer, connection: Connection, operation: Operation) -> None:
        from opentelemetry import trace

        self._tracer, self._trace = tracer, trace
        self._call = tracer.start_span(f"{connection.connector.name} {operation.name}")
        self._context = trace.set_span_in_context(self._call)
        self._request: Span | None = None

    def begin(self, told: dict[str, str]) -> None:
        self._call.set_attributes({f"connector.{name}": value for name, value in told.items()})

    def sent(self, wire: Wire, attempt: int) -> None:
        url = urlsplit(wire.url)
        attributes: dict[str, str | int] = {
            "http.request.method": wire.request.method,
            "url.full": wire.url.partition("?")[0],
            "url.path": url.path,
            "server.address": url.hostname or "",
            "server.port": url.port or (443 if url.scheme == "https" else 80),
        }
        if attempt > 1:
            attributes["http.request.resend_count"] = attempt - 1
        kind = self._trace.SpanKind.CLIENT
        self._request = self._tracer.start_span(
            wire.request.method, context=self._context, kind=kind, attributes=attributes
        )

    def answered(self, answer: Response | Exception) -> None:
        if span := self._request:
            failure: str | None = None
            if isinstance(answer, Response):
                span.set_attribute("http.response.status_code", answer.status)
                failure = str(answer.status) if answer.status >= 400 else None
            else:
                failure = _kind(answer)
            self._close(span, failure)
            self._request = None

    def end(self, outcome: str, error: BaseException | None) -> None:
        if self._request:  # whoever drove the call went away
            self._close(self._request, _kind(error))
        self._call.set_attribute("connector.outcome", outcome)
        self._close(self._call, _kind(error) if error else None)

    def _close(self, span: Span, failure: str | None) -> None:
        if failure:
            span.set_attribute("error.type", failure)
            span.set_status(self._trace.StatusCode.ERROR)
        span.end()


def _kind(error: object) -> str:
    return "timeout" if isinstance(error, NoAnswer) and error.timed_out else type(error).__name__


def _tracer() -> Tracer | None:
    """A tracer, where this program has imported OpenTelemetry's SDK."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    from opentelemetry import trace

    return _tracer_of(trace.get_tracer_provider())


@lru_cache(1)
def _tracer_of(provider: Any) -> Tracer:
    found: Tracer = provider.get_tracer("connector")
    return found
