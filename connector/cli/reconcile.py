"""The command `reconcile`: what became of a call whose outcome is unknown."""

from __future__ import annotations

import json
from argparse import Namespace

from ..client import Client
from ..record.kept import find
from ..record.reading import CANNOT_TELL
from ..store import Store


def reconcile(given: Namespace) -> int:
    """Find out, and say it; 4 where it cannot be told."""
    store = Store()
    try:
        call = find(store, given.call)
        with Client(call.connector, call.connection, store=store) as client:
            found = client.reconcile(call.id, finish=given.finish)
    finally:
        store.close()
    if given.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print(found["message"])
        if "finish_until" in found:
            print(f"To finish it: connector reconcile {call.id} --finish")
        for row in found["found"]:
            print(json.dumps(row, ensure_ascii=False, indent=2))
    return 4 if found["verdict"] == CANNOT_TELL else 0
