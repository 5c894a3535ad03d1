"""Carries requests: the one place that does HTTP.

Without a transport of the caller's, sync calls go by the standard library and async calls by aiohttp: both are a
fraction of httpx's cost, and start sooner. A transport of httpx's interface takes their place: in tests, for the
sandbox inside the process, for a proxy.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from .calls import NoAnswer, NotSent, TooLarge
from .connections import Wire
from .message import Response

if TYPE_CHECKING:
    import http.client

    import aiohttp
    import httpx


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

        parts = urlsplit(wire.url)
        key = (parts.scheme, parts.netloc)
        connection = self._kept.pop(key, None)
        if connection is None or _gone(connection):
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.hostname or "", parts.port, timeout=self._timeout)
            try:
                connection.connect()
            except OSError as error:
                raise NotSent(_why(error)) from error
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            _put(connection, wire, target or "/")
            answer = connection.getresponse()
            content = _read(answer, wire.request.limit, answer.getheader("content-encoding"))
        except TooLarge:
            connection.close()
            raise
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            connection.close()
            raise NoAnswer(_why(error), timed_out=isinstance(error, TimeoutError)) from error
        if not answer.will_close:
            self._kept[key] = connection
        return Response(answer.status, tuple(answer.getheaders()), content)

    def close(self) -> None:
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()


def _put(connection: http.client.HTTPConnection, wire: Wire, target: str) -> None:
    connection.putrequest(wire.request.method, target, skip_accept_encoding=True)
    connection.putheader("Accept-Encoding", "gzip")
    for name, value in wire.headers:
        connection.putheader(name, value.encode())
    if wire.content is not None or wire.request.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(wire.content or b"")))
    connection.endheaders(wire.content)


def _gone(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed a kept connection: an idle one has nothing to read."""
    import select

    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _read(answer: http.client.HTTPResponse, limit: int | None, encoding: str | None) -> bytes:
    unzip = zlib.decompressobj(31) if encoding == "gzip" else None
    parts, size = [], 0
    while chunk := answer.read(65536):
        data = unzip.decompress(chunk, 0 if limit is None else limit + 1) if unzip else chunk
        size += len(data)
        if limit is not None and size > limit:
            raise TooLarge
        parts.append(data)
    if answer.length:
        raise ValueError("the answer was cut off")
    return b"".join(parts)


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class AiohttpCarrier:
    """aiohttp, one pool for the client's life. Its session belongs to the event loop that it is first used in."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._make_url: Any = None

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp
        from yarl import URL

        self._make_url = URL
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
        )
        return self._session

    async def send(self, wire: Wire) -> Response:
        import aiohttp

        session = self._session or self._open()
        url = self._make_url(wire.url, encoded=True)
        try:
            async with session.request(
                wire.request.method, url, headers=wire.headers, data=wire.content, allow_redirects=False
            ) as answer:
                content = await _read_aiohttp(answer, wire.request.limit)
                return Response(answer.status, tuple(answer.headers.items()), content)
        except aiohttp.ClientConnectorError as error:
            raise NotSent(_why(error.os_error)) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise NotSent("the connection took too long") from error
        except TimeoutError as error:
            raise NoAnswer("time ran out", timed_out=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(_why(error)) from error

    async def aclose(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None


async def _read_aiohttp(answer: aiohttp.ClientResponse, limit: int | None) -> bytes:
    if limit is None:
        return await answer.read()
    parts, size = [], 0
    async for chunk in answer.content.iter_chunked(65536):
        size += len(chunk)
        if size > limit:
            raise TooLarge
        parts.append(chunk)
    return b"".join(parts)


class HttpxCarrier:
    """A sync transport of httpx's interface."""

    def __init__(self, transport: httpx.BaseTransport, timeout: float) -> None:
        self._transport, self._timeout = transport, timeout

    def send(self, wire: Wire) -> Response:
        import httpx

        try:
            answer = self._transport.handle_request(_httpx_request(wire, self._timeout))
            content = _limited(answer.read(), wire.request.limit)
            answer.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSent(_why(error)) from error
        except httpx.HTTPError as error:
            raise NoAnswer(_why(error), timed_out=isinstance(error, httpx.TimeoutException)) from error
        return Response(answer.status_code, _raw(answer.headers), content)

    def close(self) -> None:
        self._transport.close()


class AsyncHttpxCarrier:
    """An async transport of httpx's interface."""

    def __init__(self, transport: httpx.AsyncBaseTransport, timeout: float) -> None:
        self._transport, self._timeout = transport, timeout

    async def send(self, wire: Wire) -> Response:
        import httpx

        try:
            answer = await self._transport.handle_async_request(_httpx_request(wire, self._timeout))
            content = _limited(await answer.aread(), wire.request.limit)
            await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSent(_why(error)) from error
        except httpx.HTTPError as error:
            raise NoAnswer(_why(error), timed_out=isinstance(error, httpx.TimeoutException)) from error
        return Response(answer.status_code, _raw(answer.headers), content)

    async def aclose(self) -> None:
        await self._transport.aclose()


def _httpx_request(wire: Wire, timeout: float) -> httpx.Request:
    import httpx

    limits = httpx.Timeout(timeout).as_dict()
    headers = list(wire.headers)
    return httpx.Request(
        wire.request.method, wire.url, headers=headers, content=wire.content, extensions={"timeout": limits}
    )


def _raw(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _limited(content: bytes, limit: int | None) -> bytes:
    if limit is not None and len(content) > limit:
        raise TooLarge
    return content


class PortalCarrier:
    """An async carrier for sync callers: it lives in an event loop of its own, on a thread of its own."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        from anyio.from_thread import start_blocking_portal

        self._carrier = carrier
        self._running = start_blocking_portal()
        self._portal = self._running.__enter__()

    def send(self, wire: Wire) -> Response:
        return self._portal.call(self._carrier.send, wire)

    def close(self) -> None:
        self._portal.call(self._carrier.aclose)
        self._running.__exit__(None, None, None)
