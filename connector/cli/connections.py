"""`connector connections`: lists, shows, tests, renames, removes and rekeys the connections that are kept."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from .. import accounts
from ..accounts import saved
from ..accounts.saved import Saved
from ..catalog import connectors, find
from ..clock import SYSTEM
from ..errors import UsageError
from ..store import Store
from ..ways import MASK
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


def shown(store: Store, one: Saved) -> dict[str, Any]:
    """A connection as JSON, every secret as `***`; times in ISO 8601."""
    known = connectors().get(one.connector)
    way = known.spec["auth"].get(one.scheme) if known else None
    return {
        "name": one.name,
        "connector": one.connector,
        "way": one.scheme or None,
        "title": way["title"] if way else None,
        "values": {**one.values, **dict.fromkeys(one.held, MASK)},
        "allowed_hosts": list(one.hosts),
        "who": one.who,
        "made": _time(one.made),
        "expires": _time(one.expires),
        "renews": one.renews,
        "ends": way.get("ends") if way else None,
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _until(one: dict[str, Any]) -> str:
    """How long a connection lasts, for people."""
    if one["ends"]:
        return f"ends on {one['ends']['date']}"
    if one["renews"]:
        return "renews itself"
    return f"ends at {one['expires']}" if one["expires"] else ""


def _list(store: Store, given: Namespace) -> tuple[Any, str]:
    found = [shown(store, one) for one in saved.every(store)]
    rows = [
        [one["name"], one["connector"], one["who"] or "", one["title"] or one["way"] or "", _until(one)]
        for one in found
    ]
    return found, text.table(rows) if rows else "There are none yet. Make one: connector connect CONNECTOR"


def _show(store: Store, given: Namespace) -> tuple[Any, str]:
    one = shown(store, saved.find(store, given.name))
    rows = [["connector", one["connector"]], ["way", one["title"] or one["way"]], ["user", one["who"]]]
    rows += [*one["values"].items(), ["allowed hosts", ", ".join(one["allowed_hosts"])]]
    rows += [["made", one["made"]], ["access token until", one["expires"]], ["lasts", _until(one)]]
    rows += [["note", one["ends"] and one["ends"]["message"]], ["key", saved.vault(store).where()]]
    return one, text.table([[name, value] for name, value in rows if value])


def _test(store: Store, given: Namespace) -> tuple[Any, str]:
    from ..accounts.proof import prove
    from ..client import TIMEOUT
    from ..context import Context
    from ..drive import drive
    from ..network import Network
    from ..retry import Patience
    from ..transport import StandardCarrier

    connector = find(saved.find(store, given.name).connector)
    if not connector.spec.get("test"):
        raise UsageError(f"{connector.title} does not say how a connection is tested.")
    connection, credentials = accounts.connect(connector, given.name, store, SYSTEM)
    with closing(StandardCarrier(Network.of(TIMEOUT))) as carrier:
        context = Context(connection, Patience(10.0), credentials=credentials)
        who = drive(prove(context), lambda: carrier, SYSTEM)
    said = f"{given.name} works: {connector.title} knows it" + (f" as {who}." if who else ".")
    return {"name": given.name, "works": True, "who": who}, said


def _rename(store: Store, given: Namespace) -> tuple[Any, str]:
    saved.rename(store, given.name, given.new)
    return shown(store, saved.find(store, given.new)), f"{given.name} is now called {given.new}."


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
