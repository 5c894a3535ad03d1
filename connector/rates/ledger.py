"""The rate ledger: what a service's answers say of its limits, so that a call waits before it is refused.

Processes that share a store share the limit: each leases a part of what is free, in one short transaction, and uses it
from memory. Nothing waits before a limit is known.
"""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..clock import Clock
from ..connections import Connection
from ..errors import UsageError
from ..message import ABSENT, Request, Response
from ..operation import Operation
from ..refusal import after
from ..steps import NotSent
from ..store import Store
from ..template import Expression
from .bucket import Bucket
from .headers import ACCOUNT, Reader, Said
from .rows import APART, Rows, key


@dataclass(slots=True)
class _Sent:
    """A request under way: when it left, of what kind it is, and the buckets that it is counted in."""

    at: float
    kind: str
    path: str
    request: Request
    keys: set[str] = field(default_factory=set)


class Ledger:
    """The limits of one connection, for all threads of a process; `context.Rates`. Without a store, of this one alone.

    Its connector's `rates` says what a general header does not: `buckets`, the service's own headers; `separate`,
    accounts of their own by the prefix of a path; `apart`, buckets of one name that count several things; `window`, the
    seconds of a window where no answer says. Without a store nothing is shared, and nothing remembered.
    """

    def __init__(
        self, store: Store | None, connection: Connection, clock: Clock, chance: Callable[[], float] = random.random
    ) -> None:
        spec = connection.connector.spec.get("rates", {})
        self._store, self._clock, self._chance = store, clock, chance
        self._base = connection.base_url
        self._rows = Rows(key(connection), os.urandom(16).hex())
        self._reader, self._window = Reader(spec.get("buckets")), float(spec.get("window", 60))
        self._separate = tuple(spec.get("separate", {}).items())
        self._apart: dict[str, str] = spec.get("apart", {})
        self._buckets: dict[str, Bucket] = {}
        self._counted: defaultdict[str, set[str]] = defaultdict(set)  # a kind of request: names of buckets
        self._sent: dict[int, _Sent] = {}
        self._loaded = self._telling = False
        self._lock = threading.RLock()

    # -- what a call asks ------------------------------------------------------------------------------------------

    def wait(self, operation: Operation, request: Request) -> float:
        """Seconds to wait before sending; 0 counts the request as sent, until `heard` is told what became of it."""
        path = self._path(request)
        if path is None:
            return 0.0
        with self._lock:
            if not self._loaded:
                self._load()
            now, kind = self._clock.now(), _kind(operation, request)
            known = [(name, bucket) for name in self._keys(kind, path, request) if (bucket := self._live(name, now))]
            short = [pair for pair in known if not pair[1].ready()]
            if short and (seconds := self._ask(short, now)):
                return seconds
            for _, bucket in known:
                bucket.lease -= 1
                bucket.out += 1
            self._sent[id(request)] = _Sent(now, kind, path, request, {name for name, _ in known})
            return 0.0

    def heard(self, operation: Operation, request: Request, answer: Response | Exception) -> float | None:
        """Take in what became of a request; where it was refused by a limit, the seconds until it opens."""
        with self._lock:
            sent = self._sent.pop(id(request), None)
            if sent is None:
                return None
            now, at, asked = self._clock.now(), sent.at, None
            said = self._reader.read(answer.headers, now) if isinstance(answer, Response) else []
            if isinstance(answer, Response) and answer.status == 429:
                said, asked = _refused(said, after(answer, now), sent.kind)
                at = now  # whatever else is known, this is so
            told = {self._key(one.bucket, sent.path, request): one for one in said}
            for name in sent.keys:
                if bucket := self._buckets.get(name):
                    bucket.out -= 1
                    if name not in told and not isinstance(answer, NotSent):
                        bucket.doubts(now)
            for name, one in told.items():
                self._hear(name, one, sent, at, now)
            if told and self._store and not self._telling:
                self._telling = True
                self._store.later(self._tell)
            return asked

    def close(self) -> None:
        """Give back what is leased."""
        with self._lock:
            for bucket in self._buckets.values():
                bucket.lease = 0
            if self._buckets and self._store:
                self._store.later(self._rows.release)

    # -- which buckets ---------------------------------------------------------------------------------------------

    def _path(self, request: Request) -> str | None:
        """The path of a request to the connection's own service."""
        path = request.url.partition("?")[0]
        return path if path.startswith("/") else path.removeprefix(self._base) if path.startswith(self._base) else None

    def _keys(self, kind: str, path: str, request: Request) -> list[str]:
        names = [ACCOUNT, *self._counted[kind]] if kind in self._counted else [ACCOUNT]
        return [self._key(name, path, request) for name in names]

    def _key(self, name: str, path: str, request: Request) -> str:
        """The bucket of that name which counts this request."""
        if name == ACCOUNT:
            return next((other for other, prefix in self._separate if path.startswith(prefix)), name)
        if name not in self._apart:
            return name
        body = None if request.json is ABSENT else request.json
        try:
            found = Expression(self._apart[name])({"path": path, "body": body})
        except ValueError:
            found = None
        import hashlib

        return f"{name}{APART}{hashlib.sha256(json.dumps(found).encode()).hexdigest()[:12]}"

    def _live(self, name: str, now: float) -> Bucket | None:
        if bucket := self._buckets.get(name):
            bucket.turn(now)
            if bucket.truth.resets <= now:  # nothing is known of it but that it was closed
                del self._buckets[name]
                return None
        return bucket

    def _hear(self, name: str, said: Said, sent: _Sent, at: float, now: float) -> None:
        bucket, new = self._live(name, now), name not in sent.keys
        if bucket:
            bucket.hear(said, at, now)
        else:
            bucket = self._buckets[name] = Bucket.first(said, at, now, self._window)
        if not new:
            return
        if said.bucket != ACCOUNT:
            self._counted[sent.kind].add(said.bucket)
        for other in self._sent.values():  # what left before the bucket was known to count it
            if name not in other.keys and name in self._keys(other.kind, other.path, other.request):
                other.keys.add(name)
                bucket.out += 1

    # -- what processes share --------------------------------------------------------------------------------------

    def _ask(self, short: Iterable[tuple[str, Bucket]], now: float) -> float:
        """Lease a share of each bucket, or the seconds until there is one."""
        for _, bucket in short:
            if bucket.truth.remaining <= 0:
                return bucket.pause(0, now, self._chance())
            if now < bucket.asked:
                return bucket.asked - now
        try:
            if self._store:
                with self._store.transaction(synced=False) as cursor:
                    return self._lease(short, now, cursor)
        except UsageError as error:
            self._go_alone(error)
        return self._lease(short, now, None)

    def _lease(self, short: Iterable[tuple[str, Bucket]], now: float, cursor: sqlite3.Cursor | None) -> float:
        free: list[tuple[str, Bucket, int]] = []
        for name, bucket in short:
            others = self._meet(name, bucket, now, cursor) if cursor else 0
            free.append((name, bucket, bucket.free - others))
        chance = self._chance()
        seconds = max(bucket.pause(left, now, chance) for _, bucket, left in free)
        for name, bucket, left in free:
            if not seconds:
                bucket.take(left)
            if cursor:
                self._keep(name, bucket, cursor)
        return seconds

    def _meet(self, name: str, bucket: Bucket, now: float, cursor: sqlite3.Cursor) -> int:
        """Take in what the others know of a bucket; how many requests they hold."""
        if row := self._rows.one(cursor, name):
            bucket.meet(row[0], now)
            self._note(name, row[1])
        bucket.turn(now)
        return self._rows.others(cursor, name, now)

    def _keep(self, name: str, bucket: Bucket, cursor: sqlite3.Cursor) -> None:
        plain = name.partition(APART)[0]
        self._rows.keep(cursor, name, bucket, (kind for kind, names in self._counted.items() if plain in names))

    def _tell(self, cursor: sqlite3.Cursor) -> None:
        """Write what is known for the others; in the store's own thread, which holds the store while it waits."""
        self._telling = False
        if not self._lock.acquire(blocking=False):
            return  # a call is at it, and will tell
        try:
            now = self._clock.now()
            for name in [name for name, bucket in self._buckets.items() if APART in name and bucket.idle(now)]:
                del self._buckets[name]
            for name, bucket in self._buckets.items():
                half = 2 * bucket.truth.remaining <= bucket.truth.total
                if APART not in name or half:  # there are many of these, and few are ever near their end
                    self._meet(name, bucket, now, cursor)
                    self._keep(name, bucket, cursor)
            self._rows.tidy(cursor, now)
        finally:
            self._lock.release()

    def _load(self) -> None:
        """Begin with what other processes know."""
        self._loaded = True
        if self._store is None:
            return
        try:
            for name, truth, counted in self._rows.all(self._store) if self._store.file.exists() else ():
                self._buckets[name] = Bucket(truth, self._window)
                self._note(name, counted)
        except UsageError as error:
            self._go_alone(error)

    def _note(self, name: str, counted: Iterable[str]) -> None:
        for kind in counted:
            self._counted[kind].add(name.partition(APART)[0])

    def _go_alone(self, error: UsageError) -> None:
        import logging

        self._store = None
        logging.getLogger("connector").warning("The limits are not shared with other processes: %s", error.message)


def _kind(operation: Operation, request: Request) -> str:
    """What is counted alike: an operation; of a handler, which may send several, a request whatever its ids."""
    return re.sub(r"\d+", "N", request.line) if operation.handler else operation.name


def _refused(said: list[Said], seconds: float | None, kind: str) -> tuple[list[Said], float | None]:
    """What a 429 says: the limits that it shows used up, else a limit of this kind of request that it does not show."""
    used = [one for one in said if one.remaining == 0]
    if not used and seconds is not None:
        used = [Said(kind if said else ACCOUNT, None, 0, seconds)]
    closed = [Said(one.bucket, one.total, 0, max(one.resets or 0.0, seconds or 0.0) or None) for one in used]
    waits = [one.resets for one in closed if one.resets is not None]
    return [one for one in said if one.remaining] + closed, max(waits, default=None)
