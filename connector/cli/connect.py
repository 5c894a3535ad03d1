"""`connector connect`: makes a connection to an account, tests it, and keeps it."""

from __future__ import annotations

import json
import os
import sys
import threading
from argparse import Namespace
from contextlib import closing
from typing import Any

from ..accounts import making, saved
from ..accounts.oauth import SignIn
from ..accounts.shown import shown
from ..catalog import Connector, find
from ..clock import SYSTEM
from ..connections import Connection
from ..drive import drive
from ..errors import UsageError
from ..network import Network
from ..session import TIMEOUT
from ..steps import Steps
from ..store import Store
from ..transport import StandardCarrier
from ..ways import signs_in
from . import asking
from .commands import read_object

SIGN_IN = 300.0  # seconds that a person has


def connect(given: Namespace) -> int:
    """Run the command; its exit code."""
    connector = find(given.connector)
    name = saved.check_name(given.name or connector.name)
    values = None if given.input is None else _read(given.input)
    if values is None:
        asking.terminal()
    with closing(Store()) as store, closing(StandardCarrier(Network.of(TIMEOUT))) as carrier:
        replaces = given.replace or (name in saved.names(store) and _may_replace(name, values is None))
        if values is None:
            scheme = _chosen(connector, given.way)
            _say_when_it_ends(connector, scheme)
            values = _asked(connector, scheme)
        else:
            scheme = making.way_for(connector, given.way, values)
            _say_when_it_ends(connector, scheme)
        draft = making.draft(name, connector, scheme, values)
        steps = making.tried(draft, _signed_in(draft.connection, given.no_browser), SYSTEM)
        tokens, who = drive(steps, lambda: carrier, SYSTEM)
        making.keep(store, draft, tokens, who, SYSTEM.now(), replaces=replaces)
        if given.json:
            print(json.dumps(shown(saved.find(store, name)), ensure_ascii=False, indent=2))
        else:
            tested = f" as {who}" if who else "" if connector.spec.get("test") else ", untested"
            print(f"Connected to {connector.title}{tested}. Use it with --connection {name}.")
    return 0


def _read(source: str) -> dict[str, Any]:
    if source != "-" and not source.startswith("@"):
        hint = "Put them in a file, --input @FILE, or pipe them in, --input -."
        raise UsageError(f"The values of a connection are secret, and a command line is seen by others. {hint}")
    return read_object(source)


def _may_replace(name: str, ask: bool) -> bool:
    if ask and asking.yes(f"There is a connection {name} already. Replace it?"):
        return True
    raise saved.taken(name)


# -- the way, and its values -------------------------------------------------------------------------------------------


def _chosen(connector: Connector, asked: str | None) -> str | None:
    """The way that was asked for, the only one, or the one that the person chooses."""
    ways = connector.spec["auth"]
    if asked is not None or not ways:
        return making.way_for(connector, asked, {})
    if len(ways) == 1:
        return str(next(iter(ways)))
    titles = [way["title"] + (f" (until {way['ends']['date']})" if "ends" in way else "") for way in ways.values()]
    asking.say(f"Ways to connect to {connector.title}:")
    return str(list(ways)[asking.choice("Which one?", titles)])


def _say_when_it_ends(connector: Connector, scheme: str | None) -> None:
    if scheme and (ends := connector.spec["auth"][scheme].get("ends")):
        asking.say(f"{ends['message']}")


def _asked(connector: Connector, scheme: str | None) -> dict[str, Any]:
    from ..accounts.callback import ADDRESS

    if scheme and signs_in(connector.spec["auth"][scheme]):
        asking.say(f"The OAuth client must allow this redirect address: {ADDRESS}")
    shape = making.schema(connector, scheme)
    needed = {*shape["required"], *shape.get("else", {}).get("required", ())}
    found = {
        name: asking.value(name, rule, needed=name in needed)
        for name, rule in shape["properties"].items()
        if name not in making.OWN
    }
    return {name: value for name, value in found.items() if value is not None}


# -- a person signs in -------------------------------------------------------------------------------------------------


def _signed_in(connection: Connection, no_browser: bool) -> Steps | None:
    """What takes the first tokens, where a person has to sign in for them."""
    if connection.way is None or not signs_in(connection.way):
        return None
    return _by_hand(connection) if no_browser or not _has_browser() else _by_browser(connection)


def _by_hand(connection: Connection) -> Steps:
    from ..accounts.callback import ADDRESS

    sign_in = SignIn(connection, ADDRESS)
    asking.say(f"Open this address in any browser, and sign in:\n\n  {sign_in.address}\n")
    asking.say(f"The browser then goes to {ADDRESS}, which does not open. That is right.")
    back = asking.line("Paste the address that it shows: ")
    return sign_in.tokens(back, SYSTEM.now())


def _by_browser(connection: Connection) -> Steps:
    import webbrowser

    from ..accounts.callback import Callback

    with Callback() as callback:
        sign_in = SignIn(connection, callback.address)
        asking.say(f"Sign in, in the browser. Where none opens, go to:\n\n  {sign_in.address}\n")
        # a browser may be a program that ends only when it is closed
        threading.Thread(target=webbrowser.open, args=(sign_in.address,), daemon=True).start()
        back = callback.wait(sign_in.state, SIGN_IN)
    return sign_in.tokens(back, SYSTEM.now())


def _has_browser() -> bool:
    """Whether a page can be shown here, which on a server it cannot."""
    shows = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in shows)
