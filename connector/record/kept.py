"""Reads the record of calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from ..errors import UsageError
from ..store import Store
from .exchanges import read

ENDINGS = {"sent": "unknown"}
"""A call that was sent and has no end: its process was killed, or is still at it."""

BRIEF = "id, at, connector, operation, connection, effect, outcome, seconds, attempts, code, error, reconciled"


@dataclass(frozen=True, slots=True)
class Kept:
    """A call as the record has it, redacted. Times are seconds since 1970; `seconds` is None where it has no end."""

    id: str
    at: float
    connector: str
    operation: str
    connection: str
    base_url: str
    effect: str
    outcome: str
    seconds: float | None
    attempts: int
    code: str | None
    input: dict[str, Any]
    exchanges: list[dict[str, Any]]
    error: dict[str, Any] | None
    reconciled: dict[str, Any] | None

    @property
    def ending(self) -> str:
        """success, error or unknown."""
        return ENDINGS.get(self.outcome, self.outcome)


def find(store: Store, id: str) -> Kept:
    """A call by its id or the beginning of it; UsageError where there is none, or more than one."""
    found = some(store, "substr(id, 1, ?) = ? LIMIT 2", len(id), id) if id else []
    if len(found) != 1:
        hint = "Give more of its id." if found else "See connector calls."
        raise UsageError(f"There is {'more than one' if found else 'no'} call {id}. {hint}")
    return found[0]


def some(store: Store, where: str, *values: Any) -> list[Kept]:
    """The calls that a condition of SQL holds for."""
    store.flush()
    names = [field.name for field in fields(Kept) if field.name != "exchanges"]
    rows = store.query(
        f"SELECT {', '.join(names)}, said, place, length FROM calls JOIN blocks ON first = block WHERE {where}",  # noqa: S608
        values,
    )
    found = []
    for row in rows:
        columns = {**row, **_parsed(row, "input", "error", "reconciled")}
        exchanges = read(columns.pop("said"), columns.pop("place"), columns.pop("length"))
        found.append(Kept(**columns, exchanges=exchanges))
    return found


def brief(store: Store, last: int, connection: str | None, operation: str | None, outcome: str | None) -> list[Any]:
    """The last calls, the newest at the end, without what was said: each a dict of the columns in BRIEF."""
    store.flush()
    wanted = {"connection": connection, "operation": operation}
    where = [(f"{name} = ?", [value]) for name, value in wanted.items() if value]
    if outcome:
        found = [outcome, *(name for name, ending in ENDINGS.items() if ending == outcome)]
        where.append((f"outcome IN ({', '.join('?' * len(found))})", found))
    condition = " AND ".join(text for text, _ in where) or "TRUE"
    rows = store.query(
        f"SELECT {BRIEF} FROM calls WHERE {condition} ORDER BY at DESC LIMIT ?",  # noqa: S608 # our names
        [*(value for _, values in where for value in values), last],
    )
    return [
        {**row, "outcome": ENDINGS.get(row["outcome"], row["outcome"]), **_parsed(row, "error", "reconciled")}
        for row in reversed(rows)
    ]


def _parsed(row: Any, *names: str) -> dict[str, Any]:
    return {name: row[name] and json.loads(row[name]) for name in names}
