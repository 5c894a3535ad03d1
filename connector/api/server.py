"""What all requests share: the settings, the store, the clients, the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ..catalog import Connector, find
from ..clock import SYSTEM, Clock
from ..network import Network
from ..store import Store
from .answers import Answers
from .clients import Clients
from .gate import Gate
from .metrics import Metrics
from .settings import Settings


class Server:
    """One server; `clients` are options of every Client that it makes."""

    def __init__(
        self, settings: Settings, store: Store | None = None, *, clock: Clock = SYSTEM, **clients: Any
    ) -> None:
        self.settings, self.clock = settings, clock
        self.store = store or Store()
        self.keys = Store(self.store.file)  # read in the event loop: not behind the writer of the other
        self.gate = Gate(self.keys, settings, clock)
        network = Network(largest=settings.largest_answer, public_only=True, allow=settings.allow_networks)
        clients = {"timeout": network, "account_fields": True, **clients}
        self.clients = Clients(self.store, settings.clients, reads=self.keys, clock=clock, **clients)
        self.answers = Answers(self.store, clock)
        self.metrics = Metrics()
        self.closing = False
        self._connectors: dict[str, Connector] = {}

    def connector(self, name: str) -> Connector:
        """A connector by name, looked for in the homes once. UnknownNameError where there is none."""
        if (found := self._connectors.get(name)) is None:
            found = self._connectors[name] = find(name)
        return found

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Open until the web server goes; then what is running has ended, and all is closed."""
        try:
            yield
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the clients and the files."""
        await self.answers.aclose()
        await self.clients.aclose()
        self.store.close()
        self.keys.close()
