"""What the command line tells on stderr beside results: the log where it is asked for, and waits; and its tracing."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from typing import Any

from ..errors import UsageError

FORMS = ("text", "json")
FIELDS = """
    event call connector operation connection request status failure attempt attempts seconds reason outcome code
    request_id method route key tenant
""".split()
LONG = 1.0  # seconds; a shorter wait is not worth a word

calls, waits = logging.getLogger("connector"), logging.getLogger("connector.wait")


class JSONLine(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time.replace("+00:00", "Z"), "level": record.levelname.lower(), "message": record.getMessage()}
        fields = {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(line | fields, ensure_ascii=False)


class Sentence(logging.Formatter):
    """A wait, for the person at the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return f"Waiting {ceil(getattr(record, 'seconds', 0.0))} s: {getattr(record, 'reason', '')}."


@contextmanager
def telling(given: Namespace) -> Iterator[None]:
    """Tell on stderr what `--log` or CONNECTOR_LOG asks for; without, long waits, unless stderr is to be JSON."""
    form = given.log or os.environ.get("CONNECTOR_LOG") or None
    if form and form not in FORMS:
        raise UsageError(f"CONNECTOR_LOG is {form!r}. It can be json or text.")
    logger, handler = calls if form else waits, logging.StreamHandler(sys.stderr)
    if form:
        text = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
        handler.setFormatter(JSONLine() if form == "json" else text)
    else:
        handler.setFormatter(Sentence())
        handler.addFilter(lambda record: getattr(record, "seconds", 0.0) >= LONG and not given.json)
    level, passed_on = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if wanted():
        trace()
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = passed_on


def tell_warnings() -> None:
    """Have warnings be lines of the log, once each: a service may cause ever new ones, which Python would keep."""

    @lru_cache(1000)
    def tell(text: str) -> None:
        calls.warning("%s", text)

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        tell(" ".join(str(message).split())[:500])

    warnings.simplefilter("always", UserWarning)
    warnings.showwarning = show


def wanted() -> bool:
    """Whether the environment asks for traces, by OpenTelemetry's own variables."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    asked = any(
        os.environ.get(name)
        for name in (
            "OTEL_TRACES_EXPORTER",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        )
    )
    return asked and not off


def trace() -> None:
    """Send traces as the environment says, `otlp` or to the `console`; they are sent at the latest when it exits."""
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

        if os.environ.get("OTEL_TRACES_EXPORTER") == "console":
            exporter = ConsoleSpanExporter(out=sys.stderr)
        else:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
    except ImportError:
        calls.warning("Traces need OpenTelemetry: pip install opentelemetry-sdk opentelemetry-exporter-otlp.")
        return
    name = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "connector"}
    provider = TracerProvider(resource=Resource.create(name))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
