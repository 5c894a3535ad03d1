"""What became of each row, kept in the store: so that no row is done twice, whatever stops the program."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..clock import Clock
from ..store import Store

DAYS = 30  # how long a run is kept
PAGE = 1000  # rows that are read at once

_COUNTS = """
    SELECT bulk.id, bulk.made, bulk.total, bulk.digest, bulk_rows.state, COUNT(bulk_rows.row) AS count
    FROM bulk LEFT JOIN bulk_rows ON bulk_rows.bulk = bulk.id
    WHERE bulk.connector = ? AND bulk.operation = ? AND bulk.connection = ?
    GROUP BY bulk.id, bulk.made, bulk.total, bulk.digest, bulk_rows.state
"""
_SEEN = """
    SELECT bulk_rows.row, bulk_rows.state, bulk_rows.at, bulk_rows.tries, bulk_rows.call, bulk_rows.line, calls.outcome
    FROM bulk_rows LEFT JOIN calls ON calls.id = bulk_rows.call
    WHERE bulk_rows.bulk = ? AND bulk_rows.row > ? ORDER BY bulk_rows.row LIMIT ?
"""
_FIRST = """
    INSERT INTO bulk_rows (bulk, row, state, at, tries, call)
    SELECT id, ?, 'sent', ?, 1, ? FROM bulk WHERE id = ? ON CONFLICT (bulk, row) DO NOTHING
"""
_AGAIN = """
    UPDATE bulk_rows SET state = 'sent', at = ?, tries = tries + 1, call = ?, line = NULL
    WHERE bulk = ? AND row = ? AND state = ? AND tries = ?
"""
_END = """
    INSERT INTO bulk_rows (bulk, row, state, at, tries, call, line) VALUES (?, ?, ?, ?, 1, ?, ?)
    ON CONFLICT (bulk, row) DO UPDATE SET state = excluded.state, line = excluded.line
"""


class Taken(Exception):
    """Another process has this row, or began these rows anew."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a row from before: its state, when it was first sent, how often, the line that told of it.

    `state` is sent, success, error, unknown, or partly: an error after writes that were carried out, which is not to be
    repeated. `found` is what the record of calls says of its call, which may have been looked into since.
    """

    row: int
    state: str
    at: float
    tries: int
    call: str
    line: dict[str, Any] | None
    found: str | None

    @property
    def doubtful(self) -> bool:
        """Whether it may have happened, and nobody knows yet."""
        return self.state in ("sent", "unknown") and self.found not in ("success", "error")


@dataclass(frozen=True)
class Run:
    """One run of rows: how many there are, and how many are in each state."""

    id: str
    made: float
    total: int
    digest: str
    counts: Mapping[str, int]

    @property
    def left(self) -> int:
        """Rows that are not over."""
        return self.total - sum(count for state, count in self.counts.items() if state != "sent")


class Runs:
    """The runs of one operation on one connection."""

    def __init__(self, store: Store, clock: Clock, connector: str, operation: str, connection: str) -> None:
        self.store, self.clock = store, clock
        self._whose = (connector, operation, connection)

    def all(self) -> list[Run]:
        """Every run, the oldest first."""
        return _runs(self.store.query(_COUNTS, self._whose))

    def begin(self, digest: str, total: int, *, anew: bool = False) -> tuple[Run, bool]:
        """The run of these rows, and whether it is a new one; `anew` forgets the one that is there."""
        with self.store.transaction() as cursor:
            found = [run for run in _runs(cursor.execute(_COUNTS, self._whose).fetchall()) if run.digest == digest]
            if found and not anew:
                return found[-1], False
            old = cursor.execute("SELECT id FROM bulk WHERE made < ?", (self.clock.now() - DAYS * 86400,)).fetchall()
            for gone in {*(run.id for run in found), *(row["id"] for row in old)}:
                cursor.execute("DELETE FROM bulk_rows WHERE bulk = ?", (gone,))
                cursor.execute("DELETE FROM bulk WHERE id = ?", (gone,))
            run = Run(os.urandom(16).hex(), self.clock.now(), total, digest, {})
            cursor.execute(
                "INSERT INTO bulk (id, made, connector, operation, connection, digest, total) VALUES (?,?,?,?,?,?,?)",
                (run.id, run.made, *self._whose, digest, total),
            )
            return run, True

    def seen(self, run: Run) -> Iterator[Seen]:
        """What is known of each row, in order; no more than a page is held."""
        last = 0
        while page := self.store.query(_SEEN, (run.id, last, PAGE)):
            for row in page:
                last = row["row"]
                line = json.loads(zlib.decompress(row["line"])) if row["line"] else None
                yield Seen(last, row["state"], row["at"], row["tries"], row["call"], line, row["outcome"])

    def sent(self, run: Run, row: int, call: str, before: Seen | None) -> Future[None]:
        """Before a row is sent: done when that is on disk, failed with Taken where the row is not ours."""
        now = self.clock.now()

        def job(cursor: sqlite3.Cursor) -> None:
            if before is None:
                cursor.execute(_FIRST, (row, now, call, run.id))
            else:
                at = now if before.state == "error" else before.at  # the life of a key begins when it is first sent
                cursor.execute(_AGAIN, (at, call, run.id, row, before.state, before.tries))
            if cursor.rowcount != 1:
                raise Taken

        return self.store.durable(job)

    def over(
        self, run: Run, row: int, state: str, call: str, line: Callable[[], Mapping[str, Any]], *, urgent: bool
    ) -> Future[None] | None:
        """A row is over; `line` makes what is kept of it. With `urgent`, done when that is on disk; else it is soon."""
        now = self.clock.now()

        def job(cursor: sqlite3.Cursor) -> None:
            kept = zlib.compress(json.dumps(line()).encode(), 1)
            cursor.execute(_END, (run.id, row, state, now, call, kept))

        if urgent:
            return self.store.durable(job)
        self.store.later(job, 1000)
        return None


def _runs(rows: list[sqlite3.Row]) -> list[Run]:
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["id"], {})[row["state"]] = row["count"]
    whole = {row["id"]: row for row in rows}
    runs = [
        Run(id, row["made"], row["total"], row["digest"], {state: n for state, n in found[id].items() if state})
        for id, row in whole.items()
    ]
    return sorted(runs, key=lambda run: run.made)
