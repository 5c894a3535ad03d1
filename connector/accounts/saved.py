"""The connections that are kept: rows of the store, whose secrets are sealed.

What is sealed says whose it is: a secret that is moved to another row, or whose row is sent elsewhere, does not open.
"""

from __future__ import annotations

import dataclasses
import json
import re
import secrets as random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..catalog import Connector
from ..connections import RESERVED, Connection, made, secret_names, split
from ..errors import NameTakenError, StorageError, UnknownNameError, UsageError, nearest
from ..store import Store
from .lent import lent
from .sealed import marks, reseal
from .vault import Locked, Vault

_NAME = re.compile(r"([a-z0-9][a-z0-9_-]{0,63}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Saved:
    """One connection as it is kept, without its secrets; times are seconds since 1970.

    `values` are those that are no secret, `base_url` among them where it is one of its own; `held` are the names of
    those that are. `who` is the user, as the service called it when the connection was tested. `renews` says whether
    its tokens are renewed.
    """

    name: str
    connector: str
    scheme: str
    values: dict[str, Any]
    held: tuple[str, ...]
    hosts: tuple[str, ...]
    who: str | None
    renews: bool
    made: float
    expires: float | None


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is sealed: the secret values, and the tokens of OAuth as JSON; `version` changes whenever they do."""

    values: dict[str, Any] = field(repr=False)
    tokens: dict[str, Any] | None = field(repr=False)
    version: str = ""


def vault(store: Store) -> Vault:
    """The vault beside a store."""
    return Vault(store.file.parent)


def check_name(name: str) -> str:
    """The name; UsageError where a connection cannot be called so, or is always there."""
    if not _NAME.fullmatch(name):
        hint = "Use letters, digits, '-', '_' and '.'."
        raise UsageError(f"{_called(name)!r} cannot be the name of a connection. {hint}")
    if _called(name) in RESERVED:
        raise NameTakenError(f"{_called(name)} is a connection that is always there. Choose another name.")
    return name


def names(store: Store) -> list[str]:
    """The names of all connections, sorted."""
    return [row["name"] for row in store.query("SELECT name FROM connections ORDER BY name")]


def every(store: Store) -> list[Saved]:
    """All connections, by name."""
    return [_saved(row) for row in store.query("SELECT * FROM connections ORDER BY name")]


def find(store: Store, name: str) -> Saved:
    """One connection; UnknownNameError with the nearest name where there is none."""
    return _saved(_row(store, name))


def open_secrets(store: Store, name: str) -> Secrets:
    """Its secrets; UsageError that says how to go on where they cannot be read."""
    row = _row(store, name)
    try:
        return _opened(store, row)
    except UsageError:
        with store.transaction():  # which no change of keys can come between, as it may have just now
            return _opened(store, _row(store, name))


def connection(store: Store, connector: Connector, name: str) -> Connection:
    """The connection, ready to sign but for tokens that end; UsageError where it is another connector's."""
    saved = find(store, name)
    if saved.connector != connector.name:
        how = "" if split(name)[0] else f": connector connect {connector.name}"
        hint = f"Name one of {connector.name}, or make one{how}."
        raise UsageError(f"{_called(name)} is a connection of {saved.connector}, not of {connector.name}. {hint}")
    if saved.scheme and saved.scheme not in connector.spec["auth"]:
        hint = f"Remove {_called(name)}, or {again(name, connector.name)}"
        raise UsageError(f"{connector.title} has no way {saved.scheme!r} to sign any more. {hint}")
    values = {**saved.values, **open_secrets(store, name).values}
    values |= lent(connector, saved.scheme, values)
    found = made(name, connector, values, saved.hosts, saved.scheme or None)
    return dataclasses.replace(found, mend=f"To mend it, {again(name, connector.name)}")


def keep(
    store: Store,
    given: Connection,
    *,
    base_url: str | None,
    tokens: Mapping[str, Any] | None,
    renews: bool,
    who: str | None,
    now: float,
    replace: bool = False,
) -> None:
    """Keep a connection, with its tokens; UsageError where the name is taken, unless it is to be replaced."""
    hidden = {*secret_names(given.connector)}
    shown = {name: value for name, value in given.values.items() if name not in hidden}
    values = {name: value for name, value in given.values.items() if name in hidden and value}
    facts = {
        "values": shown | ({"base_url": base_url} if base_url else {}),
        "held": sorted(values),
        "hosts": sorted(given.allowed_hosts),
        "who": who,
        "renews": renews,
    }
    of = [given.name, given.connector.name, given.scheme or "", json.dumps(facts)]
    with store.transaction() as cursor:
        if cursor.execute("SELECT 1 FROM connections WHERE name = ?", (given.name,)).fetchone():
            if not replace:
                raise taken(given.name)
            cursor.execute("DELETE FROM connections WHERE name = ?", (given.name,))
        sealed, key = vault(store).seal({"of": of, "values": values, "tokens": tokens})
        expires = tokens and tokens.get("expires")
        cursor.execute(
            "INSERT INTO connections (name, connector, scheme, facts, secret, key, version, made, expires) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*of, sealed, key, random.token_hex(8), now, expires),
        )


def taken(name: str) -> NameTakenError:
    """The error of a name that another connection has."""
    return NameTakenError(f"There is a connection {_called(name)} already. Give another name, or replace it.")


def rename(store: Store, name: str, new: str) -> None:
    """Give a connection another name; its secrets must be readable."""
    check_name(new)
    with store.transaction() as cursor:
        row = _one(cursor.execute("SELECT * FROM connections WHERE name = ?", (name,)).fetchone(), store, name)
        if cursor.execute("SELECT 1 FROM connections WHERE name = ?", (new,)).fetchone():
            raise NameTakenError(f"There is a connection {_called(new)} already. Choose another name, or remove it.")
        _seal(store, cursor, row, _opened(store, row), name=new)


def remove(store: Store, name: str) -> None:
    """Forget a connection and its secrets."""
    with store.transaction() as cursor:
        _one(cursor.execute("SELECT 1 FROM connections WHERE name = ?", (name,)).fetchone(), store, name)
        cursor.execute("DELETE FROM connections WHERE name = ?", (name,))


def rekey(store: Store) -> tuple[int, list[str]]:
    """Seal all with a new key; how many connections, and the names of those that no key opens, which stay as they are.

    The new key is kept before the rows are, and the old one until they are: whenever it is cut off, all opens.
    """
    found, lost = 0, []
    with store.transaction() as cursor:
        vault(store).renew()
        for row in cursor.execute("SELECT * FROM connections ORDER BY name").fetchall():
            try:
                _seal(store, cursor, row, _opened(store, row), version=row["version"])
                found += 1
            except UsageError:
                lost.append(row["name"])
        reseal(cursor, vault(store))
    with store.transaction() as cursor:
        used = {row["key"] for row in cursor.execute("SELECT key FROM connections").fetchall()}
        vault(store).prune(used | marks(cursor))
    return found, lost


# -- tokens, changed by one at a time ----------------------------------------------------------------------------------


def lease(store: Store, name: str, now: float, until: float) -> bool:
    """Take the right to renew the tokens of a connection; False where another holds it."""
    with store.transaction() as cursor:
        sql = "UPDATE connections SET renewing = ? WHERE name = ? AND (renewing IS NULL OR renewing <= ?)"
        return cursor.execute(sql, (until, name, now)).rowcount == 1


def release(store: Store, name: str, until: float) -> None:
    """Give that right back."""
    with store.transaction() as cursor:
        cursor.execute("UPDATE connections SET renewing = NULL WHERE name = ? AND renewing = ?", (name, until))


def keep_tokens(store: Store, version: str, tokens: Mapping[str, Any]) -> bool:
    """Put new tokens in the place of those of this version; False where others are there by now."""
    with store.transaction() as cursor:
        row = cursor.execute("SELECT * FROM connections WHERE version = ?", (version,)).fetchone()
        if row is None:
            return False
        _seal(store, cursor, row, Secrets(_opened(store, row).values, dict(tokens)))
        cursor.execute(
            "UPDATE connections SET expires = ?, renewing = NULL WHERE name = ?", (tokens.get("expires"), row["name"])
        )
        return True


# -- rows --------------------------------------------------------------------------------------------------------------


def _row(store: Store, name: str) -> sqlite3.Row:
    rows = store.query("SELECT * FROM connections WHERE name = ?", (name,))
    row: sqlite3.Row = _one(rows[0] if rows else None, store, name)
    return row


def _one(row: Any, store: Store, name: str) -> Any:
    if row is None:
        tenant, called = split(name)
        theirs = [own for of, own in map(split, names(store)) if of == tenant]  # and nobody else's
        known = [*RESERVED[: 1 if tenant else None], *theirs]
        raise UnknownNameError(f"There is no connection {called!r}. {nearest(called, known)}")
    return row


def _saved(row: sqlite3.Row) -> Saved:
    facts = json.loads(row["facts"])
    return Saved(
        row["name"],
        row["connector"],
        row["scheme"],
        facts["values"],
        tuple(facts["held"]),
        tuple(facts["hosts"]),
        facts["who"],
        facts["renews"],
        row["made"],
        row["expires"],
    )


def _of(row: Mapping[str, Any]) -> list[str]:
    return [row["name"], row["connector"], row["scheme"], row["facts"]]


def _opened(store: Store, row: sqlite3.Row) -> Secrets:
    try:
        found = vault(store).open(row["secret"], row["key"])
        if found["of"] != _of(row):  # type: ignore[arg-type]
            raise Locked("they were made for another connection.")
    except Locked as error:
        hint = f"Mend that, or {again(row['name'], row['connector'])}"
        raise StorageError(f"The secrets of {_called(row['name'])} cannot be read: {error} {hint}") from None
    return Secrets(found["values"], found["tokens"], row["version"])


def again(name: str, connector: str) -> str:
    """The end of a sentence: how to make a connection anew. A tenant has no command line."""
    tenant, called = split(name)
    return "connect it again." if tenant else f"connect again: connector connect {connector} --name {called} --replace"


def _called(name: str) -> str:
    """What a connection is called by whose it is."""
    return split(name)[1]


def _seal(
    store: Store,
    cursor: sqlite3.Cursor,
    row: sqlite3.Row,
    secrets: Secrets,
    *,
    name: str | None = None,
    version: str | None = None,
) -> None:
    """Write the secrets of a row anew, under a name and version of their own where they are given."""
    of = [name or row["name"], *_of(row)[1:]]  # type: ignore[arg-type]
    sealed, key = vault(store).seal({"of": of, "values": secrets.values, "tokens": secrets.tokens})
    cursor.execute(
        "UPDATE connections SET name = ?, secret = ?, key = ?, version = ? WHERE name = ?",
        (of[0], sealed, key, version or random.token_hex(8), row["name"]),
    )
