"""Carries requests: the one place that does HTTP.

Without a transport of the caller's, sync calls go by the standard library and async calls by aiohttp: both are a
fraction of httpx's cost, and start sooner. `httpx_transport.py` takes their place where the caller gives a transport.
"""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import SplitResult, urlsplit

from .connections import Wire
from .errors import UsageError
from .message import Response
from .network import Network, Proxy, reason
from .steps import NoAnswer, NotSent

if TYPE_CHECKING:
    import asyncio
    import http.client
    import ssl

    import aiohttp

    from .pool import Pool

LARGE = 2**20  # bytes; aiohttp sends a larger body in parts, and warns of one that is given whole
IDLE = 15.0  # seconds; what is on the way forgets a connection that is idle for long, and tells nobody


class Carrier(Protocol):
    """Sends one request and brings the whole answer, or raises NotSent, NoAnswer or TooLarge."""

    def send(self, wire: Wire) -> Response: ...
    def close(self) -> None: ...


class AsyncCarrier(Protocol):
    """The same, awaited."""

    async def send(self, wire: Wire) -> Response: ...
    async def aclose(self) -> None: ...


class Way:
    """A network as a carrier goes by it: the proxies and the CA are read once."""

    def __init__(self, network: Network) -> None:
        self.network, self._proxies = network, network.proxies()

    def to(self, url: SplitResult) -> tuple[Proxy | None, ssl.SSLContext | None]:
        """The proxy and the context of TLS for a URL; NotSent where they are set wrong."""
        try:
            proxy = self._proxies.of(url) if self._proxies.by_scheme else None
            return proxy, self._context if url.scheme == "https" else None
        except UsageError as error:
            raise NotSent(error.message, lasting=True) from error

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self.network.context()

    def limit(self, wire: Wire) -> int:
        """The largest answer to a request, in bytes."""
        limit, largest = wire.request.limit, self.network.largest
        return largest if limit is None else min(limit, largest)


class StandardCarrier:
    """http.client, with one kept connection per host. Not for several threads at once."""

    def __init__(self, network: Network) -> None:
        self._way = Way(network)
        self._kept: dict[tuple[str, str], tuple[Any, float]] = {}  # an HTTPConnection, since when it is idle

    def send(self, wire: Wire) -> Response:
        import http.client

        deadline = time.monotonic() + self._way.network.total
        url = urlsplit(wire.url)
        proxy, context = self._way.to(url)
        connection = self._idle(url) or self._open(url, proxy, context, deadline)
        keep = False
        try:
            connection.sock.deadline = deadline
            _put(connection, wire, url, None if context else proxy)
            answer = connection.getresponse()
            content = _read(answer, self._way.limit(wire))
            keep = not (answer.will_close or answer.leftover)
            return Response(answer.status, tuple(answer.getheaders()), content)
        except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError) as error:
            raise NoAnswer(why(error), timed_out=isinstance(error, TimeoutError)) from error
        finally:
            if keep:
                self._kept[url.scheme, url.netloc] = connection, time.monotonic()
            else:
                connection.close()

    def _idle(self, url: SplitResult) -> Any:
        """A kept connection on which nothing has come meanwhile, neither bytes nor the end."""
        connection, since = self._kept.pop((url.scheme, url.netloc), (None, 0.0))
        if connection and time.monotonic() - since < IDLE and connection.sock.idle():
            return connection
        if connection:
            connection.close()
        return None

    def _open(self, url: SplitResult, proxy: Proxy | None, context: ssl.SSLContext | None, deadline: float) -> Any:
        from .sockets import connect

        return connect(url, self._way.network, proxy, context, deadline)

    def close(self) -> None:
        for connection, _ in self._kept.values():
            connection.close()
        self._kept.clear()


def _put(connection: http.client.HTTPConnection, wire: Wire, url: SplitResult, proxy: Proxy | None) -> None:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    if proxy:  # it is told the whole URL
        target = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{target}"
    connection.putrequest(wire.request.method, target, skip_accept_encoding=True)
    if proxy and proxy.authorization:
        connection.putheader("Proxy-Authorization", proxy.authorization)
    if not any(name.lower() == "accept-encoding" for name, _ in wire.headers):
        connection.putheader("Accept-Encoding", "gzip")
    for name, value in wire.headers:
        connection.putheader(name, value.encode())
    if wire.content is not None or wire.request.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(wire.content or b"")))
    connection.endheaders(wire.content)


def _read(answer: http.client.HTTPResponse, limit: int) -> bytes:
    from .answer import Content

    try:
        content = Content(answer.getheader("content-encoding"), limit)
        content.expect(answer.length)
        while chunk := answer.read(65536):
            content.add(chunk)
        if answer.length:
            raise EOFError
        return content.whole()
    finally:
        answer.close()


