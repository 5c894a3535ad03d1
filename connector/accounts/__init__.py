"""Connections that last: kept, their secrets sealed, their tokens renewed."""

from __future__ import annotations

from .. import connections
from ..catalog import Connector
from ..clock import Clock
from ..connections import Connection
from ..context import Credentials
from ..store import Store


def connect(
    connector: Connector, given: str | Connection, store: Store, clock: Clock
) -> tuple[Connection, Credentials | None]:
    """A connection, by its name or as it is, and what renews its tokens where it has such as end."""
    if isinstance(given, str) and (connections.split(given)[1] == "sandbox" or given == "env"):
        given = connections.connect(connector, given)
    kept = isinstance(given, str)
    if isinstance(given, str):
        from . import saved

        given = saved.connection(store, connector, given)
    if (way := given.way) is None or way["type"] != "oauth2":
        return given, None
    from .renewal import InMemory, InStore, Renewal

    return given, Renewal(given, InStore(store, given.name) if kept else InMemory(), clock)
