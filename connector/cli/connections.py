"""`connector connections`: lists, shows, tests, renames, removes and rekeys the connections that are kept."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from typing import Any

from ..accounts import saved
from ..accounts.shown import shown
from ..errors import UsageError
from ..store import Store
from . import text


def connections(given: Namespace) -> int:
    """Run the command; its exit code."""
    needed = {"list": 0, "rekey": 0, "rename": 2}.get(given.action, 1)
    if sum(name is not None for name in (given.name, given.new)) != needed:
        words = ["", " NAME", " NAME NEW_NAME"][needed]
        raise UsageError(f"That is not how it is written. Write: connector connections {given.action}{words}")
    with closing(Store()) as store:
        found, said = ACTIONS[given.action](store, given)
    print(json.dumps(found, ensure_ascii=False, indent=2) if given.json else said)
    return 0


def _until(one: dict[str, Any]) -> str:
    """How long a connection lasts, for people."""
    if one["ends"]:
        return f"ends on {one['ends']['date']}"
    if one["renews"]:
        return "renews itself"
    return f"ends at {one['expires']}" if one["expires"] else ""


def _list(store: Store, given: Namespace) -> tuple[Any, str]:
    found = [shown(one) for one in saved.every(store)]
    rows = [
        [one["name"], one["connector"], one["who"] or "", one["title"] or one["way"] or "", _until(one)]
        for one in found
    ]
    return found, text.table(rows) if rows else "There are none yet. Make one: connector connect CONNECTOR"


def _show(store: Store, given: Namespace) -> tuple[Any, str]:
    one = shown(saved.find(store, given.name))
    rows = [["connector", one["connector"]], ["way", one["title"] or one["way"]], ["user", one["who"]]]
    rows += [*one["values"].items(), ["allowed hosts", ", ".join(one["allowed_hosts"])]]
    rows += [["made", one["made"]], ["access token until", one["expires"]], ["lasts", _until(one)]]
    rows += [["note", one["ends"] and one["ends"]["message"]], ["key", saved.vault(store).where()]]
    return one, text.table([[name, value] for name, value in rows if value])


def _test(store: Store, given: Namespace) -> tuple[Any, str]:
    from ..client import Client

    with Client(saved.find(store, given.name).connector, given.name, store=store, retry_for=10.0) as client:
        who = client.test()
        said = f"{given.name} works: {client.connector.title} knows it" + (f" as {who}." if who else ".")
    return {"name": given.name, "works": True, "who": who}, said


def _rename(store: Store, given: Namespace) -> tuple[Any, str]:
    saved.rename(store, given.name, given.new)
    return shown(saved.find(store, given.new)), f"{given.name} is now called {given.new}."


def _remove(store: Store, given: Namespace) -> tuple[Any, str]:
    saved.remove(store, given.name)
    return {"name": given.name, "removed": True}, f"{given.name} is removed. The service was not told."


def _rekey(store: Store, given: Namespace) -> tuple[Any, str]:
    count, lost = saved.rekey(store)
    said = f"{count} connections have a new key, in {saved.vault(store).where()}."
    if lost:
        said += f" Not those whose old key is lost: {', '.join(lost)}. Remove them, or connect them again."
    return {"rekeyed": count, "lost": lost, "key": saved.vault(store).where()}, said


ACTIONS: dict[str, Callable[[Store, Namespace], tuple[Any, str]]] = {
    "list": _list,
    "show": _show,
    "test": _test,
    "rename": _rename,
    "remove": _remove,
    "rekey": _rekey,
}
