"""Brings a store to the state of a new account: the same records with the same ids every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

from .store import SCHEMA_VERSION, Store, stamp

SEEDS = ("people", "setup", "tickets", "rules", "guide")
"""Modules of `seeds/`, in order: each has `seed(store)` and may use what the earlier ones wrote."""
SEED_TIME = datetime(2024, 1, 15, 9, 0, tzinfo=UTC)
"""The clock stands here while seeding."""


def prepare(store: Store, reset: bool = False) -> None:
    """Seed a store that is new, of an older layout, or to be reset; leave any other as it is."""
    version = store.version
    if not reset and version == SCHEMA_VERSION:
        return
    clock = store.clock
    with store.transaction():
        # another process may have seeded it while this one waited
        if not reset and store.version == SCHEMA_VERSION:
            return
        store.clock = lambda: SEED_TIME
        try:
            store.create()
            for name in SEEDS:
                import_module(f".seeds.{name}", __package__).seed(store)
        finally:
            store.clock = clock


def ago(days: float, hours: float = 0) -> str:
    """A time before the seed's own, as the service writes it."""
    return stamp(SEED_TIME - timedelta(days=days, hours=hours))
