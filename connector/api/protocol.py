"""HTTP as the web server speaks it, within bounds that it has none of: a head that drips, an answer that nobody takes.

uvicorn waits for a head, and for an answer to be taken, for ever, and on httptools takes a head of any length. This is
its own protocol, on httptools or h11, with these waits ended.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .endpoint import dumped, refusal, request_id, respond
from .problems import MEDIA, Problem, document
from .settings import Settings

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Protocol
else:
    Protocol = object

LEAST = 2**15  # bytes that somebody takes of an answer in `taking_seconds`, where there are so many


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told: these bounds; nothing is believed that a proxy says; no log of its own."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Base
    except ImportError:
        from uvicorn.protocols.http.h11_impl import H11Protocol as Base  # type: ignore[assignment]
    return {
        "http": bounded(Base, settings),
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "log_level": "error",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "h11_max_incomplete_event_size": settings.largest_head,
        "timeout_keep_alive": settings.idle_seconds,
        "timeout_graceful_shutdown": settings.stopping_seconds,
    }


def bounded(base: type[asyncio.Protocol], settings: Settings) -> type[asyncio.Protocol]:
    """A protocol of uvicorn's, within the bounds of the settings."""
    return type("BoundedProtocol", (Bounded, base), {"settings": settings})


class Bounded(Protocol):
    """One connection."""

    settings: Settings

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._came = 0  # bytes since there was a whole head
        self._head: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self.loop.call_later(self.settings.head_seconds, self._too_slow)
        if len(self.connections) > self.settings.most_connections:
            idle: Any = next((one for one in self.connections if isinstance(one, Bounded) and one.idle), None)
            if idle:  # it makes room
                idle.shutdown()
            else:
                self.app = _busy

    @property
    def idle(self) -> bool:
        """Whether it is kept for a next request."""
        return bool(self.cycle and self.cycle.response_complete)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for timer in (self._head, self._taking):
            if timer:
                timer.cancel()

    # -- what comes ------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        super().data_received(data)
        if self.cycle and not self.idle:
            self._came = 0
            if self._head:
                self._head.cancel()
                self._head = None
            return
        if not self._head:
            self._head = self.loop.call_later(self.settings.head_seconds, self._too_slow)
        most = self.settings.largest_head
        if self._came > (most + self.settings.largest_body if self._unread else most):
            self._refuse(Problem(431, f"The head of the request is larger than {most} bytes."))

    def _too_slow(self) -> None:
        seconds = self.settings.head_seconds
        self._refuse(Problem(408, f"The head of the request did not come within {seconds:g} seconds."))

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem(400, "This is no request of HTTP/1.1."))

    @property
    def _unread(self) -> bool:
        """Whether a body was answered before it was read: what comes may be the rest of it."""
        return self.idle and self.cycle.more_body

    def _refuse(self, problem: Problem) -> None:
        """Say why, where nothing is being said, and close."""
        if self.transport.is_closing():
            return
        running = None if self.idle else self.cycle
        if self._came and not self._unread and not (running and running.response_started):
            self.transport.write(_written(problem))
        if running:
            running.disconnected = True
        self.transport.close()
        self._watch()

    # -- what is taken ---------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taking:
            self._taking.cancel()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch()
        elif self._unread and not self._head:
            self._head = self.loop.call_later(self.settings.head_seconds, self._too_slow)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch()

    def _watch(self, before: float = float("inf")) -> None:
        """Look now and then whether less is left to be sent than before; break off where it is not."""
        left = self.transport.get_write_buffer_size()
        if self._taking:
            self._taking.cancel()
        if left > before - LEAST:
            self.transport.abort()
        elif left:
            self._taking = self.loop.call_later(self.settings.taking_seconds, self._watch, left)


async def _busy(scope: Any, receive: Any, send: Any) -> None:
    """The application of a connection that is one too many."""
    headers = (("Retry-After", "1"), ("Connection", "close"))
    id = request_id(dict(scope["headers"]))
    problem = Problem(503, "The server has as many connections as it takes. Try again in a second.", headers=headers)
    await respond(refusal(problem, id), id, send)


def _written(problem: Problem) -> bytes:
    content = dumped(document(problem, request_id({})))
    lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}", f"Content-Type: {MEDIA}"]
    lines += [f"Content-Length: {len(content)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + content
