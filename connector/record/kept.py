"""Reads the record of calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from ..errors import UnknownNameError
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


def find(store: Store, id: str, *, tenant: str | None = None) -> Kept:
    """A call by its id or the beginning of it; UnknownNameError where there is none, or more than one.

    With a tenant, which is empty for this machine's own, only one of theirs; so too in `brief`.
    """
    theirs, values = _of(tenant)
    found = some(store, f"substr(id, 1, ?) = ? AND {theirs} LIMIT 2", len(id), id, *values) if id else []
    if len(found) != 1:
        hint = "Give more of its id." if found else "See connector calls." if tenant is None else ""
        raise UnknownNameError(f"There is {'more than one' if found else 'no'} call {id}. {hint}".rstrip())
    return found[0]


def _of(tenant: str | None) -> tuple[str, list[Any]]:
    """A condition of SQL for the calls of a tenant, and its values. To LIKE, a name's `_` is any letter."""
    if not tenant:
        return "TRUE" if tenant is None else "connection NOT LIKE '%/%'", []
    return "substr(connection, 1, ?) = ?", [len(tenant) + 1, f"{tenant}/"]


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


def brief(
    store: Store, last: int, *, tenant: str | None = None, before: tuple[float, str] | None = None, **equal: str | None
) -> list[Any]:
    """The last calls, the newest first, without what was said: each a dict of the columns in BRIEF.

    `before` is the time and id of a call: only those that come after it here. `equal` are columns and what they are to
    be; `outcome` is success, error or unknown.
    """
    store.flush()
    outcome = equal.pop("outcome", None)
    where = [_of(tenant), *((f"{name} = ?", [value]) for name, value in equal.items() if value is not None)]
    if outcome:
        found = [outcome, *(name for name, ending in ENDINGS.items() if ending == outcome)]
        where.append((f"outcome IN ({', '.join('?' * len(found))})", found))
    if before:
        where.append(("(at, id) < (?, ?)", [*before]))
    condition = " AND ".join(text for text, _ in where)
    rows = store.query(
        f"SELECT {BRIEF} FROM calls WHERE {condition} ORDER BY at DESC, id DESC LIMIT ?",  # noqa: S608 # our names
        [*(value for _, values in where for value in values), last],
    )
    return [
        {**row, "outcome": ENDINGS.get(row["outcome"], row["outcome"]), **_parsed(row, "error", "reconciled")}
        for row in rows
    ]


def as_dict(call: Kept) -> dict[str, Any]:
    """All that is kept of a call, as JSON; bodies as JSON where they are JSON."""
    exchanges = [
        {name: {**part, "body": body(part["body"])} if name in ("request", "response") and part else part
         for name, part in exchange.items()}
        for exchange in call.exchanges
    ]  # fmt: skip
    found = {field.name: getattr(call, field.name) for field in fields(Kept)}
    return {**found, "outcome": call.ending, "exchanges": exchanges}


def body(kept: Any) -> Any:
    """A body, as JSON where it is JSON."""
    try:
        return json.loads(kept) if isinstance(kept, str) else kept
    except (ValueError, RecursionError):
        return kept


def _parsed(row: Any, *names: str) -> dict[str, Any]:
    return {name: row[name] and json.loads(row[name]) for name in names}
