"""aiohttp's pool of connections: a failure to connect is NotSent, and none is used again that is not idle."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

import aiohttp

from .addresses import NotPublic
from .network import Network, not_sent, reason, refused_by
from .sockets import check_behind, idle, unconnected
from .steps import NotSent

_direct: ContextVar[bool] = ContextVar("direct")  # whether it is the service itself that is being connected to

NAMES = 2  # that a pool looks up at a time: each takes a thread that all pools share, for as long as nobody answers


class Pool(aiohttp.TCPConnector):
    """Its `connected` are the tasks that have a connection, and may have sent on it."""

    def __init__(self, network: Network) -> None:
        super().__init__(socket_factory=self._socket if network.public_only else None)
        self._network = network
        self._seconds = min(network.connect, network.total)
        self.connected: set[asyncio.Task[Any] | None] = set()
        self._looks_up = asyncio.Semaphore(NAMES)

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:
        connection = await super().connect(req, traces, timeout)
        self.connected.add(asyncio.current_task())
        return connection

    async def _get(self, key: Any, traces: Any) -> Any:
        found: Any = super()._get
        while (connection := await found(key, traces)) is not None:
            if not connection.protocol.should_close and idle(connection.transport.get_extra_info("socket")):
                return connection
            connection.close()
        return None

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        direct = _direct.set(req.proxy is None)
        try:
            async with asyncio.timeout(self._seconds):
                if req.proxy and self._network.public_only:
                    await asyncio.to_thread(check_behind, self._network, req.url.raw_host, req.port)
                return await super()._create_connection(req, traces, timeout)
        except TimeoutError:
            raise NotSent(f"no connection within {self._seconds:g} seconds") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error, req.proxy) from None  # it may tell the proxy's password
        finally:
            _direct.reset(direct)

    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> Any:
        async with self._looks_up:
            return await super()._resolve_host(host, port, traces)

    def _socket(self, info: Any) -> Any:
        return unconnected(info, self._network if _direct.get() else None)


def _failure(error: Exception, proxy: Any) -> NotSent:
    if isinstance(error, NotPublic):
        return not_sent(error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return refused_by(proxy, error.status, error.message)
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientConnectorDNSError) and proxy:
        return NotSent(f"the proxy {proxy} cannot be reached: {reason(error.os_error)}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return not_sent(error.os_error)
    return NotSent(f"the proxy {proxy} gave no answer of HTTP") if proxy else not_sent(error)
