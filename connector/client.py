"""Runs operations on a connection: the public names, sync and async, over one generator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from . import calls, catalog, connections, dropdown
from .attachments import with_files
from .calls import Call, NoAnswer, NotSent, Result, TooLarge
from .catalog import Connector
from .connections import Connection
from .errors import UsageError
from .httpx_transport import AsyncHttpxCarrier, HttpxCarrier, PortalCarrier
from .operation import Operation
from .transport import AiohttpCarrier, AsyncCarrier, Carrier, StandardCarrier

if TYPE_CHECKING:
    from os import PathLike

    import httpx

TIMEOUT = 60.0


class Client:
    """One connector on one connection, for many calls.

        with connector.Client("acme") as acme:
            ticket = acme.run("get_ticket", {"ticket_id": 1})
        async with connector.Client("acme", "env") as acme:
            ticket = await acme.arun("get_ticket", {"ticket_id": 1})

    `connection` is a name (`sandbox`, `env`) or a Connection. `transport` is a transport of httpx's interface that
    takes the place of the network; an async one serves all methods, a sync one the sync methods. `timeout` is in
    seconds, of each wait: for the connection, for the answer, for more of it. An output that does not
    fit its schema is an OutputWarning; with `strict`, an OutputError.
    """

    def __init__(
        self,
        name: str | Connector,
        connection: str | Connection = "sandbox",
        *,
        transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None = None,
        timeout: float = TIMEOUT,
        strict: bool = False,
    ) -> None:
        self.connector = catalog.find(name) if isinstance(name, str) else name
        self.connection = connections.connect(self.connector, connection) if isinstance(connection, str) else connection
        self._transport, self._timeout, self._strict = transport, timeout, strict
        self._carrier: Carrier | None = None
        self._async_carrier: AsyncCarrier | None = None

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

    def close(self) -> None:
        """Give back the network connections of the sync methods."""
        if self._carrier:
            self._carrier.close()
            self._carrier = None

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

    async def aclose(self) -> None:
        """Give back the network connections of the async methods."""
        if self._async_carrier:
            await self._async_carrier.aclose()
            self._async_carrier = None

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
        return calls.call(self.connection, found, with_files(given), strict=self._strict)

    def _list(self, operation: str) -> Operation:
        found = self.connector.operation(operation)
        if found.records is None:
            raise UsageError(f"{operation} is not a list: it has no records to stream. Run it instead.")
        return found

    def _drive(self, call: Call) -> Result:
        try:
            wire = next(call)  # before anything is opened: an input may be wrong
            carrier = self._carrier = self._carrier or self._open()
            while True:
                try:
                    response = carrier.send(wire)
                except (NotSent, NoAnswer, TooLarge) as error:
                    wire = call.throw(error)
                else:
                    wire = call.send(response)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

    async def _adrive(self, call: Call) -> Result:
        try:
            wire = next(call)
            carrier = self._async_carrier = self._async_carrier or self._open_async()
            while True:
                try:
                    response = await carrier.send(wire)
                except (NotSent, NoAnswer, TooLarge) as error:
                    wire = call.throw(error)
                else:
                    wire = call.send(response)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

    def _open(self) -> Carrier:
        if self._transport is None and not self.connection.inside:
            return StandardCarrier(self._timeout)
        if hasattr(self._transport, "handle_request"):
            return HttpxCarrier(cast("httpx.BaseTransport", self._transport), self._timeout)
        return PortalCarrier(self._open_async())

    def _open_async(self) -> AsyncCarrier:
        if self._transport is not None:
            if not hasattr(self._transport, "handle_async_request"):
                raise UsageError("This transport is a sync one; the async methods need an httpx.AsyncBaseTransport.")
            return AsyncHttpxCarrier(cast("httpx.AsyncBaseTransport", self._transport), self._timeout)
        if not self.connection.inside:
            return AiohttpCarrier(self._timeout)
        import httpx

        return AsyncHttpxCarrier(httpx.ASGITransport(sandbox_app(self.connector)), self._timeout)


def sandbox_app(connector: Connector, data: PathLike[str] | None = None, *, reset: bool = False) -> Any:
    """The sandbox of a connector as an ASGI application; UsageError where it cannot keep its state in `data`."""
    package = connector.sandbox()
    try:
        data = data or sandbox_file(connector)
        return package.create_app(data, reset=reset)
    except Exception as error:
        raise UsageError(f"The sandbox cannot open {data or 'its folder'}: {error}.") from error


def sandbox_file(connector: Connector) -> PathLike[str]:
    """Where the sandbox of a connector keeps its state: in CONNECTOR_DATA, or the platform's folder for data."""
    import os
    from pathlib import Path

    import platformdirs

    place = os.environ.get("CONNECTOR_DATA") or platformdirs.user_data_dir("connector", appauthor=False)
    folder = Path(place)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"sandbox-{connector.name}.db"


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
