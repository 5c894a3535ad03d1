"""A connector on a connection, open: who carries its requests, what it has kept; driven sync and async."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from . import accounts, catalog, connections
from .account_fields import AccountFields
from .catalog import Connector
from .clock import SYSTEM, Clock
from .connections import Connection
from .context import Context
from .drive import adrive, drive
from .dropdown.kept import Kept
from .errors import UsageError
from .httpx_transport import AsyncHttpxCarrier, HttpxCarrier, PortalCarrier
from .network import Network
from .rates.ledger import Ledger
from .record.journal import Journal, recording
from .retry import Patience
from .sandbox import sandbox_app
from .steps import Steps
from .store import Store
from .telemetry import Telemetry
from .transport import AiohttpCarrier, AsyncCarrier, Carrier, StandardCarrier

if TYPE_CHECKING:
    import httpx

TIMEOUT = 60.0


class Session:
    """What is open between the first call and the last; `Client` says what the arguments are."""

    def __init__(
        self,
        name: str | Connector,
        connection: str | Connection = "sandbox",
        *,
        transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None = None,
        timeout: float | Network = TIMEOUT,
        retry_for: float | Patience = 60.0,
        strict: bool = False,
        record: bool = True,
        store: Store | None = None,
        account_fields: bool = False,
        clock: Clock = SYSTEM,
    ) -> None:
        self.connector = catalog.find(name) if isinstance(name, str) else name
        self._transport, self._strict, self._clock = transport, strict, clock
        self._carrier: Carrier | None = None
        self._async_carrier: AsyncCarrier | None = None
        self._rates: Ledger | None = None
        self._kept = Kept()
        self._network = Network.of(timeout)
        self._store, self._shares_store = store or Store(), store is not None
        try:
            self.connection, credentials = accounts.connect(self.connector, connection, self._store, clock)
        except BaseException:
            self.close()
            raise
        self._rates = Ledger(self._store if record else None, self.connection, clock)
        self._context = Context(self.connection, Patience.of(retry_for), clock, credentials, self._rates)
        kept = Journal(self._store, clock) if record and recording() else None
        self._context.journal = self.journal = Telemetry(kept, clock)
        self._fields = AccountFields(self.connector, self._context)
        self._checks_fields = account_fields

    def __repr__(self) -> str:
        return f"<Client {self.connector.name} on {self.connection.name}>"

    def close(self) -> None:
        """Give back the network connections of the sync methods, and write the record of the calls."""
        if self._carrier:
            self._carrier.close()
            self._carrier = None
        self._let_go()

    def _let_go(self) -> None:
        if self._rates:
            self._rates.close()
        if not self._shares_store:
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def aclose(self) -> None:
        """Give back the network connections of the async methods, and write the record of the calls."""
        if self._async_carrier:
            await self._async_carrier.aclose()
            self._async_carrier = None
        self._let_go()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
        self.close()

    # -- underneath ------------------------------------------------------------------------------------------------

    def _drive(self, steps: Steps) -> Any:
        return drive(steps, self._sync_carrier, self._clock)

    async def _adrive(self, steps: Steps) -> Any:
        return await adrive(steps, self._asynchronous_carrier, self._clock)

    def _sync_carrier(self) -> Carrier:
        self._carrier = self._carrier or self._open()
        return self._carrier

    def _asynchronous_carrier(self) -> AsyncCarrier:
        self._async_carrier = self._async_carrier or self._open_async()
        return self._async_carrier

    def _open(self) -> Carrier:
        if self._transport is None and not self.connection.inside:
            return StandardCarrier(self._network)
        if hasattr(self._transport, "handle_request"):
            return HttpxCarrier(cast("httpx.BaseTransport", self._transport), self._network)
        return PortalCarrier(self._open_async())

    def _open_async(self) -> AsyncCarrier:
        if self._transport is not None:
            if not hasattr(self._transport, "handle_async_request"):
                raise UsageError("This transport is a sync one; the async methods need an httpx.AsyncBaseTransport.")
            return AsyncHttpxCarrier(cast("httpx.AsyncBaseTransport", self._transport), self._network)
        if not self.connection.inside:
            return AiohttpCarrier(self._network)
        import httpx

        app = sandbox_app(self.connector, tenant=connections.split(self.connection.name)[0])
        return AsyncHttpxCarrier(httpx.ASGITransport(app), self._network)
