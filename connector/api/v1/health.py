"""Whether the server is there and ready, and what it counts. None of it takes a key, and none tells of a tenant."""

from __future__ import annotations

import asyncio
import logging

from ...errors import ConnectorError
from ..metrics import MEDIA
from ..problems import Problem
from ..route import Answer, Ask, Route
from ..shapes import shape

log = logging.getLogger("connector.api")

SOON = 5.0  # seconds in which the store writes, or something is wrong


async def alive(ask: Ask) -> Answer:
    """It answers, so it is."""
    return Answer({"status": "ok"})


async def ready(ask: Ask) -> Answer:
    """Problem 503 where the server is stopping, or its file cannot be written."""
    if ask.server.closing:
        raise Problem(503, "The server is stopping.")
    try:
        async with asyncio.timeout(SOON):
            await asyncio.wrap_future(ask.server.store.durable(lambda cursor: None))
    except TimeoutError:
        raise Problem(503, f"The file of the server was not written within {SOON:g} seconds.") from None
    except ConnectorError as error:
        log.warning("The server is not ready: %s", error)
        raise Problem(503, "The file of the server cannot be written. Its log says more.") from None
    return Answer({"status": "ok"})


async def metrics(ask: Ask) -> Answer:
    """The counts."""
    return Answer(content=ask.server.metrics.text(), media=MEDIA)


STATUS = shape({"status": {"const": "ok"}})

ROUTES = [
    Route("GET", "/healthz", alive, "Check that the server is up", scope=None, answers={200: STATUS}),
    Route(
        "GET",
        "/readyz",
        ready,
        "Check that the server is ready",
        description="It takes requests unless it is stopping, or cannot write its file.",
        scope=None,
        answers={200: STATUS},
        errors=(503,),
    ),
    Route(
        "GET",
        "/metrics",
        metrics,
        "Show the metrics",
        description="For Prometheus. Requests by route and status, how long they took, what the process uses.",
        scope=None,
        answers={200: {"type": "string"}},
        media=MEDIA,
    ),
]
