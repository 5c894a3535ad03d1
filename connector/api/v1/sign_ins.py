"""Sign-ins: a person allows us, in a browser, to act for them at a service, and a connection comes of it."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import secrets
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ...access.embed import origin_of
from ...accounts import making, pending
from ...accounts.callback import PAGE
from ...accounts.oauth import SignIn
from ...accounts.pending import Pending
from ...catalog import Connector, find
from ...errors import ConnectorError, UsageError
from ...ways import signs_in
from ..problems import Problem
from ..route import Answer, Ask, Route
from .connections import MAKING, check_free, forget, to_make

log = logging.getLogger("connector.api")

CALLBACK = "/v1/oauth/callback"
MESSAGE = "connector:connected"  # the type of what the opener of the page is told

BEGUN = {
    "type": "object",
    "required": ["address", "state"],
    "additionalProperties": False,
    "properties": {
        "address": {"type": "string", "format": "uri", "description": "What to open in the person's browser."},
        "state": {"type": "string", "description": "By which to ask what became of it."},
    },
}
OUTCOME = {
    "type": "object",
    "required": ["connection", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "connection": {"type": "string"},
        "status": {"enum": ["pending", "connected", "failed"]},
        "detail": {"type": ["string", "null"], "description": "Why it failed."},
    },
}
RETURN_TO = {
    "type": "string",
    "maxLength": 2000,
    "description": "A page that the browser goes to in the end, with `connection` and `status` in its query. Its "
    "origin is that of the embed token, one of --origin, or this server's own. Without it a page says how it went.",
}


async def begin(ask: Ask) -> Answer:
    """Begin a sign-in: the address where the person signs in."""
    given, token, settings = ask.body, ask.who.embed, ask.server.settings
    connector, name = to_make(ask)
    scheme = _way(connector, given.get("way"))
    draft = making.draft(name, connector, scheme, given.get("values", {}))
    return_to, replaces = given.get("return_to"), given.get("replace", False)
    if return_to is not None:
        own = origin_of(settings.public_url)
        _check_return(return_to, (token.origin, own) if token else (*settings.origins, own))
    if not replaces:
        await asyncio.to_thread(check_free, ask, name)
    sign_in = SignIn(draft.connection, settings.public_url.rstrip("/") + CALLBACK)
    values = given.get("values", {})
    origin = token.origin if token else None
    one = Pending(sign_in.state, name, connector.name, scheme, values, sign_in.verifier, replaces, return_to, origin)
    await asyncio.to_thread(pending.begin, ask.server.store, one, ask.server.clock.now())
    return Answer({"address": sign_in.address, "state": sign_in.state}, 201)


def _way(connector: Connector, asked: str | None) -> str:
    """The way that is asked for, else the first for which a person signs in."""
    first = next((name for name, way in connector.spec["auth"].items() if signs_in(way)), None)
    if first is None:
        raise UsageError(f"Nobody signs in to {connector.title} in a browser. Make a connection: POST /v1/connections.")
    return making.way_for(connector, asked or first, {}, person=True) or first


def _check_return(url: str, origins: tuple[str, ...]) -> None:
    """UsageError where a browser is not to be sent there."""
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}#') and "@" not in parts.netloc
    if not plain or not origin_of(url) or origin_of(url) not in origins:
        raise UsageError(f"return_to must be a page of {' or '.join(origins)}.")


async def show(ask: Ask) -> Answer:
    """How far a sign-in is."""
    found = await asyncio.to_thread(pending.find, ask.server.store, ask.path["state"], ask.server.clock.now())
    own = found and ask.who.own(found.connection)
    if found is None or own is None or (ask.who.embed and own != ask.who.embed.connection):
        raise Problem(404, "There is no such sign-in, or it is long over.")
    return Answer({"connection": own, "status": found.status, "detail": found.detail})


async def come_back(ask: Ask) -> Answer:
    """The browser is back: take the tokens, test the connection, keep it, and say how it went."""
    store = ask.server.store
    one = await asyncio.to_thread(pending.take, store, ask.query.get("state", ""), ask.server.clock.now())
    if one is None:
        return _page("Not this sign-in", "This sign-in is over, or is not known here. Begin again.")
    finish = asyncio.create_task(_finish(ask, one))
    _finishing.add(finish)  # it goes on where the browser goes away: the code works once
    finish.add_done_callback(_finishing.discard)
    problem = await asyncio.shield(finish)
    called = one.connection.rpartition("/")[2]
    if one.return_to:
        query = urlencode({"connection": called, "status": "failed" if problem else "connected"})
        place = f"{one.return_to}{'&' if '?' in one.return_to else '?'}{query}"
        return Answer(status=303, headers=[("Location", place), ("Referrer-Policy", "no-referrer")], content=b"")
    told = (one.origin, {"type": MESSAGE, "connection": called, "ok": not problem}) if one.origin else None
    if problem:
        return _page("Not connected", problem, told)
    return _page("Connected", f"{called} is connected. You can close this page.", told)


_finishing: set[asyncio.Task[str | None]] = set()


async def _finish(ask: Ask, one: Pending) -> str | None:
    """Make the connection of a sign-in; why it failed, None where it did not."""
    server, detail = ask.server, "It could not be finished. Begin again."
    try:
        draft = making.draft(one.connection, find(one.connector), one.scheme, one.values)
        redirect = server.settings.public_url.rstrip("/") + CALLBACK
        sign_in = SignIn(draft.connection, redirect, one.state, one.verifier)
        back = f"{redirect}?{urlencode(ask.query, quote_via=quote)}"
        now = server.clock.now()
        tokens, who = await server.clients.drive(making.tried(draft, sign_in.tokens(back, now), server.clock))
        await asyncio.to_thread(making.keep, server.store, draft, tokens, who, now, replaces=one.replaces)
        await forget(ask, one.connection)
        detail = ""
    except ConnectorError as error:
        detail = error.message
    except Exception:
        log.exception("A sign-in failed", extra={"request_id": ask.id})
    finally:
        status = "failed" if detail else "connected"
        await asyncio.to_thread(pending.end, server.store, one.state, status, detail or None)
    return detail or None


def _page(title: str, text: str, told: tuple[str, Any] | None = None) -> Answer:
    """A page for a person; its opener, if it is of that origin, is told."""
    nonce, script = secrets.token_urlsafe(16), ""
    if told:
        origin, message = (json.dumps(part).replace("<", "\\u003c") for part in told)
        script = f'<script nonce="{nonce}">if (window.opener) window.opener.postMessage({message}, {origin})</script>'
    page = PAGE.format(title=html.escape(title), text=html.escape(text) + script)
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
    headers = [("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer")]
    return Answer(content=page.encode(), media="text/html; charset=utf-8", headers=headers)


BACK = {
    "state": {"type": "string", "maxLength": 200, "description": "Which sign-in it is."},
    "code": {"type": "string", "maxLength": 8000, "pattern": "^[ -~]*$", "description": "What tokens are given for."},
    "error": {"type": "string", "maxLength": 200, "description": "Why there is no code."},
    "error_description": {"type": "string", "maxLength": 2000, "description": "The same for people."},
}
ROUTES = [
    Route(
        "POST",
        "/v1/sign-ins",
        begin,
        "Begin a sign-in",
        scope=("manage", "connect"),
        description="Open the address in the browser of the person. Within 10 minutes the service sends it back here; "
        "then the connection is tested and kept. Where no OAuth client is among the values, that of whoever runs this "
        "server is used, if there is one.",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["connector"],
            "properties": {**MAKING, "return_to": RETURN_TO},
        },
        answers={201: BEGUN},
        errors=(404, 409, 422),
        embed=True,
    ),
    Route(
        "GET",
        "/v1/sign-ins/{state}",
        show,
        "Show a sign-in",
        scope=("manage", "connect"),
        answers={200: OUTCOME},
        errors=(404,),
        embed=True,
    ),
    Route(
        "GET",
        CALLBACK,
        come_back,
        "End a sign-in",
        scope=None,
        description="Where a service sends the browser in the end. A page says how it went.",
        once=True,
        query=BACK,
        open_query=True,
        answers={200: {"type": "string"}, 303: None},
        media="text/html",
        errors=(400, 503, 504),
    ),
]