def why(error: BaseException) -> str:
    """Why no whole answer came, in words of ours: a library's may tell the URL, and that a key."""
    for kind in type(error).__mro__:
        if said := _WHY.get(kind.__name__):
            return said
    return reason(error) if isinstance(error, OSError) else type(error).__name__


_CUT, _LOST, _ALIEN = "the answer was cut off", "the connection was closed without an answer", "the answer is not HTTP"
_WHY = {
    "EOFError": _CUT,
    "error": "the answer cannot be unpacked",  # of zlib
    # of http.client
    "IncompleteRead": _CUT,
    "RemoteDisconnected": _LOST,
    "HTTPException": _ALIEN,
    # of aiohttp
    "ClientPayloadError": _CUT,
    "ServerDisconnectedError": _LOST,
    "ClientResponseError": _ALIEN,
}


class AiohttpCarrier:
    """aiohttp, one pool for the client's life. Its session belongs to the event loop that it is first used in."""

    def __init__(self, network: Network) -> None:
        self._way = Way(network)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: Pool
        self._make_url: Any = None

    def _open(self) -> aiohttp.ClientSession:
        import asyncio

        import aiohttp
        from yarl import URL

        from .pool import Pool

        self._make_url, self._loop, self._pool = URL, asyncio.get_running_loop(), Pool(self._way.network)
        self._session = aiohttp.ClientSession(
            connector=self._pool,
            timeout=aiohttp.ClientTimeout(total=self._way.network.total, sock_read=self._way.network.read),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # it takes what was cut off for whole
            headers={"Accept-Encoding": "gzip"},
            skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
            max_line_size=65536,  # as much as http.client
            max_field_size=65536,
        )
        self._session._retry_connection = False  # else it sends a PUT or DELETE again that had no answer
        return self._session

    async def send(self, wire: Wire) -> Response:
        import asyncio

        import aiohttp

        session = self._session or self._open()
        if self._loop is not asyncio.get_running_loop():
            raise UsageError("This client belongs to another event loop. Close it there, or make one for each loop.")
        body = io.BytesIO(wire.content or b"") if len(wire.content or b"") > LARGE else wire.content
        headers, way = self._by(wire)
        task, connected, network = asyncio.current_task(), self._pool.connected, self._way.network
        try:
            url = self._make_url(wire.url, encoded=True)
            async with session.request(
                wire.request.method, url, headers=headers, data=body, allow_redirects=False, **way
            ) as answer:
                content = await _read_aiohttp(answer, self._way.limit(wire))
                return Response(answer.status, pairs(answer.raw_headers), content)
        except aiohttp.SocketTimeoutError:
            raise NoAnswer(f"no answer within {network.read:g} seconds", timed_out=True) from None
        except TimeoutError:
            if task not in connected:  # it waited for one of many connections to be free
                raise NotSent(f"no connection within {network.total:g} seconds") from None
            raise NoAnswer(f"not whole within {network.total:g} seconds", timed_out=True) from None
        except (aiohttp.ClientError, OSError, EOFError, zlib.error, ValueError) as error:
            if task not in connected:
                raise NotSent(why(error)) from None
            raise NoAnswer(why(error)) from None
        finally:
            connected.discard(task)

    def _by(self, wire: Wire) -> tuple[tuple[tuple[str, str], ...], dict[str, Any]]:
        """The headers, and what else aiohttp is told of the way."""
        proxy, context = self._way.to(urlsplit(wire.url))
        way: dict[str, Any] = {"ssl": context} if context else {}
        if not proxy:
            return wire.headers, way
        way["proxy"] = str(proxy)
        own = (("Proxy-Authorization", proxy.authorization),) if proxy.authorization else ()
        if not context:
            return (*wire.headers, *own), way
        return wire.headers, {**way, "proxy_headers": dict(own)}

    async def aclose(self) -> None:
        if self._session:
            import asyncio

            await self._session.close()
            await asyncio.sleep(0)  # the loop lets go of a closed socket only in its next round
            self._session = None


async def _read_aiohttp(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    encoding, length = answer.headers.get("Content-Encoding"), answer.content_length
    if encoding is None and length is not None and length <= limit:
        return await answer.read()
    from .answer import Content

    content = Content(encoding, limit)
    if answer.method != "HEAD" and answer.status not in (204, 304):
        content.expect(length)
    async for chunk in answer.content.iter_any():
        content.add(chunk)
    return content.whole()


def pairs(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers as text, in their order and their case."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
