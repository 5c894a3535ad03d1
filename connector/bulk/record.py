"""The record of one row's call: what the journal keeps of a call, and the state of the row with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..connections import Connection, Wire
from ..context import Context, Record
from ..errors import ConnectorError, OutcomeUnknown
from ..message import Response
from ..operation import EFFECTS, Operation
from ..record.redact import Mask, hides, of_connection, without_hidden, without_named
from .state import Run, Runs, Seen

Line: TypeAlias = dict[str, Any]
"""A result line: row, outcome, output or error, call_id."""


@dataclass(frozen=True, slots=True)
class Todo:
    """A row to run; `before` is what is known of it, None where it is new."""

    row: int
    given: dict[str, Any]
    before: Seen | None


@dataclass(slots=True)
class RowRecord:
    """A Journal of one call and its Record, over those of the client.

    A write is kept as sent with its call's record, before it is sent; `line` is there when the row is over.
    """

    runs: Runs
    run: Run
    todo: Todo
    operation: Operation
    context: Context
    select: Callable[[Any], Any]
    id: str = ""
    line: Line = field(default_factory=dict)
    _record: Record | None = None
    _begun: bool = False

    @property
    def kept(self) -> bool:
        return self._record is not None and self._record.kept

    @property
    def _doubt(self) -> str | None:
        """The call of before that may have happened: a refusal now says nothing of it. None where there is none."""
        before = self.todo.before
        return before.call if before and before.doubtful else None

    def open(self, connection: Connection, operation: Operation, given: dict[str, Any], effect: str) -> Record:
        if self.context.journal:
            self._record = self.context.journal.open(connection, operation, given, effect)
        self.id = self._record.id if self._record and self._record.kept else self.id
        return self

    def begin(self, wire: Wire) -> Future[None] | None:
        kept = self._record.begin(wire) if self._record else None
        if self._begun:
            return kept
        self._begun = True
        return _both(kept, self.runs.sent(self.run, self.todo.row, self._doubt or self.id, self.todo.before))

    def sent(self, wire: Wire) -> None:
        if self._record:
            self._record.sent(wire)

    def answered(self, answer: Response | Exception) -> None:
        if self._record:
            self._record.answered(answer)

    def end(self, output: Any = None, error: BaseException | None = None) -> Future[None] | None:
        kept = self._record.end(output, error) if self._record else None
        if error is not None and not isinstance(error, Exception):
            return kept  # it was given up on the way: the next run knows no more than that it was sent
        over = self.over(output, error)
        return _both(kept, over) if over else kept

    def over(self, output: Any = None, error: Exception | None = None) -> Future[None] | None:
        """The row is over. A Future where something was sent that must not be sent again."""
        state, self.line = self._outcome(output, error)

        def kept() -> Line:
            return self._redacted(output) if error is None else self._redacted()

        return self.runs.over(self.run, self.todo.row, state, self.line.get("call_id", ""), kept, urgent=self._begun)

    def _outcome(self, output: Any, error: Exception | None) -> tuple[str, Line]:
        if error is None:
            return "success", self._line("success", {"output": self.select(output)}, self.id)
        said = {"error": type(error).__name__, "message": str(error)}
        unknown = isinstance(error, OutcomeUnknown)
        if isinstance(error, ConnectorError):
            said = {name: value for name, value in error.as_dict().items() if name != "call_id"}
        else:  # a defect: nobody knows how far it came
            unknown = self._begun
        if unknown or self._doubt is not None:
            return "unknown", self._line("unknown", {"error": said}, self._doubt or self.id)
        written = [line for line in said.get("calls", ()) if EFFECTS.get(line.partition(" ")[0]) != "read"]
        return "partly" if written else "error", self._line("error", {"error": said}, self.id)

    def _line(self, outcome: str, what: Line, call: str) -> Line:
        return {"row": self.todo.row, "outcome": outcome, **what, **({"call_id": call} if call else {})}

    def _redacted(self, output: Any = None) -> Line:
        """The line as it may be kept: without the secrets of the call, whatever holds them."""
        line, hidden = dict(self.line), list[Any]()
        if hides(self.operation, "input"):
            _, hidden = without_hidden(self.todo.given, self.operation.input_schema)
        if output is not None and hides(self.operation, "output"):
            output, more = without_hidden(output, self.operation.output_schema)
            line["output"], hidden = self.select(output), hidden + more
        text, named = without_named(json.dumps(line, default=str))
        mask = Mask({*of_connection(self.context.connection), *map(str, hidden), *named})
        found: Line = _texts(json.loads(text), mask)
        return found


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text in it changed."""
    if isinstance(value, dict):
        return {key: _texts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _both(*parts: Future[None] | None) -> Future[None]:
    """Done when the last is, and the others no later; failed where one is. Who waits for it may go away."""
    waited = [part for part in parts if part]
    whole: Future[None] = Future()
    whole.set_running_or_notify_cancel()

    def done(_: Future[None]) -> None:
        if error := next((found for part in waited if (found := part.exception())), None):
            whole.set_exception(error)
        else:
            whole.set_result(None)

    waited[-1].add_done_callback(done)
    return whole
