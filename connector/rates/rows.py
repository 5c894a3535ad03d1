"""The limits in the store: what the processes that share it tell each other."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from ..connections import Connection
from ..store import Store
from .bucket import GRACE, Bucket, Truth

APART = "#"  # stands between the name of a bucket and which of several of that name it is
OLD = 30 * 86400  # seconds after which a limit that nobody met is forgotten

ROWS = "SELECT bucket, total, remaining, resets, sent, heard, operations FROM rates WHERE connection = ?"
OTHERS = "SELECT coalesce(sum(held), 0) FROM leases WHERE connection = ? AND bucket = ? AND holder <> ? AND until > ?"
KEEP = """
    INSERT INTO rates VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connection, bucket) DO UPDATE SET
    total = excluded.total, remaining = excluded.remaining, resets = excluded.resets, sent = excluded.sent,
    heard = excluded.heard, operations = excluded.operations
"""
HOLD = """
    INSERT INTO leases VALUES (?, ?, ?, ?, ?) ON CONFLICT (connection, bucket, holder) DO UPDATE SET
    held = excluded.held, until = excluded.until
"""
FORGET = "DELETE FROM rates WHERE resets <= ? OR (resets <= ? AND (total = 0 OR bucket LIKE '%#%'))"
EXPIRE = "DELETE FROM leases WHERE until <= ?"
RELEASE = "DELETE FROM leases WHERE connection = ? AND holder = ?"


def key(connection: Connection) -> str:
    """What the store calls the limits of a connection: its connector, its name and its host."""
    return f"{connection.connector.name}:{connection.name}@{urlsplit(connection.base_url).netloc}"


class Rows:
    """The rows of one connection, as one `holder` of leases reads and writes them."""

    def __init__(self, connection: str, holder: str) -> None:
        self._connection, self._holder = connection, holder

    def all(self, store: Store) -> Iterator[tuple[str, Truth, list[str]]]:
        """Every bucket that is known: its name, the truth of it, and what is counted in it."""
        for row in store.query(ROWS, (self._connection,)):
            yield row[0], Truth(*row[1:6]), json.loads(row[6])

    def one(self, cursor: sqlite3.Cursor, name: str) -> tuple[Truth, list[str]] | None:
        """The same of one bucket."""
        row = cursor.execute(ROWS + " AND bucket = ?", (self._connection, name)).fetchone()
        return (Truth(*row[1:6]), json.loads(row[6])) if row else None

    def others(self, cursor: sqlite3.Cursor, name: str, now: float) -> int:
        """How many requests of a bucket the other holders may send, or have under way."""
        held: int = cursor.execute(OTHERS, (self._connection, name, self._holder, now)).fetchone()[0]
        return held

    def keep(self, cursor: sqlite3.Cursor, name: str, bucket: Bucket, counted: Iterable[str]) -> None:
        """Write what is known of a bucket, and what this holder has of it."""
        cursor.execute(KEEP, (self._connection, name, *bucket.truth, json.dumps(sorted(counted)[:100])))
        until = bucket.truth.resets + GRACE
        cursor.execute(HOLD, (self._connection, name, self._holder, bucket.held, until))

    def release(self, cursor: sqlite3.Cursor) -> None:
        """Give back what this holder has."""
        cursor.execute(RELEASE, (self._connection, self._holder))

    @staticmethod
    def tidy(cursor: sqlite3.Cursor, now: float) -> None:
        """Take away what is over, of all connections."""
        cursor.execute(FORGET, (now - OLD, now))
        cursor.execute(EXPIRE, (now,))


def known(store: Store, name: str, now: float) -> list[dict[str, Any]]:
    """The limits of the connections of a name (or `connector:name`): `connection`, `limit`, `total`, `remaining`,
    `resets_in` seconds (null where its window is over), a limit each.

    Of several things that one limit counts apart, the one nearest its end.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    select = "SELECT connection, bucket, total, remaining, resets, sent FROM rates ORDER BY connection, bucket"
    for place, bucket, total, remaining, resets, sent in store.query(select):
        connection, limit = place.partition("@")[0], bucket.partition(APART)[0]
        over = resets <= now or not sent  # a window of which nothing was heard
        if name not in (connection, connection.partition(":")[2]) or (over and not total):
            continue
        one = {"connection": connection, "limit": limit, "total": total or None}
        one |= {"remaining": total if over else remaining, "resets_in": None if over else round(resets - now, 3)}
        found[place, limit] = min(found.get((place, limit), one), one, key=lambda one: int(one["remaining"]))
    return list(found.values())
