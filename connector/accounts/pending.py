"""Sign-ins that wait for the browser to come back over HTTP: rows of the store, sealed, each used once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import StorageError
from ..store import Store
from .saved import vault
from .vault import Locked

LIFETIME = 600.0  # seconds that a person has
KEPT = 3600.0  # seconds for which it may be asked what became of one


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that was begun: the connection to be (its full name), and where the browser goes in the end.

    `values` are those that the connection is to have. `return_to` is a page that the browser is sent on to, `origin`
    that of a page that is told, each None where there is none.
    """

    state: str = field(repr=False)
    connection: str
    connector: str
    scheme: str
    values: Mapping[str, Any] = field(repr=False)
    verifier: str = field(repr=False)
    replaces: bool
    return_to: str | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a sign-in is: `pending`, `connected` or `failed`, and then why, in words."""

    connection: str
    status: str
    detail: str | None = None


def begin(store: Store, one: Pending, now: float) -> None:
    """Keep a sign-in until its browser comes back, and forget the old ones."""
    with store.transaction() as cursor:
        sealed, key = vault(store).seal(asdict(one))
        cursor.execute("DELETE FROM sign_ins WHERE made <= ?", (now - KEPT,))
        cursor.execute(
            "INSERT INTO sign_ins (state, connection, made, status, secret, key) VALUES (?, ?, ?, 'waits', ?, ?)",
            (one.state, one.connection, now, sealed, key),
        )


def take(store: Store, state: str, now: float) -> Pending | None:
    """A sign-in whose browser is back; None where there is none, it was taken already, or its time is over.

    StorageError where what was kept of it cannot be read.
    """
    if not store.query("SELECT 1 FROM sign_ins WHERE state = ?", (state,)):
        return None  # anybody may ask: nobody has to wait for them to write
    with store.transaction() as cursor:
        which = "state = ? AND status = 'waits' AND made > ?"
        row = cursor.execute(f"SELECT * FROM sign_ins WHERE {which}", (state, now - LIFETIME)).fetchone()  # noqa: S608
        if row is None:
            return None
        cursor.execute("UPDATE sign_ins SET status = 'pending', secret = NULL, key = NULL WHERE state = ?", (state,))
        try:
            found = Pending(**vault(store).open(row["secret"], row["key"]))
        except Locked as error:
            raise StorageError(f"A sign-in cannot be read: {error}") from None
    return found if (found.state, found.connection) == (state, row["connection"]) else None


def end(store: Store, state: str, status: str, detail: str | None = None) -> None:
    """Say what became of a sign-in."""
    with store.transaction() as cursor:
        cursor.execute("UPDATE sign_ins SET status = ?, detail = ? WHERE state = ?", (status, detail, state))


def find(store: Store, state: str, now: float) -> Outcome | None:
    """How far a sign-in is; None where it is not known, or no longer."""
    rows = store.query("SELECT connection, made, status, detail FROM sign_ins WHERE state = ?", (state,))
    if not rows or rows[0]["made"] <= now - KEPT:
        return None
    row = rows[0]
    if row["status"] != "waits":
        return Outcome(row["connection"], row["status"], row["detail"])
    if row["made"] <= now - LIFETIME:
        return Outcome(
            row["connection"], "failed", f"Nobody signed in within {LIFETIME / 60:.0f} minutes. Begin again."
        )
    return Outcome(row["connection"], "pending")
