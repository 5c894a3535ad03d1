"""The clients of the server: one for each connection in use, shared by all calls on it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from types import TracebackType
from typing import Any

from ..accounts import saved
from ..catalog import Connector
from ..client import Client
from ..clock import SYSTEM, Clock
from ..connections import RESERVED, split
from ..drive import adrive
from ..network import Network
from ..session import TIMEOUT
from ..steps import Steps
from ..store import Store
from ..transport import AiohttpCarrier
from .problems import Problem

FRESH = 1.0  # seconds for which a connection is taken to be as another process left it


class Clients:
    """Opens a client when its connection is first asked for, and closes the one that was not used the longest.

    A connection that another process changes or removes is noticed within a second, by `reads`, a store that is read
    in the event loop; whoever changes one in this process calls `drop`. `options` are those of every Client.
    """

    def __init__(
        self, store: Store, limit: int, *, reads: Store | None = None, clock: Clock = SYSTEM, **options: Any
    ) -> None:
        self._store, self._limit, self._clock, self._options = store, limit, clock, options
        self._reads = reads or store
        self._network = Network.of(options.get("timeout", TIMEOUT))
        self._open: OrderedDict[tuple[str, str], Held] = OrderedDict()
        self._closed = False

    def of(self, connector: Connector, connection: str) -> Lent:
        """`async with` it for a Client on the connection of that full name."""
        return Lent(self, connector, connection)

    async def take(self, connector: Connector, connection: str) -> Held:
        """The client, opened once however many ask at a time; `give` it back."""
        key = (connector.name, connection)
        held = self._open.get(key)
        if held is not None and self._has_changed(held, connection):
            await self.drop(*key)
            held = self._open.get(key)
        if held is None:
            held = self._begin(connector, connection)
        else:
            self._open.move_to_end(key)
        held.users += 1
        try:
            while len(self._open) > self._limit:
                await self.drop(*next(iter(self._open)))
            if held.client is None:
                held.client, held.made = await asyncio.shield(held.opening)
        except BaseException:
            await self.give(held)
            raise
        return held

    async def give(self, held: Held) -> None:
        """The end of a use."""
        held.users -= 1
        if held.dropped and not held.users:
            await held.aclose()

    async def drop(self, connector: str, connection: str) -> None:
        """Have the next call open the connection anew: it is changed or gone. Calls under way end as they began."""
        if held := self._open.pop((connector, connection), None):
            held.dropped = True
            if not held.users:
                await held.aclose()

    async def drive(self, steps: Steps) -> Any:
        """What steps come to that are no client's, such as the test of a connection that is not kept yet."""
        carrier = AiohttpCarrier(self._network)
        try:
            return await adrive(steps, lambda: carrier, self._clock)
        finally:
            await carrier.aclose()

    async def aclose(self) -> None:
        """Close them all, for good."""
        self._closed = True
        while self._open:
            await self._open.popitem()[1].aclose()

    def _begin(self, connector: Connector, connection: str) -> Held:
        if self._closed:
            raise Problem(503, "The server is stopping.")
        key = (connector.name, connection)
        opening = asyncio.ensure_future(asyncio.to_thread(self._make, connector, connection))
        held = self._open[key] = Held(opening, self._clock.monotonic() + FRESH)

        def over(done: asyncio.Future[Any]) -> None:
            if (done.cancelled() or done.exception()) and self._open.get(key) is held:
                del self._open[key]

        opening.add_done_callback(over)
        return held

    def _make(self, connector: Connector, connection: str) -> tuple[Client, float | None]:
        made = None if split(connection)[1] in RESERVED else saved.find(self._store, connection).made
        return Client(connector, connection, store=self._store, clock=self._clock, **self._options), made

    def _has_changed(self, held: Held, connection: str) -> bool:
        if held.made is None or (now := self._clock.monotonic()) < held.look:
            return False
        held.look = now + FRESH
        rows = self._reads.query("SELECT made FROM connections WHERE name = ?", (connection,))
        return not rows or rows[0]["made"] != held.made


class Held:
    """One client, how many use it now, and when its connection was made and is looked at again."""

    __slots__ = ("client", "closed", "dropped", "look", "made", "opening", "users")

    def __init__(self, opening: asyncio.Future[tuple[Client, float | None]], look: float) -> None:
        self.opening, self.look = opening, look
        self.client: Client | None = None
        self.made: float | None = None
        self.users = 0
        self.dropped = self.closed = False

    async def aclose(self) -> None:
        """Close it, once."""
        if self.closed:
            return
        self.closed = True
        await asyncio.wait([self.opening])
        if not self.opening.cancelled() and self.opening.exception() is None:
            await self.opening.result()[0].aclose()


class Lent:
    """A client for the length of a block."""

    __slots__ = ("_clients", "_connection", "_connector", "_held")

    def __init__(self, clients: Clients, connector: Connector, connection: str) -> None:
        self._clients, self._connector, self._connection = clients, connector, connection

    async def __aenter__(self) -> Client:
        self._held = await self._clients.take(self._connector, self._connection)
        assert self._held.client is not None
        return self._held.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._clients.give(self._held)
