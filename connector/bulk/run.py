"""Runs the rows, several at once; each is kept as sent before it is sent, and as over when it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .. import calls
from ..client import Client
from ..errors import ConnectorError, OutcomeUnknown, UsageError
from ..operation import Operation
from .checking import Inputs, with_files
from .record import Line, RowRecord, Todo
from .state import Run, Runs, Seen, Taken

ALIKE = 20  # rows in a row that fail for a reason that is not theirs
MARGIN = 300.0  # seconds before the end of a key's life in which it is not trusted
CUT_OFF = "The program was stopped while the row was under way: it may have happened."


class Bulk:
    """Runs what is left of a run. `tell` takes each result line, also those of rows that were over before.

    `counts` are the rows over, by outcome; `unknown` is the first line of an unknown one; `running` are under way.
    """

    def __init__(
        self,
        client: Client,
        operation: Operation,
        runs: Runs,
        run: Run,
        tell: Callable[[Line], object],
        *,
        retry_errors: bool = False,
        select: Callable[[Any], Any] = lambda output: output,
    ) -> None:
        self._client, self._operation, self._runs, self._run = client, operation, runs, run
        self._tell, self._retry_errors, self._select = tell, retry_errors, select
        life: float = client.connector.spec.get("idempotency", {}).get("seconds", 0)
        self.keyed = bool(operation.idempotency)
        self._key_life = life - client._context.patience.seconds - MARGIN
        self.counts: Counter[str] = Counter()
        self.unknown: Line | None = None
        self.running = 0
        self._alike = 0
        self._trouble = ""
        self._stopped = False

    def stop(self) -> None:
        """Begin no further row; those under way go on to their end."""
        self._stopped = True

    async def go(self, inputs: Inputs, at_once: int) -> None:
        """Run until all rows are over, or until it is stopped; UsageError where it cannot go on."""
        todo = self._todo(inputs)
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._work(todo))
        if self._trouble:
            raise UsageError(self._trouble)

    async def _work(self, todo: Iterator[Todo]) -> None:
        try:
            while not self._stopped and (one := next(todo, None)):
                self.running += 1
                self._over(await self._one(one))
                self.running -= 1
        except Taken:
            self._give_up("Another process runs these rows. Let it end, or stop it and go on with --resume.")
        except OSError as error:
            self._give_up(f"The result lines cannot be written: {error.strerror}. Go on with --resume.")
        except UsageError as error:  # the store's
            self._give_up(error.message)

    def _give_up(self, why: str) -> None:
        self._trouble = self._trouble or why
        self.stop()

    async def _one(self, todo: Todo) -> Line:
        context = self._client._context
        record = RowRecord(self._runs, self._run, todo, self._operation, context, self._select)
        try:
            given = with_files(self._operation, todo.given)
            call = calls.call(replace(context, journal=record), self._operation, given)
            await self._client._adrive(call)
            self._alike = 0
        except ConnectorError as error:
            if not record.line and (kept := record.over(error=error)):  # it came to nothing before it began
                await asyncio.wrap_future(kept)
            self._alike = 0 if error.mended_by == "the caller" else self._alike + 1
            if self._alike == ALIKE:
                self._give_up(f"The last {ALIKE} rows failed, and not for a reason of their own. {error.message}")
        return record.line

    def _over(self, line: Line) -> None:
        self.counts[line["outcome"]] += 1
        if line["outcome"] == "unknown":
            self.unknown = self.unknown or line
        self._tell(line)

    # -- what is left ------------------------------------------------------------------------------------------------

    def _todo(self, inputs: Inputs) -> Iterator[Todo]:
        """The rows to run, in order; tells of those that are over."""
        known = self._runs.seen(self._run)
        seen = next(known, None)
        for row, given in inputs:
            before, seen = (seen, next(known, None)) if seen and seen.row == row else (None, seen)
            if before is None or self._again(before):
                yield Todo(row, self._keyed(row, given), before)
            else:
                self._over(self._settled(before))

    def _keyed(self, row: int, given: dict[str, Any]) -> dict[str, Any]:
        """The input with an idempotency key, the same whenever the row is sent."""
        key = self._operation.idempotency
        return {**given, key: f"{self._run.id}-{row}"} if key and given.get(key) is None else given

    def _again(self, before: Seen) -> bool:
        """Whether a row of before is to be sent again: where it did not happen, or under a key that is still alive."""
        if before.state in ("success", "partly") or before.found == "success":
            return False
        if before.state == "error":
            return self._retry_errors
        past = self._runs.clock.now() - before.at
        return before.found == "error" or (self.keyed and 0 <= past < self._key_life)

    def _settled(self, before: Seen) -> Line:
        """The line of a row that is over; of one that was cut off, what can be said of it."""
        outcome = "success" if before.found == "success" and before.state in ("sent", "unknown") else before.state
        if before.line and outcome == before.state:
            return before.line
        line: Line = {"row": before.row, "outcome": "unknown" if outcome == "sent" else outcome}
        if outcome == "sent":
            line["error"] = {"code": OutcomeUnknown.code, "message": CUT_OFF}
        if before.call:
            line["call_id"] = before.call
        self._runs.over(self._run, before.row, line["outcome"], before.call, lambda: line, urgent=False)
        return line
