"""The sandbox on a port, the proxy before it, and a host that must hear nothing: one event loop in a thread."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from connector import Client, catalog
from connector.connections import Connection
from connector.store import Store
from connector.testing.clock import HeldClock
from sandbox.zendesk import create_app

from .proxy import HOST, Proxy, Seen
from .table import Fault

T = TypeVar("T")
SANDBOX = catalog.find("zendesk").spec["sandbox"]


class ServiceClock(HeldClock):
    """Held by all: clients, proxy, sandbox. When a client waits, a refusal ends."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._service.on()


class Service:
    """`connection` leads through the proxy. `port` and `ask` do not: so a test prepares, and looks at what is so."""

    def __init__(self) -> None:
        self.clock = ServiceClock(self)
        self._folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self._folder.name) / "connector.db")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._heard: list[bytes] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        values = {name: SANDBOX[name] for name in ("email", "api_token")}
        found = catalog.find("zendesk")
        self.connection = Connection("proxied", found, f"http://{HOST}:{self._proxy.port}", values)
        direct = Connection("direct", found, f"http://{HOST}:{self.port}", values)
        self._direct = Client(found, direct, record=False, store=self.store, clock=self.clock)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._direct.close()
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.app.close()
        self.store.close()
        self._folder.cleanup()

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    async def _open(self) -> None:
        self.app = create_app(clock=lambda: datetime.fromtimestamp(self.clock.now(), UTC))
        config = uvicorn.Config(self.app, log_level="error", lifespan="off", port=0, date_header=False)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self._away = await asyncio.start_server(self._hear, HOST, 0)
        away = f"http://{HOST}:{self._away.sockets[0].getsockname()[1]}/api/v2/groups"
        self._proxy = Proxy(self.port, away, self.clock)

    async def _close(self) -> None:
        await self._proxy.close()
        self._away.close()
        self._server.should_exit = True
        await self._serving

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._heard.append(await reader.read(65536))
        writer.close()

    # -- for a test, from its own thread ---------------------------------------------------------------------------

    def play(self, faults: Iterable[Fault]) -> None:
        """Begin a sequence of faults."""
        self._do(self._proxy.play(faults))

    def mark(self, mark: str) -> None:
        """Name what arrives from here on."""
        self._proxy.mark = mark

    def on(self) -> None:
        """End a refusal, if one holds."""
        self._do(self._proxy.on())

    def settled(self) -> list[Seen]:
        """What arrived in this sequence, once it is carried out."""
        self._do(self._proxy.settle())
        return self._proxy.seen

    def writes(self, mark: str) -> list[tuple[str, str, str]]:
        """Method, path and body (its digest) of what the sandbox carried out under a mark."""
        with self.app.store.transaction(write=False):
            return [(one.method, one.path, one.digest) for one in self.app.store.writes(mark)]

    def subjects(self, prefix: str) -> list[str]:
        """The subjects of tickets that begin so."""
        with self.app.store.transaction(write=False):
            return [ticket["subject"] for ticket in self.app.store.list("tickets", **{"subject^": prefix})]

    @property
    def heard(self) -> list[bytes]:
        """What the other host was sent."""
        return self._heard

    def ask(self, operation: str, **given: Any) -> Any:
        """The output of an operation, past the proxy."""
        return self._direct.run(operation, given)
