"""Runs operations on a connection: the public names, sync and async, over one generator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from . import accounts, calls, catalog, dropdown
from .attachments import with_files
from .calls import Call
from .catalog import Connector
from .clock import SYSTEM, Clock
from .connections import Connection
from .context import Context
from .drive import adrive, drive
from .errors import UsageError
from .httpx_transport import AsyncHttpxCarrier, HttpxCarrier, PortalCarrier
from .network import Network
from .operation import Operation
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


class Client:
    """One connector on one connection, for many calls.

        with connector.Client("acme") as acme:
            ticket = acme.run("get_ticket", {"ticket_id": 1})
        async with connector.Client("acme", "env") as acme:
            ticket = await acme.arun("get_ticket", {"ticket_id": 1})

    `connection` is a name (`sandbox`, `env`, or one that `connector connect` made) or a Connection. `transport` is a
    transport of httpx's interface that takes the place of the network; an async one serves all methods, a sync one the
    sync methods. `timeout` is in seconds, of each wait for an answer or more of it, or a Network, which says all:
    times, the largest answer, proxy, CA. `retry_for` is how many seconds a call is tried again where `retry.TABLE`
    allows it; 0 is one attempt. An output that does not fit its schema is an OutputWarning; with `strict`, an
    OutputError. Without `record` nothing is kept: not the calls, nor what the service says of its limits. `store` is
    one that several clients share. `clock` is for tests.
    """

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
        clock: Clock = SYSTEM,
    ) -> None:
        self.connector = catalog.find(name) if isinstance(name, str) else name
        self._transport, self._strict, self._clock = transport, strict, clock
        self._carrier: Carrier | None = None
        self._async_carrier: AsyncCarrier | None = None
        self._rates: Ledger | None = None
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
        self._context.journal = Telemetry(kept, clock)

    def __repr__(self) -> str:
        return f"<Client {self.connector.name} on {self.connection.name}>"

    # -- sync ------------------------------------------------------------------------------------------------------

    def run(self, operation: str, input: dict[str, Any] | None = None) -> Any:
        """Run an operation; its output. A list gives the page asked for. Raises what errors.py draws."""
        return self._drive(self._call(operation, input)).output

    def stream(self, operation: str, input: dict[str, Any] | None = None) -> Iterator[Any]:
        """Every record of a list operation, page after page; no more than a page is held."""
        found, given = self._list(operation), input
        while True:
            result = self._drive(self._call(operation, given))
            yield from found.rows(result.output)
            if (given := result.next_input) is None:
                return

    def options(
        self,
        operation: str,
        input: dict[str, Any] | None = None,
        *,
        search: str | None = None,
        page: str | None = None,
    ) -> dict[str, Any]:
        """The choices of a dropdown: `{"result": [{"text", "value"}], "complete", "next"}`.

        `next` is given back as `page` for more, null after the last; `complete` is false where the list is not whole.
        """
        found = self.connector.operation(operation)
        given = dropdown.page_input(found, with_files(input or {}), search, page)
        return dropdown.options(found, given, search, self._drive(self._call(operation, given)))

    def plan(self, operation: str, input: dict[str, Any] | None = None) -> dict[str, Any]:
        """What `run` would send first, credentials masked; nothing is sent. See `calls.plan`."""
        return calls.plan(self.connection, self.connector.operation(operation), with_files(input or {}))

    def reconcile(self, call: str, *, finish: bool = False) -> dict[str, Any]:
        """What became of a write whose outcome is unknown; `call` is its id. See `record.reconcile.reconcile`."""
        from .record.reconcile import reconcile

        return cast("dict[str, Any]", self._drive(reconcile(self._context, self._store, call, finish=finish)))

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

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- async -----------------------------------------------------------------------------------------------------

    async def arun(self, operation: str, input: dict[str, Any] | None = None) -> Any:
        """`run`, awaited."""
        return (await self._adrive(self._call(operation, input))).output

    async def astream(self, operation: str, input: dict[str, Any] | None = None) -> AsyncIterator[Any]:
        """`stream`, awaited."""
        found, given = self._list(operation), input
        while True:
            result = await self._adrive(self._call(operation, given))
            for row in found.rows(result.output):
                yield row
            if (given := result.next_input) is None:
                return

    async def aoptions(
        self,
        operation: str,
        input: dict[str, Any] | None = None,
        *,
        search: str | None = None,
        page: str | None = None,
    ) -> dict[str, Any]:
        """`options`, awaited."""
        found = self.connector.operation(operation)
        given = dropdown.page_input(found, with_files(input or {}), search, page)
        return dropdown.options(found, given, search, await self._adrive(self._call(operation, given)))

    async def areconcile(self, call: str, *, finish: bool = False) -> dict[str, Any]:
        """`reconcile`, awaited."""
        from .record.reconcile import reconcile

        return cast("dict[str, Any]", await self._adrive(reconcile(self._context, self._store, call, finish=finish)))

    async def aclose(self) -> None:
        """Give back the network connections of the async methods, and write the record of the calls."""
        if self._async_carrier:
            await self._async_carrier.aclose()
            self._async_carrier = None
        self._let_go()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
        self.close()

    # -- underneath ------------------------------------------------------------------------------------------------

    def _call(self, operation: str, given: dict[str, Any] | None) -> Call:
        found = self.connector.operation(operation)
        return calls.call(self._context, found, with_files(given), strict=self._strict)

    def _list(self, operation: str) -> Operation:
        found = self.connector.operation(operation)
        if found.records is None:
            raise UsageError(f"{operation} is not a list: it has no records to stream. Run it instead.")
        return found

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

        return AsyncHttpxCarrier(httpx.ASGITransport(sandbox_app(self.connector)), self._network)


def run(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> Any:
    """Run one operation and give its output. For many calls, keep a Client."""
    with Client(connector, connection) as client:
        return client.run(operation, input)


async def arun(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> Any:
    """`run`, awaited."""
    async with Client(connector, connection) as client:
        return await client.arun(operation, input)


def stream(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> Iterator[Any]:
    """Every record of a list operation, page after page."""
    with Client(connector, connection) as client:
        yield from client.stream(operation, input)


def plan(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> dict[str, Any]:
    """The exact first request of a call, credentials masked; nothing is sent. See `calls.plan`."""
    with Client(connector, connection) as client:
        return client.plan(operation, input)


def options(
    connector: str,
    operation: str,
    input: dict[str, Any] | None = None,
    *,
    connection: str | Connection = "sandbox",
    search: str | None = None,
    page: str | None = None,
) -> dict[str, Any]:
    """The choices of a dropdown: `{"result": [{"text", "value"}], "complete", "next"}`. See `Client.options`."""
    with Client(connector, connection) as client:
        return client.options(operation, input, search=search, page=page)
