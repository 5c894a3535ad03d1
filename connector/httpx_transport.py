"""Carries requests by a transport of httpx's interface: in tests, for the sandbox, as a caller likes.

The way there (proxy, certificates) is the transport's own; the times and the largest answer are the Network's.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from .connections import Wire
from .message import Response
from .network import Network, not_sent, reason
from .steps import NoAnswer, NotSent
from .transport import AsyncCarrier, Way, pairs, why

if TYPE_CHECKING:
    import httpx

    from .answer import Content

T = TypeVar("T")


class HttpxCarrier:
    """A sync transport of httpx's interface. Its total time ends between two parts of an answer."""

    def __init__(self, transport: httpx.BaseTransport, network: Network) -> None:
        self._transport, self._way = transport, Way(network)

    def send(self, wire: Wire) -> Response:
        deadline = time.monotonic() + self._way.network.total
        try:
            answer = self._transport.handle_request(_httpx_request(wire, self._way.network))
            try:
                content = _content(answer, self._way.limit(wire))
                for chunk in () if answer.is_stream_consumed else answer.iter_raw():
                    content.add(chunk)
                    if time.monotonic() > deadline:
                        raise TimeoutError
                return Response(answer.status_code, pairs(answer.headers.raw), content.whole())
            finally:
                answer.close()
        except Exception as error:
            if found := _outcome(error, self._way.network):
                raise found from error
            raise

    def close(self) -> None:
        self._transport.close()


class AsyncHttpxCarrier:
    """An async transport of httpx's interface."""

    def __init__(self, transport: httpx.AsyncBaseTransport, network: Network) -> None:
        self._transport, self._way = transport, Way(network)

    async def send(self, wire: Wire) -> Response:
        import asyncio

        try:
            async with asyncio.timeout(self._way.network.total):
                answer = await self._transport.handle_async_request(_httpx_request(wire, self._way.network))
                try:
                    content = _content(answer, self._way.limit(wire))
                    if not answer.is_stream_consumed:
                        async for chunk in answer.aiter_raw():
                            content.add(chunk)
                    return Response(answer.status_code, pairs(answer.headers.raw), content.whole())
                finally:
                    await answer.aclose()
        except Exception as error:
            if found := _outcome(error, self._way.network):
                raise found from error
            raise

    async def aclose(self) -> None:
        await self._transport.aclose()


def _httpx_request(wire: Wire, network: Network) -> httpx.Request:
    import httpx

    times = httpx.Timeout(network.read, connect=min(network.connect, network.total)).as_dict()
    headers = [(name.encode(), value.encode()) for name, value in wire.headers]
    return httpx.Request(
        wire.request.method, wire.url, headers=headers, content=wire.content, extensions={"timeout": times}
    )


def _content(answer: httpx.Response, limit: int) -> Content:
    """What takes in the answer; with the whole of one that was never a stream, which httpx has unpacked."""
    from .answer import Content

    if answer.is_stream_consumed:
        content = Content(None, limit)
        content.add(answer.content)
        return content
    return Content(answer.headers.get("content-encoding"), limit)


def _outcome(error: Exception, network: Network) -> NotSent | NoAnswer | None:
    """What an error of the network comes to; None for any other."""
    import httpx

    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return NotSent(f"no connection within {min(network.connect, network.total):g} seconds")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
        return not_sent(_root(error))
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer(f"no answer within {network.read:g} seconds", timed_out=True)
    if isinstance(error, TimeoutError):
        return NoAnswer(f"not whole within {network.total:g} seconds", timed_out=True)
    if isinstance(error, httpx.HTTPError):
        return NoAnswer(reason(error))
    return NoAnswer(why(error)) if isinstance(error, EOFError | zlib.error) else None


def _root(error: BaseException) -> BaseException:
    """What it all began with."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


class PortalCarrier:
    """An async carrier for sync callers: on an event loop of its own, in a thread that does not outlive the program."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        import asyncio
        import threading

        self._carrier = carrier
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def send(self, wire: Wire) -> Response:
        return self._wait(self._carrier.send(wire))

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        import asyncio

        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        self._wait(self._carrier.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
