"""Carries requests: the one place that does HTTP.

Without a transport of the caller's, sync calls go by the standard library and async calls by aiohttp: both are a
fraction of httpx's cost, and start sooner. `httpx_transport.py` takes their place where the caller gives a transport.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from .calls import NoAnswer, NotSent, TooLarge
from .connections import Wire
from .errors import UsageError
from .message import Response

if TYPE_CHECKING:
    import asyncio
    import http.client

    import aiohttp

LARGE = 2**20  # bytes; aiohttp sends a larger body in parts, and warns of one that is given whole


class Carrier(Protocol):
    """Sends one request and brings the whole answer, or raises NotSent, NoAnswer or TooLarge."""

    def send(self, wire: Wire) -> Response: ...
    def close(self) -> None: ...


class AsyncCarrier(Protocol):
    """The same, awaited."""

    async def send(self, wire: Wire) -> Response: ...
    async def aclose(self) -> None: ...


class StandardCarrier:
    """http.client, with one kept connection per host. Not for several threads at once."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._kept: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def send(self, wire: Wire) -> Response:
        import http.client

        from .answer import WholeHeaders

        parts = urlsplit(wire.url)
        key = (parts.scheme, parts.netloc)
        connection = self._kept.pop(key, None)
        if connection is not None and _gone(connection):
            connection.close()
            connection = None
        if connection is None:
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.hostname or "", parts.port, timeout=self._timeout)
            connection.response_class = WholeHeaders
            try:
                connection.connect()
            except OSError as error:
                raise NotSent(why(error)) from error
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            _put(connection, wire, target or "/")
            answer = connection.getresponse()
            content = _read(answer, wire.request.limit)
        except TooLarge:
            connection.close()
            raise
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            connection.close()
            raise NoAnswer(why(error), timed_out=isinstance(error, TimeoutError)) from error
        if not answer.will_close:
            self._kept[key] = connection
        return Response(answer.status, tuple(answer.getheaders()), content)

    def close(self) -> None:
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()


def _put(connection: http.client.HTTPConnection, wire: Wire, target: str) -> None:
    connection.putrequest(wire.request.method, target, skip_accept_encoding=True)
    if not any(name.lower() == "accept-encoding" for name, _ in wire.headers):
        connection.putheader("Accept-Encoding", "gzip")
    for name, value in wire.headers:
        connection.putheader(name, value.encode())
    if wire.content is not None or wire.request.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(wire.content or b"")))
    connection.endheaders(wire.content)


def _gone(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed a kept connection: an idle one has nothing to read."""
    import selectors

    if connection.sock is None:
        return True
    with selectors.DefaultSelector() as watch:  # select.select takes no descriptor past 1023
        watch.register(connection.sock, selectors.EVENT_READ)
        return bool(watch.select(0))


def _read(answer: http.client.HTTPResponse, limit: int | None) -> bytes:
    from .answer import Content

    content = Content(answer.getheader("content-encoding"), limit)
    while chunk := answer.read(65536):
        content.add(chunk)
    if answer.length:
        raise ValueError("the answer was cut off")
    return content.whole()


def why(error: BaseException) -> str:
    """What went wrong, in the words of the system."""
    return getattr(error, "strerror", None) or getattr(error, "message", None) or str(error) or type(error).__name__


class AiohttpCarrier:
    """aiohttp, one pool for the client's life. Its session belongs to the event loop that it is first used in."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._make_url: Any = None

    def _open(self) -> aiohttp.ClientSession:
        import asyncio

        import aiohttp
        from yarl import URL

        self._make_url, self._loop = URL, asyncio.get_running_loop()
        self._session = aiohttp.ClientSession(
            # each wait has its own time, so that it is known which ran out; the total ends an upload that nobody reads
            timeout=aiohttp.ClientTimeout(total=2 * self._timeout, connect=self._timeout, sock_read=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # it takes what was cut off for whole
            headers={"Accept-Encoding": "gzip"},
            skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
        )
        self._session._retry_connection = False  # else it sends a PUT or DELETE again that had no answer
        return self._session

    async def send(self, wire: Wire) -> Response:
        import asyncio

        import aiohttp

        session = self._session or self._open()
        if self._loop is not asyncio.get_running_loop():
            raise UsageError("This client belongs to another event loop. Close it there, or make one for each loop.")
        url = self._make_url(wire.url, encoded=True)
        body = io.BytesIO(wire.content or b"") if len(wire.content or b"") > LARGE else wire.content
        try:
            async with session.request(
                wire.request.method, url, headers=wire.headers, data=body, allow_redirects=False
            ) as answer:
                content = await _read_aiohttp(answer, wire.request.limit)
                return Response(answer.status, pairs(answer.raw_headers), content)
        except aiohttp.ClientConnectorError as error:
            raise NotSent(why(error.os_error)) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise NotSent("the connection took too long") from error
        except TimeoutError as error:
            raise NoAnswer("time ran out", timed_out=True) from error
        except (aiohttp.ClientError, OSError, zlib.error, ValueError) as error:
            raise NoAnswer(why(error)) from None  # it may tell the URL, and that a key

    async def aclose(self) -> None:
        if self._session:
            import asyncio

            await self._session.close()
            await asyncio.sleep(0)  # the loop lets go of a closed socket only in its next round
            self._session = None


async def _read_aiohttp(answer: aiohttp.ClientResponse, limit: int | None) -> bytes:
    encoding = answer.headers.get("Content-Encoding")
    if encoding is None and limit is None:
        return await answer.read()
    from .answer import Content

    content = Content(encoding, limit)
    async for chunk in answer.content.iter_any():
        content.add(chunk)
    return content.whole()


def pairs(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers as text, in their order and their case."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
