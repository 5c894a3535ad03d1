"""A request under an Idempotency-Key is carried out once, and its answer is kept: for this process and for others.

A row says who carries a request out and until when they are taken for alive, whether a write has left, and the answer.
Where somebody died over it, it is done again if nothing can have left, or if the service itself knows the key.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from sqlite3 import Cursor
from typing import Any

from ..accounts.saved import vault
from ..accounts.vault import Locked
from ..clock import Clock
from ..errors import ConnectorError, OutcomeUnknown, UsageError
from ..record.around import Around
from ..store import Store
from .problems import Problem, finds_out
from .route import Answer

log = logging.getLogger("connector.api")

KEPT = 86400.0  # seconds that an answer is kept
LEASE = 30.0  # seconds after which a process that has not said otherwise is taken for dead
POLL = 0.1  # seconds between two looks at what another process is at
FINISH = 10.0  # seconds that what is under way may still take when all who asked have gone

CALL_ID = "X-Call-Id"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under a key of a tenant's; `digest` tells it from others.

    `writes` says whether it may change anything; `known` how many seconds the service itself knows its key.
    """

    tenant: str
    key: str
    digest: str
    writes: bool
    known: float = 0.0

    @property
    def passed(self) -> str:
        """The key that the service is given: no other request of anybody has it."""
        return hashlib.sha256("\n".join((self.tenant, self.key, self.digest)).encode()).hexdigest()[:32]


class Leaving(Around):
    """A call under way; `mark` is what must be done before its first write leaves."""

    mark: Callable[[str], Future[None]] | None = None

    def leaves(self) -> Future[None] | None:
        return self.mark(self.id) if self.mark else None


class Taken(Exception):
    """Another process carries the request out by now."""


