"""A document store on SQLite: records are JSON under a kind and an id, and one table of counters gives out ids."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

Doc: TypeAlias = dict[str, Any]
Docs: TypeAlias = list[Doc]
Id: TypeAlias = int | str
Clock: TypeAlias = Callable[[], datetime]

SCHEMA_VERSION = 2
FIRST_ID = 40_000_000_000_001
APPLICATION_ID = 0x5A44534B  # "ZDSK", so that no other program's file is ever emptied
INDEXED = (
    "ticket_id",
    "user_id",
    "organization_id",
    "group_id",
    "requester_id",
    "assignee_id",
    "external_id",
    "name",
    "email",
)


class Unstorable(ValueError):
    """A value that no column can hold, such as an object where an id belongs."""


class ForeignFile(ValueError):
    """The file holds something else than the state of a sandbox."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """The service's way to write a time: ISO 8601, seconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Write:
    """A request that changed the account: `digest` is the SHA-256 of its body, `mark` what its X-Sandbox-Mark said."""

    at: str
    method: str
    path: str
    query: str
    status: int
    digest: str
    mark: str | None


@dataclass(frozen=True)
class Query:
    """The records of one kind, by conditions and in an order.

    A key of `where` is a field with an optional operator behind it:

    - none: equal; a list means any of its values, None means null
    - `<` `<=` `>` `>=` `!`: as they look
    - `~` and `^`: equal, and starts with, without regard to case
    - `@`: the array field holds the value

    A field may be a dotted path.
    """

    kind: str
    where: Mapping[str, Any] = field(default_factory=dict)
    order: str = "id"
    descending: bool = False

    def also(self, **where: Any) -> Query:
        return replace(self, where={**self.where, **where})


