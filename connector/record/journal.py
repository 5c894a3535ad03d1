"""Keeps the record of calls in the store: of a read soon and with others, of a write before it is sent."""

from __future__ import annotations

import json
import logging
import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import lru_cache, partial
from sqlite3 import Cursor
from typing import Any

from ..clock import SYSTEM, Clock
from ..connections import Connection, Wire
from ..errors import ConnectorError, OutcomeUnknown, StorageError, UsageError
from ..message import Response
from ..operation import EFFECTS, Operation
from ..steps import NotSent
from ..store import Store
from .exchanges import Exchange
from .redact import hides, without_hidden
from .written import COLUMNS, LARGE, Call, block

log = logging.getLogger("connector")

MEGABYTES, DAYS = 64.0, 30.0  # what is kept, when the environment does not say
NOW_AND_THEN = 64  # how often the bound is looked at while as much is written as it allows
AT_ONCE = 16  # calls in a block
BATCH = 2**15  # bytes of calls that are given to the store in one job

_ids = random.Random()  # noqa: S311 # names, not secrets; to ask the system for each took a tenth of a call
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.seed)


def recording() -> bool:
    """Whether calls are to be recorded: unless CONNECTOR_RECORD is `off`."""
    return os.environ.get("CONNECTOR_RECORD", "").strip().lower() not in ("off", "0", "no", "false")


def _number(name: str, otherwise: float) -> float:
    text = os.environ.get(name, "").strip()
    try:
        found = float(text) if text else otherwise
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise UsageError(f"{name} must be a number, such as {otherwise:g}.")
    return found


class Journal:
    """The record of the calls of one client."""

    def __init__(self, store: Store, clock: Clock = SYSTEM) -> None:
        self.store, self.clock = store, clock
        self._bytes = _number("CONNECTOR_RECORD_MB", MEGABYTES) * 2**20
        self._seconds = _number("CONNECTOR_RECORD_DAYS", DAYS) * 86400
        self._until_pruned = self._bytes / NOW_AND_THEN * random.random()  # noqa: S311 # short processes prune by chance
        self._pruned = False
        self._lock = threading.Lock()
        self._waiting: list[Call] | None = None
        self._room, self._round = 0, 0  # bytes that may still wait with them; of the store, when they began to

    def open(self, connection: Connection, operation: Operation, given: dict[str, Any], effect: str) -> Entry:
        """The record of a call that begins now; nothing is written yet."""
        call = Call(f"{_ids.getrandbits(48):012x}", self.clock.now(), connection, operation, given, effect, [])
        return Entry(self, call)

    def later(self, call: Call) -> None:
        """Write a call that is over soon, in one go with a few that end until then; a job that is lost loses those."""
        with self._lock:
            waiting = self._waiting if self._round == self.store.rounds else None
            if waiting is not None and len(waiting) < AT_ONCE and self._room > 0:
                waiting.append(call)
                self._room -= call.size
                return
            self._waiting, self._room, self._round = [call], BATCH - call.size, self.store.rounds
            job = partial(self._write, self._waiting)
        self.store.later(job, max(call.size, BATCH))

    def now(self, call: Call) -> Future[None]:
        """Write a call at once."""
        return self.store.durable(partial(self._keep, [call]))

    def _write(self, waiting: list[Call], cursor: Cursor) -> None:
        with self._lock:
            if self._waiting is waiting:
                self._waiting = None
        self._keep(waiting, cursor)

    def _keep(self, calls: list[Call], cursor: Cursor) -> None:
        if len(calls) >= AT_ONCE:
            import msgspec  # noqa: F401 # this process is busy: `dumped` makes use of it
        size, column = 0, COLUMNS.index("size")
        for some in _together(calls):
            zipped, rows = block(some)
            cursor.execute(_statement("blocks", ("first", "said"), 1), (some[0].id, zipped))
            cursor.execute(_statement("calls", tuple(COLUMNS), len(rows)), [value for row in rows for value in row])
            size += sum(row[column] for row in rows)
        self._prune(cursor, size)

    def _prune(self, cursor: Cursor, size: int) -> None:
        """Forget what is too old, and the oldest where there is too much; but no unknown outcome for its size."""
        self._until_pruned -= size
        if not self._pruned or self._until_pruned < 0:
            self._pruned = True
            _forget(cursor, "at < ?", self.clock.now() - self._seconds)
        if self._until_pruned < 0:
            self._until_pruned = self._bytes / NOW_AND_THEN
            (kept,) = cursor.execute("SELECT sum(size) FROM calls").fetchone()
            over, last = (kept or 0) - self._bytes, 0.0
            if over > 0:
                for found in cursor.execute("SELECT at, size FROM calls ORDER BY at"):
                    last, over = found["at"], over - found["size"]
                    if over <= 0:
                        break
                _forget(cursor, "at <= ? AND outcome NOT IN ('unknown', 'sent')", last)


