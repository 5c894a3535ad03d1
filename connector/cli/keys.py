"""`connector keys`: makes, lists and revokes the keys of the HTTP API, and makes a token for a page."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from typing import Any

from ..access import keys as kept
from ..access.keys import Key
from ..access.scopes import SCOPES
from ..clock import SYSTEM, iso
from ..errors import UsageError
from ..store import Store
from . import text


def keys(given: Namespace) -> int:
    """Run the command; its exit code."""
    if (given.id is None) != (given.action in ("list", "create")):
        words = "" if given.id else " KEY"
        raise UsageError(f"That is not how it is written. Write: connector keys {given.action}{words}")
    with closing(Store()) as store:
        found, said, aside = ACTIONS[given.action](store, given)
    if given.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    print(said)
    if aside:
        print(aside, file=sys.stderr)
    return 0


def _list(store: Store, given: Namespace) -> tuple[Any, str, str]:
    found = [_shown(key) for key in kept.every(store)]
    rows = [["ID", "NAME", "TENANT", "MADE", "REVOKED", "SCOPES"]]
    rows += [
        [one["id"], one["name"], one["tenant"], one["made"], one["revoked"] or "", ", ".join(one["scopes"])]
        for one in found
    ]
    return found, text.table(rows) if found else "There are none yet. Make one: connector keys create", ""


def _create(store: Store, given: Namespace) -> tuple[Any, str, str]:
    scopes = SCOPES if given.scopes is None else _words(given.scopes)
    key = kept.create(store, name=given.name, tenant=given.tenant, scopes=scopes, now=SYSTEM.now())
    shown = _shown(kept.find(store, kept.id_of(key)))
    return shown | {"key": key}, key, f"This is shown once. Its id is {shown['id']}."


def _revoke(store: Store, given: Namespace) -> tuple[Any, str, str]:
    key = kept.revoke(store, given.id, SYSTEM.now())
    return _shown(key), f"{key.id} is revoked, and the embed tokens that it made.", ""


def _embed(store: Store, given: Namespace) -> tuple[Any, str, str]:
    from ..access.embed import Tokens

    if find_spec("jwt") is None:
        raise UsageError("Tokens need PyJWT: pip install 'connector-runtime[server]'.")
    for name in ("connector", "connection", "origin"):
        if not getattr(given, name):
            raise UsageError(f"A token is for one {name}. Name it: --{name}.")
    key = kept.find(store, given.id)
    if key.revoked is not None:
        raise UsageError(f"The key {key.id} is revoked. Make another: connector keys create.")
    token, expires = Tokens(store).mint(
        key.caller,
        connector=given.connector,
        connection=given.connection,
        operations=_words(given.operations),
        origin=given.origin,
        scopes=_words(given.scopes or "options"),
        seconds=given.seconds,
        now=SYSTEM.now(),
    )
    aside = f"It ends at {iso(expires)}. The server must know the origin: connector serve --origin {given.origin}"
    return {"token": token, "expires": iso(expires)}, token, aside


def _shown(key: Key) -> dict[str, Any]:
    """A key as JSON, without its text; times in ISO 8601."""
    return {
        "id": key.id,
        "name": key.name,
        "tenant": key.tenant,
        "scopes": [scope for scope in SCOPES if scope in key.scopes],
        "made": iso(key.made),
        "revoked": iso(key.revoked),
    }


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


ACTIONS: dict[str, Callable[[Store, Namespace], tuple[Any, str, str]]] = {
    "list": _list,
    "create": _create,
    "revoke": _revoke,
    "embed": _embed,
}