class Store:
    """Records and counters; every use of it happens inside `transaction`."""

    def __init__(self, path: str | os.PathLike[str] | None = None, clock: Clock = utc_now) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        if path is not None:
            with suppress(FileExistsError):  # to open and close one that is there would let go of SQLite's locks on it
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))  # its owner's alone
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=15)
        self.close = weakref.finalize(self, self._db.close)  # or when nobody holds the store any more
        self._db.execute("PRAGMA busy_timeout = 15000")
        if path is not None:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")

    def _run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        for value in values:
            if not isinstance(value, str | int | float | None) or (isinstance(value, int) and abs(value) >= 2**63):
                raise Unstorable(f"{str(value)[:80]} is not a valid value here")
        try:
            return self._db.execute(sql, values)
        except UnicodeEncodeError:
            raise Unstorable("half of a surrogate pair is not a valid value here") from None

    @property
    def version(self) -> int:
        """0 for a new or empty file; otherwise the layout that it was written with."""
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and self._db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise ForeignFile("the file holds something else than the state of a sandbox")
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def create(self) -> None:
        """Empty the file and lay out the tables; call it inside a write transaction."""
        for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            self._db.execute(f'DROP TABLE "{name}"')
        self._db.execute("CREATE TABLE docs (kind TEXT, id, body TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")
        self._db.execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID")
        self._db.execute(
            "CREATE TABLE writes (number INTEGER PRIMARY KEY, at, method, path, query, status, digest, mark)"
        )
        for name in INDEXED:
            self._db.execute(f"CREATE INDEX docs_{name} ON docs (kind, {_column(name)})")
        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def transaction(self, write: bool = True) -> Iterator[None]:
        """One request, one transaction; an exception undoes it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def now(self) -> str:
        return stamp(self.clock())

    def next_id(self, counter: str = "id", first: int = FIRST_ID) -> int:
        """The next number of a counter: 1 more than the last, on the first call `first`."""
        row = self._run(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter, first),
        ).fetchone()
        return int(row[0])

    def put(self, kind: str, doc: Doc, id: Id | None = None) -> Doc:
        """Write a record whole, under `id` or its own `id`."""
        key = doc["id"] if id is None else id
        self._run("INSERT OR REPLACE INTO docs VALUES (?, ?, ?)", (kind, key, json.dumps(doc)))
        return doc

    def get(self, kind: str, id: Id | None) -> Doc | None:
        row = self._run("SELECT body FROM docs WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return json.loads(row[0]) if row else None

    def many(self, kind: str, ids: Sequence[Id]) -> Docs:
        """The records with these ids, in the order of the ids; missing ones are left out."""
        found = {doc["id"]: doc for doc in self.list(kind, id=tuple(ids))} if ids else {}
        return [found[id] for id in dict.fromkeys(ids) if id in found]

    def delete(self, kind: str, id: Id) -> bool:
        return self._run("DELETE FROM docs WHERE kind = ? AND id = ?", (kind, id)).rowcount > 0

    def wrote(self, write: Write) -> None:
        """Record a request, in the transaction of what it changed."""
        self._run("INSERT INTO writes VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", astuple(write))

    def writes(self, mark: str | None = None) -> tuple[Write, ...]:
        """What was recorded, in order; all of it, or what carries this mark."""
        sql = "SELECT at, method, path, query, status, digest, mark FROM writes WHERE ?1 IS NULL OR mark = ?1"
        return tuple(Write(*row) for row in self._run(f"{sql} ORDER BY number", (mark,)))

    def list(self, kind: str, **where: Any) -> Docs:
        return self.select(Query(kind, where))

    def first(self, kind: str, **where: Any) -> Doc | None:
        return next(iter(self.select(Query(kind, where), limit=1)), None)

    def count(self, query: Query) -> int:
        sql, values = _where(query)
        return int(self._run(f"SELECT count(*) FROM docs WHERE {sql}", values).fetchone()[0])

    def select(
        self,
        query: Query,
        limit: int = -1,
        offset: int = 0,
        after: tuple[Any, Id] | None = None,
        backwards: bool = False,
    ) -> Docs:
        """Records in the order of the query: past the (value, id) of `after`, or, `backwards`, the ones before it."""
        sql, values = _where(query)
        column = "id" if query.order == "id" else f"ifnull({_column(query.order)}, '')"
        down = query.descending != backwards
        if after is not None:
            sql += f" AND ({column}, id) {'<' if down else '>'} (?, ?)"
            values += after
        way = "DESC" if down else "ASC"
        rows = self._run(
            f"SELECT body FROM docs WHERE {sql} ORDER BY {column} {way}, id {way} LIMIT ? OFFSET ?",
            [*values, limit, offset],
        ).fetchall()
        docs = [json.loads(body) for (body,) in rows]
        return docs[::-1] if backwards else docs


def _column(name: str) -> str:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"not a field name: {name}")
    return "id" if name == "id" else f"json_extract(body, '$.{name}')"


def _where(query: Query) -> tuple[str, list[Any]]:
    parts, values = ["kind = ?"], [query.kind]
    for key, value in query.where.items():
        name = key.rstrip("<>=!~^@")
        operator, column = key[len(name) :], _column(name)
        if operator == "@":
            wanted = list(value) if isinstance(value, list | tuple) else [value]
            parts += [f"EXISTS (SELECT 1 FROM json_each(body, '$.{name}') WHERE value = ?)"] * len(wanted)
            values += wanted
            continue
        elif operator == "~":
            parts.append(f"lower({column}) = lower(?)")
        elif operator == "^":
            parts.append(f"lower(substr({column}, 1, length(?))) = lower(?)")
            values.append(value)
        elif value is None:
            parts.append(f"{column} IS {'NOT ' if operator == '!' else ''}NULL")
            continue
        elif isinstance(value, list | tuple):
            parts.append(f"{column} {'NOT ' if operator == '!' else ''}IN ({', '.join('?' * len(value))})")
            values += value
            continue
        else:
            parts.append(f"{column} {'IS NOT' if operator == '!' else operator or '='} ?")
        values.append(value)
    return " AND ".join(parts), values