def _forget(cursor: Cursor, which: str, at: float) -> None:
    gone = cursor.execute(f"DELETE FROM calls WHERE {which} RETURNING block", (at,)).fetchall()  # noqa: S608 # our words
    blocks = {row["block"] for row in gone}
    unused = "DELETE FROM blocks WHERE first = ? AND NOT EXISTS (SELECT 1 FROM calls WHERE block = ?)"
    cursor.executemany(unused, [(block, block) for block in blocks])


def _together(calls: list[Call]) -> Iterator[list[Call]]:
    """The calls in groups, none of which is large."""
    some, size = list[Call](), 0
    for call in calls:
        some.append(call)
        size += call.size
        if len(some) == AT_ONCE or size > LARGE:
            yield some
            some, size = [], 0
    if some:
        yield some


@lru_cache
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    """Writes rows, whose first column is their key; one that is there already is written over."""
    one = f"({', '.join('?' * len(columns))})"
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return f"""
        INSERT INTO {table} ({", ".join(columns)}) VALUES {", ".join([one] * rows)}
        ON CONFLICT ({columns[0]}) DO UPDATE SET {changed}
    """  # noqa: S608 # our own names


class Entry:
    """The record of one call, while it goes on. It is put into words later, by the store's thread."""

    __slots__ = ("_begun", "_call", "_clock", "_journal", "_start", "id")
    kept = True

    def __init__(self, journal: Journal, call: Call) -> None:
        self.id = call.id
        self._journal, self._call, self._clock = journal, call, journal.clock
        self._start = self._clock.monotonic()
        self._begun: Wire | None = None

    def begin(self, wire: Wire) -> Future[None] | None:
        """Before a request that writes: done when it is on disk that this is about to be sent; else a StorageError.

        None where it is there already, and the request is only tried again.
        """
        if self._begun and self._begun.request is wire.request:
            return None
        self._begun = wire
        about = [*self._call.exchanges, Exchange(wire, self._clock.now())]
        return _told(self._journal.now(replace(self._call, exchanges=about)), _refuse)

    def sent(self, wire: Wire) -> None:
        self._call.exchanges.append(Exchange(wire, self._clock.now(), self._clock.monotonic()))

    def answered(self, answer: Response | Exception) -> None:
        self._call.exchanges[-1].end(answer, self._clock.monotonic())

    def end(self, output: Any = None, error: BaseException | None = None) -> Future[None] | None:
        """The call is over. A Future where something was written: done when that is on disk. Never fails."""
        try:
            call, operation = self._call, self._call.operation
            call.seconds = self._clock.monotonic() - self._start
            call.outcome = self._outcome(error)
            if error:
                call.error = _said(error)
            elif hides(operation, "output"):
                _, call.hidden = without_hidden(output, operation.output_schema)
            if self._begun:
                return _told(self._journal.now(call), _warn)
            call.given = {name: _copied(value) for name, value in call.given.items()}
            self._journal.later(call)
        except Exception as failed:
            _warn(failed)
        return None

    def _outcome(self, error: BaseException | None) -> str:
        if error is None:
            return "success"
        if isinstance(error, ConnectorError):
            return "unknown" if isinstance(error, OutcomeUnknown) else "error"
        return "unknown" if any(map(self._may_have_written, self._call.exchanges)) else "error"  # it was broken off

    def _may_have_written(self, exchange: Exchange) -> bool:
        handled = self._call.operation.handler and EFFECTS[exchange.wire.request.method] == "read"
        refused = 400 <= exchange.status < 500 and exchange.status != 408
        return not (self._call.effect == "read" or handled or refused or isinstance(exchange.failure, NotSent))


def _copied(value: Any) -> Any:
    """A value of the caller's, who may change it before it is written."""
    return json.loads(json.dumps(value)) if isinstance(value, dict | list) else value


def _said(error: BaseException) -> dict[str, Any]:
    """An error as it is kept: without the body, which stands in the exchange."""
    if isinstance(error, ConnectorError):
        return {name: value for name, value in error.as_dict().items() if name not in ("body", "call_id")}
    if isinstance(error, GeneratorExit):
        return {"error": "Interrupted", "code": "#interrupted", "message": "The call was broken off."}
    return {"error": type(error).__name__, "code": ConnectorError.code, "message": str(error)}


def _told(kept: Future[None], failed: Callable[[BaseException], BaseException | None]) -> Future[None]:
    """Done when the other is; where that failed, as `failed` makes of the error."""
    done: Future[None] = Future()
    done.set_running_or_notify_cancel()  # whoever waits for it may go away; it cannot be cancelled

    def tell(_: Future[None]) -> None:
        error = kept.exception()
        if error and (raised := failed(error)):
            done.set_exception(raised)
        else:
            done.set_result(None)

    kept.add_done_callback(tell)
    return done


def _refuse(error: BaseException) -> StorageError:
    return StorageError(
        f"The request was not sent, since it cannot be recorded. {error} CONNECTOR_RECORD=off does without."
    )


def _warn(error: BaseException) -> None:
    """What was carried out is not called an error because that could not be written down."""
    log.warning("The end of a call was not recorded: %s", error)