class Answers:
    """Those of one store. What it carries out goes on where whoever asked goes away."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._tasks: set[asyncio.Task[Any]] = set()
        self._under_way: dict[tuple[str, str], tuple[Asked, Leaving, asyncio.Task[Answer]]] = {}

    async def aclose(self) -> None:
        """Let what is under way come to its end, for a while."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FINISH)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def apart(self, work: Coroutine[Any, Any, Answer], call: Leaving) -> Answer:
        """What work comes to that writes. It goes on where this is cancelled: then Problem 504, unknown."""
        return await _shielded(self._begun(work), call, writes=True)

    async def once(self, asked: Asked, call: Leaving, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a request under a key: of `work`, or as it was given before, with `Idempotency-Replayed`.

        Where `work` raises a ConnectorError, nothing was done and nothing is kept. Problem 422 where the key is of
        another request, 504 where nobody knows what became of it.
        """
        place = asked.tenant, asked.key
        while True:
            with suppress(Taken):
                if known := self._under_way.get(place):
                    if known[0].digest != asked.digest:
                        raise reused()
                    return _replayed(await _shielded(known[2], known[1], writes=asked.writes))
                found = await asyncio.to_thread(self._take, asked)
                if isinstance(found, Answer):
                    return _replayed(found)
                if found.mine:
                    task = self._begun(self._carry_out(asked, found.holder, call, work))
                    self._under_way[place] = asked, call, task
                    task.add_done_callback(lambda _: self._under_way.pop(place))
                    return await _shielded(task, call, writes=asked.writes)
                await _waited(found, writes=asked.writes)

    def _begun(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Answer]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # so that asyncio does not complain where nobody looked

    async def _carry_out(
        self, asked: Asked, holder: str, call: Leaving, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        call.mark = partial(self._mark, asked, holder)
        alive = asyncio.create_task(self._stay(asked, holder))
        end: Callable[[Cursor], object] = partial(_give_up, asked, holder)
        try:
            answer = await work()
            end = partial(self._keep, asked, holder, answer)
            return answer
        except ConnectorError:
            end = partial(_forget, asked, holder)
            raise
        except BaseException:
            if not call.begun:
                end = partial(_forget, asked, holder)
            raise
        finally:
            alive.cancel()
            await asyncio.to_thread(self._end, end, synced=asked.writes)

    # -- the row, in a thread ------------------------------------------------------------------------------------------

    def _take(self, asked: Asked) -> Answer | Held:
        """The answer that was kept; else who carries it out: this process, where nobody did or they died."""
        now, holder = self._clock.now(), secrets.token_hex(8)
        with self._store.transaction(synced=False) as cursor:
            cursor.execute("DELETE FROM answers WHERE made < ? AND until < ?", (now - KEPT, now))
            row = cursor.execute(_ROW, (asked.tenant, asked.key)).fetchone()
            if row is None:
                cursor.execute(_FIRST, (holder, now + LEASE, asked.tenant, asked.key, asked.digest, now))
                return Held(holder, mine=True)
            if row["asked"] != asked.digest:
                raise reused()
            if row["answer"] is not None and (found := self._opened(row)):
                return found
            if row["answer"] is None and row["until"] > now:
                return Held(row["holder"], mine=False, call=row["call"] or "")
            if row["sent"] is not None and now >= row["sent"] + asked.known:
                raise outcome_unknown(row["call"] or "", CUT_OFF)
            cursor.execute(_AGAIN, (holder, now + LEASE, asked.tenant, asked.key))
            return Held(holder, mine=True)

    def _opened(self, row: Any) -> Answer | None:
        """The answer of a row; None where its key is lost."""
        try:
            kept = vault(self._store).open(row["answer"], row["sealed"])
        except (Locked, UsageError):
            return None
        headers = [(name, value) for name, value in kept["headers"]]
        return Answer(None, kept["status"], headers, kept["content"].encode(), media=kept["media"])

    def _mark(self, asked: Asked, holder: str, call: str) -> Future[None]:
        """Before a write leaves: done when that is on disk, failed with Taken where the row is not ours."""

        def job(cursor: Cursor) -> None:
            cursor.execute(_SENT, (self._clock.now(), call, asked.tenant, asked.key, holder))
            if cursor.rowcount != 1:
                raise Taken

        return self._store.durable(job)

    async def _stay(self, asked: Asked, holder: str) -> None:
        """Say again and again that this process is alive."""
        while True:
            await asyncio.sleep(LEASE / 3)
            self._store.later(partial(_lease, asked, holder, self._clock.now() + LEASE))

    def _keep(self, asked: Asked, holder: str, answer: Answer, cursor: Cursor) -> None:
        kept = {"status": answer.status, "headers": list(answer.headers), "media": answer.media}
        said, key = vault(self._store).seal({**kept, "content": (answer.content or b"").decode()})
        cursor.execute(_OVER, (said, key, asked.tenant, asked.key, holder))

    def _end(self, end: Callable[[Cursor], object], *, synced: bool) -> None:
        try:
            with self._store.transaction(synced=synced) as cursor:
                end(cursor)
        except ConnectorError as error:  # what was carried out is no error because that could not be written down
            log.warning("The answer to a request under an Idempotency-Key was not kept: %s", error)


@dataclass(frozen=True, slots=True)
class Held:
    """Who carries a request out, `mine` if whoever looked. `call` is its record, where a write may have left."""

    holder: str
    mine: bool
    call: str = ""


_ROW = "SELECT * FROM answers WHERE tenant = ? AND key = ?"
_FIRST = "INSERT INTO answers (holder, until, tenant, key, asked, made) VALUES (?, ?, ?, ?, ?, ?)"
_AGAIN = "UPDATE answers SET holder = ?, until = ?, answer = NULL, sealed = NULL WHERE tenant = ? AND key = ?"
# of whoever carries it out, while there is no answer
_SENT = """
    UPDATE answers SET sent = coalesce(sent, ?), call = ?
    WHERE tenant = ? AND key = ? AND holder = ? AND answer IS NULL
"""
_UNTIL = "UPDATE answers SET until = ? WHERE tenant = ? AND key = ? AND holder = ? AND answer IS NULL"
_OVER = "UPDATE answers SET answer = ?, sealed = ? WHERE tenant = ? AND key = ? AND holder = ? AND answer IS NULL"
_GONE = "DELETE FROM answers WHERE tenant = ? AND key = ? AND holder = ? AND answer IS NULL"


def _lease(asked: Asked, holder: str, until: float, cursor: Cursor) -> None:
    cursor.execute(_UNTIL, (until, asked.tenant, asked.key, holder))


def _give_up(asked: Asked, holder: str, cursor: Cursor) -> None:
    """What became of it nobody knows: the next who asks need not wait."""
    _lease(asked, holder, 0.0, cursor)


def _forget(asked: Asked, holder: str, cursor: Cursor) -> None:
    """Nothing was done: the key may be used again."""
    cursor.execute(_GONE, (asked.tenant, asked.key, holder))


async def _shielded(task: asyncio.Task[Answer], call: Leaving, *, writes: bool) -> Answer:
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if writes:
            raise outcome_unknown(call.id, UNDER_WAY) from None
        raise


async def _waited(other: Held, *, writes: bool) -> None:
    """Some time, in which another process goes on."""
    try:
        await asyncio.sleep(POLL)
    except asyncio.CancelledError:
        if writes:
            raise outcome_unknown(other.call, UNDER_WAY) from None
        raise


def _replayed(answer: Answer) -> Answer:
    return replace(answer, headers=[*answer.headers, ("Idempotency-Replayed", "true")])


UNDER_WAY = "It is still under way: it may have happened."
CUT_OFF = "The server was stopped while this was under way: it may have happened."


def reused() -> Problem:
    detail = "This Idempotency-Key was used for another request. Use a new one for each."
    return Problem(422, detail, code="#idempotency_key_reused")


def outcome_unknown(call: str, why: str) -> Problem:
    """504: nobody knows yet what became of a write; how to find out, where it has a record."""
    hint = finds_out(call) if call else "Look before you repeat it."
    more: dict[str, Any] = {"kind": OutcomeUnknown.__name__, "retryable": False, "mended_by": OutcomeUnknown.mended_by}
    return Problem(
        504,
        f"{why} {hint}",
        code=OutcomeUnknown.code,
        headers=[(CALL_ID, call)] if call else [],
        **more,
        **({"call_id": call} if call else {}),
    )
