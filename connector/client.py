"""Runs operations on a connection: the public names, sync and async, over one generator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from . import calls
from .attachments import with_files
from .calls import Call, Result
from .context import Journal as Journals
from .dropdown.lists import Dropdowns
from .errors import UsageError
from .operation import Operation
from .session import Session
from .steps import Steps


class Client(Session):
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
    one that several clients share. With `account_fields`, values for fields of the account's own are checked by the
    account's fields before anything is sent. `clock` is for tests.
    """

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
        field: str | None = None,
        search: str | None = None,
        page: str | None = None,
        refresh: bool = False,
        inactive: bool = False,
    ) -> dict[str, Any]:
        """The choices of a dropdown: `{"result": [{"text", "value"}], "complete", "next", "skipped", "missing"}`.

        `next` is given back as `page` for more, null after the last; `complete` is false where the list is not whole;
        `skipped` counts rows without a value. With `field`, the JSON Pointer of an input, they are the choices of that
        field, the form filled in as far as `input`; `missing` are the fields that it hangs on and that have no value:
        then nothing is sent. A page is kept for some minutes, unless `refresh`; with `inactive`, rows that are not in
        use are given too, marked.
        """
        asked = {"search": search, "page": page, "refresh": refresh, "inactive": inactive}
        return cast("dict[str, Any]", self._drive(self._lists().options(operation, input or {}, field, **asked)))

    def labels(
        self, operation: str, values: Sequence[Any], input: dict[str, Any] | None = None, *, field: str | None = None
    ) -> list[dict[str, Any]]:
        """What people read for stored values of a dropdown, or of that of a `field`: `[{"value", "text", "exists"}]`.

        `exists` is false where a value is certainly no more, null where that cannot be told; then `text` is null.
        """
        return cast("list[Any]", self._drive(self._lists().labels(operation, values, input or {}, field)))

    def check_values(self, operation: str, input: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The `labels` of every value of an input that stands in a field with a dropdown, each with its `pointer`."""
        return cast("list[Any]", self._drive(self._lists().check_values(operation, input or {})))

    def plan(self, operation: str, input: dict[str, Any] | None = None) -> dict[str, Any]:
        """What `run` would send first, credentials masked; nothing is sent. See `calls.plan`."""
        found, given = self.connector.operation(operation), with_files(input or {})
        if self._checks_fields:
            self._drive(self._fields.check(found, given))
        return calls.plan(self.connection, found, given)

    def input_schema(self, operation: str, *, account: bool = True, refresh: bool = False) -> dict[str, Any]:
        """The JSON Schema of what an operation takes; with `account`, by the fields that the account has of its own.

        They are read where they are not kept, and with `refresh`.
        """
        found = self.connector.operation(operation)
        schema: dict[str, Any] = found.input_schema
        return self._drive(self._fields.schema(found, refresh=refresh)) if account else schema

    def reconcile(self, call: str, *, finish: bool = False) -> dict[str, Any]:
        """What became of a write whose outcome is unknown; `call` is its id. See `record.reconcile.reconcile`."""
        from .record.reconcile import reconcile

        return cast("dict[str, Any]", self._drive(reconcile(self._context, self._store, call, finish=finish)))

    def test(self) -> str | None:
        """Make the harmless call that shows that the connection works; who the service says we are, where it does."""
        return cast("str | None", self._drive(self._proof()))

    # -- async -----------------------------------------------------------------------------------------------------

    async def arun(self, operation: str, input: dict[str, Any] | None = None) -> Any:
        """`run`, awaited."""
        return (await self._adrive(self._call(operation, input))).output

    async def acall(
        self, operation: str, input: dict[str, Any] | None = None, *, journal: Journals | None = None
    ) -> Result:
        """`arun`, with what comes after the output. `journal` keeps the record in place of `client.journal`."""
        return cast("Result", await self._adrive(self._call(operation, input, journal)))

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
        field: str | None = None,
        search: str | None = None,
        page: str | None = None,
        refresh: bool = False,
        inactive: bool = False,
    ) -> dict[str, Any]:
        """`options`, awaited; several that ask for the same at a time make one call."""
        asked = {"search": search, "page": page, "refresh": refresh, "inactive": inactive}
        steps = self._lists().options(operation, input or {}, field, **asked)
        return cast("dict[str, Any]", await self._adrive(steps))

    async def alabels(
        self, operation: str, values: Sequence[Any], input: dict[str, Any] | None = None, *, field: str | None = None
    ) -> list[dict[str, Any]]:
        """`labels`, awaited."""
        steps = self._lists().labels(operation, values, input or {}, field)
        return cast("list[Any]", await self._adrive(steps))

    async def acheck_values(self, operation: str, input: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """`check_values`, awaited."""
        steps = self._lists().check_values(operation, input or {})
        return cast("list[Any]", await self._adrive(steps))

    async def aplan(self, operation: str, input: dict[str, Any] | None = None) -> dict[str, Any]:
        """`plan`, awaited."""
        found, given = self.connector.operation(operation), with_files(input or {})
        if self._checks_fields:
            await self._adrive(self._fields.check(found, given))
        return calls.plan(self.connection, found, given)

    async def ainput_schema(self, operation: str, *, account: bool = True, refresh: bool = False) -> dict[str, Any]:
        """`input_schema`, awaited."""
        found = self.connector.operation(operation)
        schema: dict[str, Any] = found.input_schema
        return await self._adrive(self._fields.schema(found, refresh=refresh)) if account else schema

    async def areconcile(self, call: str, *, finish: bool = False) -> dict[str, Any]:
        """`reconcile`, awaited."""
        from .record.reconcile import reconcile

        return cast("dict[str, Any]", await self._adrive(reconcile(self._context, self._store, call, finish=finish)))

    async def atest(self) -> str | None:
        """`test`, awaited."""
        return cast("str | None", await self._adrive(self._proof()))

    # -- underneath ------------------------------------------------------------------------------------------------

    def _proof(self) -> Steps:
        from .accounts.proof import prove

        if not self.connector.spec.get("test"):
            raise UsageError(f"{self.connector.title} does not say how a connection is tested.")
        return prove(self._context)

    def _call(self, operation: str, given: dict[str, Any] | None, journal: Journals | None = None) -> Call:
        found, given = self.connector.operation(operation), with_files(given)
        context = replace(self._context, journal=journal) if journal else self._context
        call = calls.call(context, found, given, strict=self._strict)
        return self._fields.checked(found, given, call) if self._checks_fields else call

    def _lists(self) -> Dropdowns:
        return Dropdowns(self.connector, self._context, self._kept, strict=self._strict)

    def _list(self, operation: str) -> Operation:
        found = self.connector.operation(operation)
        if found.records is None:
            raise UsageError(f"{operation} is not a list: it has no records to stream. Run it instead.")
        return found
