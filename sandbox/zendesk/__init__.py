"""A pretend Zendesk that keeps state: an ASGI application over SQLite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .auth import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN
from .store import Clock, utc_now

if TYPE_CHECKING:
    from .app import Sandbox

__all__ = ["ACCESS_TOKEN", "ADMIN_EMAIL", "API_TOKEN", "create_app"]


def create_app(
    data: str | os.PathLike[str] | None = None,
    *,
    reset: bool = False,
    rate_limit: int = 0,
    clock: Clock = utc_now,
) -> Sandbox:
    """The sandbox as an ASGI application.

    `data` is an SQLite file that keeps the state, None keeps it in memory. A new or empty file is seeded; `reset` seeds
    any anew. `rate_limit` is in requests a minute, 0 never refuses.
    """
    # late, so that reading the constants above costs nothing
    from .app import Sandbox
    from .areas import all_kinds, all_routes
    from .router import Router
    from .seeding import prepare
    from .store import Store

    store = Store(data, clock)
    prepare(store, reset)
    return Sandbox(store, Router(all_routes()), all_kinds(), rate_limit)
