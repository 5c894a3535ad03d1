"""A journal around another, for one call: it knows the call while it goes on, and when its first write is to leave."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from ..connections import Connection, Wire
from ..context import Journal, Record
from ..message import Response
from ..operation import Operation


class Around:
    """A Journal and the Record that it opens: `id` is empty where none is kept, `begun` says that a write may leave."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.journal = journal
        self.id, self.begun = "", False
        self._record: Record | None = None

    @property
    def kept(self) -> bool:
        return self._record is not None and self._record.kept

    def open(self, connection: Connection, operation: Operation, given: dict[str, Any], effect: str) -> Record:
        self._record = self.journal.open(connection, operation, given, effect) if self.journal else None
        self.id, self.begun = self._record.id if self._record and self._record.kept else "", False
        return self

    def leaves(self) -> Future[None] | None:
        """Before the first request that writes: done when it may leave."""
        return None

    def begin(self, wire: Wire) -> Future[None] | None:
        kept = self._record.begin(wire) if self._record else None
        if self.begun:
            return kept
        self.begun = True
        return both(kept, self.leaves())

    def sent(self, wire: Wire) -> None:
        if self._record:
            self._record.sent(wire)

    def answered(self, answer: Response | Exception) -> None:
        if self._record:
            self._record.answered(answer)

    def end(self, output: Any = None, error: BaseException | None = None) -> Future[None] | None:
        return self._record.end(output, error) if self._record else None


def both(*parts: Future[None] | None) -> Future[None] | None:
    """Done when the last is, and the others no later; failed where one is. Who waits for it may go away."""
    waited = [part for part in parts if part]
    if not waited:
        return None
    whole: Future[None] = Future()
    whole.set_running_or_notify_cancel()

    def done(_: Future[None]) -> None:
        if error := next((found for part in waited if (found := part.exception())), None):
            whole.set_exception(error)
        else:
            whole.set_result(None)

    waited[-1].add_done_callback(done)
    return whole
