"""A pretend Zendesk that keeps state: an ASGI application over SQLite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .auth import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN, APP_ID, APP_SECRET, CLIENT_ID
from .store import Clock, Write, utc_now

if TYPE_CHECKING:
    from .app import Sandbox
    from .limits import RateHeaders, RetryAfter

__all__ = [
    "ACCESS_TOKEN",
    "ADMIN_EMAIL",
    "API_TOKEN",
    "APP_ID",
    "APP_SECRET",
    "CLIENT_ID",
    "Write",
    "create_app",
]


def create_app(
    data: str | os.PathLike[str] | None = None,
    *,
    reset: bool = False,
    rate_limit: int = 0,
    buckets: bool = False,
    rate_headers: RateHeaders = "new",
    retry_after: RetryAfter = "seconds",
    clock: Clock = utc_now,
) -> Sandbox:
    """The sandbox as an ASGI application.

    `data` is an SQLite file that keeps the state, None keeps it in memory. A new or empty file is seeded; `reset` seeds
    any anew. `rate_limit` is in requests a minute, 0 never refuses; `buckets` refuses past the rates of single
    endpoints. `rate_headers` and `retry_after` choose among the forms in which the service has said its rates.
    """
    # late, so that reading the constants above costs nothing
    from .app import Sandbox
    from .areas import all_kinds, all_routes
    from .limits import Limits
    from .router import Router
    from .seeding import prepare
    from .store import Store

    store = Store(data, clock)
    prepare(store, reset)
    limits = Limits(clock, rate_limit, buckets, rate_headers, retry_after)
    return Sandbox(store, Router(all_routes()), all_kinds(), limits)
