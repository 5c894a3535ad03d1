"""`connector connect`: makes a connection to an account, tests it, and keeps it."""

from __future__ import annotations

import json
import os
import sys
import threading
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from ..accounts import saved
from ..accounts.oauth import Refused, SignIn, Tokens, renewable, renewed
from ..accounts.proof import prove
from ..catalog import Connector, find
from ..client import TIMEOUT
from ..clock import SYSTEM
from ..connections import Connection, made, missing_values
from ..context import Context
from ..drive import drive
from ..errors import AuthError, UsageError, nearest
from ..network import Network
from ..retry import Patience
from ..store import Store
from ..transport import Carrier, StandardCarrier
from ..ways import needs, reads, signs_in
from . import asking
from .commands import read_object
from .connections import shown

SIGN_IN = 300.0  # seconds that a person has
PATIENCE = Patience(10.0)
OWN = ("base_url", "allowed_hosts")


def connect(given: Namespace) -> int:
    """Run the command; its exit code."""
    connector = find(given.connector)
    name = saved.check_name(given.name or connector.name)
    values = None if given.input is None else _read(given.input)
    if values is None:
        asking.terminal()
    with closing(Store()) as store, closing(StandardCarrier(Network.of(TIMEOUT))) as carrier:
        replace = given.replace or (name in saved.names(store) and _may_replace(name, values is None))
        scheme = _scheme(connector, given.way, values)
        _say_when_it_ends(connector, scheme)
        values = _asked(connector, scheme) if values is None else _checked(connector, scheme, values)
        hosts = values.pop("allowed_hosts", [])
        connection = made(name, connector, values, hosts, scheme)
        tokens = _tokens(connection, given.no_browser, carrier)
        who = drive(prove(Context(tokens.on(connection) if tokens else connection, PATIENCE)), lambda: carrier, SYSTEM)
        saved.keep(
            store,
            connection,
            base_url=values.get("base_url"),
            tokens=tokens.as_dict() if tokens else None,
            renews=tokens is not None and renewable(connection, tokens),
            who=who,
            now=SYSTEM.now(),
            replace=replace,
        )
        if given.json:
            print(json.dumps(shown(store, saved.find(store, name)), ensure_ascii=False, indent=2))
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


def _scheme(connector: Connector, asked: str | None, values: Mapping[str, Any] | None) -> str | None:
    """The way to sign: the one asked for, the first that the values are enough for, or the one that is chosen."""
    ways = connector.spec["auth"]
    if asked is not None and asked not in ways:
        raise UsageError(f"{connector.title} has no way {asked!r}. {nearest(asked, list(ways))}".strip())
    if asked is not None or not ways:
        return asked
    if values is not None:
        for name, way in ways.items():
            if all(values.get(need) for need in needs(way)):
                return str(name)
        each = "; or ".join(f"{' and '.join(needs(way))} ({way['title']})" for way in ways.values())
        raise UsageError(f"The values have no credentials for {connector.title}. Give {each}.")
    if len(ways) == 1:
        return str(next(iter(ways)))
    titles = [way["title"] + (f" (until {way['ends']['date']})" if "ends" in way else "") for way in ways.values()]
    asking.say(f"Ways to connect to {connector.title}:")
    return str(list(ways)[asking.choice("Which one?", titles)])


def _say_when_it_ends(connector: Connector, scheme: str | None) -> None:
    if scheme and (ends := connector.spec["auth"][scheme].get("ends")):
        asking.say(f"{ends['message']}")


def _fields(connector: Connector, scheme: str | None) -> dict[str, bool]:
    """The values that a connection of this way has: whether each is needed."""
    spec = connector.spec
    required = set(spec["connection"].get("required", ()))
    of_ways = {name for way in spec["auth"].values() for name in reads(way)}
    of_this = set(reads(spec["auth"][scheme])) if scheme else set()
    required |= set(needs(spec["auth"][scheme])) if scheme else set()
    names = [name for name in spec["connection"].get("properties", {}) if name not in of_ways or name in of_this]
    return {name: name in required for name in names}


def _asked(connector: Connector, scheme: str | None) -> dict[str, Any]:
    from ..accounts.callback import ADDRESS

    if scheme and signs_in(connector.spec["auth"][scheme]):
        asking.say(f"The OAuth client must allow this redirect address: {ADDRESS}")
    properties = connector.spec["connection"].get("properties", {})
    found = {
        name: asking.value(name, properties[name], needed=needed) for name, needed in _fields(connector, scheme).items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _checked(connector: Connector, scheme: str | None, values: dict[str, Any]) -> dict[str, Any]:
    fields, properties = _fields(connector, scheme), connector.spec["connection"].get("properties", {})
    for name in values:
        if name not in fields and name not in OWN:
            raise UsageError(f"This connection has no value {name!r}. {nearest(name, [*fields, *OWN])}")
    defaults = {name: rule["default"] for name, rule in properties.items() if name in fields and "default" in rule}
    found = {**defaults, **{name: value for name, value in values.items() if value not in (None, "")}}
    needed = needs(connector.spec["auth"][scheme]) if scheme else []
    if missing := [*missing_values(connector, found), *(name for name in needed if not found.get(name))]:
        raise UsageError(f"The connection is not whole. Give {', '.join(dict.fromkeys(missing))}.")
    hosts = found.get("allowed_hosts", [])
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        raise UsageError("allowed_hosts must be a list of host names.")
    if not isinstance(found.get("base_url", ""), str):
        raise UsageError("base_url must be text.")
    return found


# -- tokens ------------------------------------------------------------------------------------------------------------


def _tokens(connection: Connection, no_browser: bool, carrier: Carrier) -> Tokens | None:
    """The first tokens, where the way is OAuth 2; a person may have to sign in for them."""
    way = connection.way
    if way is None or way["type"] != "oauth2":
        return None
    try:
        if not signs_in(way):
            steps = renewed(connection, None, SYSTEM.now())
        elif no_browser or not _has_browser():
            steps = _by_hand(connection)
        else:
            steps = _by_browser(connection)
        found: Tokens = drive(steps, lambda: carrier, SYSTEM)
    except Refused as error:
        message = f"{connection.connector.title} refused the sign-in: {error}"
        raise AuthError(message, "", error.status) from None
    return found


def _by_hand(connection: Connection) -> Any:
    from ..accounts.callback import ADDRESS

    sign_in = SignIn(connection, ADDRESS)
    asking.say(f"Open this address in any browser, and sign in:\n\n  {sign_in.address}\n")
    asking.say(f"The browser then goes to {ADDRESS}, which does not open. That is right.")
    back = asking.line("Paste the address that it shows: ")
    return sign_in.tokens(back, SYSTEM.now())


def _by_browser(connection: Connection) -> Any:
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
