"""Keys and embed tokens that tests make."""

from __future__ import annotations

from typing import Any

from connector.access import keys
from connector.access.embed import Tokens
from connector.access.scopes import Caller

from .conftest import ORIGIN

NOW = 1_750_000_000.0
WANTED: dict[str, Any] = {
    "connector": "zendesk", "connection": "sandbox", "operations": ["get_ticket", "create_ticket"], "origin": ORIGIN,
}  # fmt: skip


def key(tokens: Tokens, **more: Any) -> Caller:
    store = tokens._store
    return keys.caller(store, keys.create(store, **{"name": "", "now": NOW, **more}))


def mint(tokens: Tokens, who: Caller | None = None, **more: Any) -> str:
    return tokens.mint(who or key(tokens), **{**WANTED, "now": NOW, **more})[0]
