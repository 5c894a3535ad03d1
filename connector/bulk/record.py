"""The record of one row's call: what the journal keeps of a call, and the state of the row with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..context import Context
from ..errors import ConnectorError, OutcomeUnknown
from ..operation import EFFECTS, Operation
from ..record.around import Around, both
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


@dataclass
class RowRecord(Around):
    """The record of the call, over that of the client.

    A write is kept as sent with its call's record, before it is sent; `line` is there when the row is over.
    """

    runs: Runs
    run: Run
    todo: Todo
    operation: Operation
    context: Context
    select: Callable[[Any], Any]
    line: Line = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.context.journal)

    @property
    def _doubt(self) -> str | None:
        """The call of before that may have happened: a refusal now says nothing of it. None where there is none."""
        before = self.todo.before
        return before.call if before and before.doubtful else None

    def leaves(self) -> Future[None]:
        return self.runs.sent(self.run, self.todo.row, self._doubt or self.id, self.todo.before)

    def end(self, output: Any = None, error: BaseException | None = None) -> Future[None] | None:
        kept = super().end(output, error)
        if error is not None and not isinstance(error, Exception):
            return kept  # it was given up on the way: the next run knows no more than that it was sent
        over = self.over(output, error)
        return both(kept, over)

    def over(self, output: Any = None, error: Exception | None = None) -> Future[None] | None:
        """The row is over. A Future where something was sent that must not be sent again."""
        state, self.line = self._outcome(output, error)

        def kept() -> Line:
            return self._redacted(output) if error is None else self._redacted()

        return self.runs.over(self.run, self.todo.row, state, self.line.get("call_id", ""), kept, urgent=self.begun)

    def _outcome(self, output: Any, error: Exception | None) -> tuple[str, Line]:
        if error is None:
            return "success", self._line("success", {"output": self.select(output)}, self.id)
        said = {"error": type(error).__name__, "message": str(error)}
        unknown = isinstance(error, OutcomeUnknown)
        if isinstance(error, ConnectorError):
            said = {name: value for name, value in error.as_dict().items() if name != "call_id"}
        else:  # a defect: nobody knows how far it came
            unknown = self.begun
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
