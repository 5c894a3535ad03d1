"""`connector limits`: what a service still lets a connection do, and when it lets more."""

from __future__ import annotations

import json
from argparse import Namespace
from math import ceil
from typing import Any

from ..accounts import saved
from ..clock import SYSTEM
from ..rates.rows import known
from ..store import Store
from . import text


def limits(given: Namespace) -> int:
    """Print the limits of a connection as its calls learned them; nothing is sent."""
    store = Store()
    try:
        found = known(store, given.connection, SYSTEM.now())
        if not found and given.connection.rpartition(":")[2] not in ("sandbox", "env"):
            saved.find(store, given.connection)  # says so where there is none
    finally:
        store.close()
    if given.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    elif found:
        print(text.table([["CONNECTION", "LIMIT", "LEFT", "OF", "RESETS"], *map(_row, found)]))
    else:
        print(f"Nothing is known of the limits of {given.connection}: no answer to a call has told of one.")
    return 0


def _row(one: dict[str, Any]) -> list[Any]:
    total = "?" if one["total"] is None else one["total"]
    resets = "none used" if one["resets_in"] is None else f"in {ceil(one['resets_in'])} s"
    return [one["connection"], one["limit"], one["remaining"], total, resets]
