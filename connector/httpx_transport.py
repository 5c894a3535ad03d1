"""Carries requests by a transport of httpx's interface: in tests, for the sandbox inside the process, for a proxy."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from .calls import NoAnswer, NotSent, TooLarge
from .connections import Wire
from .message import Response
from .transport import AsyncCarrier, pairs, why

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


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
        except _not_sent() as error:
            raise NotSent(why(error)) from error
        except httpx.HTTPError as error:
            raise NoAnswer(why(error), timed_out=isinstance(error, httpx.TimeoutException)) from error
        return Response(answer.status_code, pairs(answer.headers.raw), content)

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
        except _not_sent() as error:
            raise NotSent(why(error)) from error
        except httpx.HTTPError as error:
            raise NoAnswer(why(error), timed_out=isinstance(error, httpx.TimeoutException)) from error
        return Response(answer.status_code, pairs(answer.headers.raw), content)

    async def aclose(self) -> None:
        await self._transport.aclose()


def _not_sent() -> tuple[type[Exception], ...]:
    import httpx

    return (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def _httpx_request(wire: Wire, timeout: float) -> httpx.Request:
    import httpx

    limits = httpx.Timeout(timeout).as_dict()
    headers = [(name.encode(), value.encode()) for name, value in wire.headers]
    return httpx.Request(
        wire.request.method, wire.url, headers=headers, content=wire.content, extensions={"timeout": limits}
    )


def _limited(content: bytes, limit: int | None) -> bytes:
    if limit is not None and len(content) > limit:
        raise TooLarge
    return content


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
