"""API keys: made once, kept as a hash, revoked."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import UnknownNameError, UsageError
from ..store import Store
from .scopes import SCOPES, Caller, Refused, check_scopes

PREFIX = "ck_"
UNKNOWN = "This key or token is not known."
LONGEST_NAME = 100

_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_COLUMNS = "id, name, tenant, scopes, made, revoked"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept, without its text. Times are seconds since 1970."""

    id: str
    name: str
    tenant: str
    scopes: frozenset[str]
    made: float
    revoked: float | None

    @property
    def caller(self) -> Caller:
        return Caller(self.tenant, self.scopes, self.id)


def create(store: Store, *, name: str, tenant: str = "", scopes: Iterable[str] = SCOPES, now: float) -> str:
    """Make a key; its text, which is kept nowhere. UsageError where a scope, the tenant or the name is none."""
    found = check_scopes(scopes)
    if not found:
        raise UsageError("A key without a scope may do nothing. Name some with --scopes.")
    if tenant and not _TENANT.fullmatch(tenant):
        raise UsageError(f"{tenant!r} cannot be a tenant: use small letters, digits, '-' and '_', at most 64 of them.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"The name of a key is a line of at most {LONGEST_NAME} characters.")
    id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    text = f"{PREFIX}{id}_{secret}"
    with store.transaction() as cursor:
        cursor.execute(
            "INSERT INTO keys (id, hash, name, tenant, scopes, made) VALUES (?, ?, ?, ?, ?, ?)",
            (id, _hash(text), name, tenant, json.dumps(sorted(found)), now),
        )
    return text


def id_of(text: str) -> str:
    """The id of a key, which begins its text."""
    return text.removeprefix(PREFIX).partition("_")[0]


def caller(store: Store, text: str) -> Caller:
    """Who a key is of; Refused where it is no key, or was revoked."""
    rows = store.query(f"SELECT {_COLUMNS} FROM keys WHERE hash = ?", (_hash(text),))  # noqa: S608
    if not rows:
        raise Refused(UNKNOWN)
    if rows[0]["revoked"] is not None:
        raise Refused("This key was revoked.")
    return _key(rows[0]).caller


def named(store: Store, id: str) -> Key | None:
    """The key of an id; None where there is none, or it was revoked."""
    rows = store.query(f"SELECT {_COLUMNS} FROM keys WHERE id = ? AND revoked IS NULL", (id,))  # noqa: S608
    return _key(rows[0]) if rows else None


def every(store: Store) -> list[Key]:
    """All keys, the oldest first; those that were revoked too."""
    return [_key(row) for row in store.query(f"SELECT {_COLUMNS} FROM keys ORDER BY made, id")]  # noqa: S608


def find(store: Store, id: str) -> Key:
    """A key by its id or the beginning of it; UnknownNameError where there is none, or more than one."""
    found = [key for key in every(store) if id and key.id.startswith(id)]
    if len(found) != 1:
        hint = "Give more of its id." if found else "See connector keys."
        raise UnknownNameError(f"There is {'more than one' if found else 'no'} key {id!r}. {hint}")
    return found[0]


def revoke(store: Store, id: str, now: float) -> Key:
    """Revoke a key, by its id or the beginning of it; what it was. Whoever uses it, or a token of it, is refused."""
    key = find(store, id)
    with store.transaction() as cursor:
        cursor.execute("UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL", (now, key.id))
    return key


def _key(row: Any) -> Key:
    scopes = frozenset(json.loads(row["scopes"]))
    return Key(row["id"], row["name"], row["tenant"], scopes, row["made"], row["revoked"])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
