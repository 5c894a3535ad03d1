"""The connections of a tenant, kept and always there."""

from __future__ import annotations

import asyncio
from typing import Any

from ...accounts import making, saved
from ...accounts.shown import shown
from ...catalog import Connector, connectors, find
from ...connections import RESERVED, connect
from ...errors import UnknownNameError, UsageError
from ...schema import Schema
from ..problems import Problem
from ..route import Answer, Ask, Route

NAME = {
    "type": "string",
    "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    "description": "What the connection is called: letters, digits, '-', '_' and '.'.",
}
CONNECTOR = {"type": "string", "minLength": 1, "maxLength": 64, "description": "The connector."}
VALUES: Schema = {
    "type": "object",
    "additionalProperties": {"maxLength": 10_000, "maxItems": 100, "items": {"maxLength": 300}},
    "default": {},
}
MAKING: dict[str, Schema] = {
    "connector": CONNECTOR,
    "name": {
        **NAME,
        "description": f"{NAME['description']} The connector's when left out, or that of an embed token.",
    },
    "way": {"type": "string", "description": "One of the connector's ways; what the values are for when left out."},
    "values": {**VALUES, "description": "The values that the way takes; see the connector."},
    "replace": {"type": "boolean", "default": False, "description": "Take the place of a connection of that name."},
}
TO_MAKE = {"type": "object", "additionalProperties": False, "required": ["connector"], "properties": MAKING}

TEXT = {"type": ["string", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}
ENDS = {
    "type": ["object", "null"],
    "description": "When the service ends the way.",
    "required": ["date", "message"],
    "additionalProperties": False,
    "properties": {"date": {"type": "string", "format": "date"}, "message": {"type": "string"}},
}
SHOWN: Schema = {
    "title": "Connection",
    "type": "object",
    "required": [
        *("name", "connector", "way", "title", "values", "allowed_hosts"),
        *("who", "made", "expires", "renews", "ends", "kept"),
    ],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "connector": {"type": "string"},
        "way": {**TEXT, "description": "How it signs in."},
        "title": {**TEXT, "description": "The way, for people."},
        "values": {"type": "object", "description": "Its values; a secret is ***."},
        "allowed_hosts": {"type": "array", "items": {"type": "string"}},
        "who": {**TEXT, "description": "The user, as the service called it when the connection was tested."},
        "made": TIME,
        "expires": {**TIME, "description": "When its access token ends."},
        "renews": {"type": "boolean", "description": "Whether its tokens are renewed."},
        "ends": ENDS,
        "kept": {"type": "boolean", "description": "False for one that is always there: sandbox, env."},
    },
}
LIST = {
    "type": "object",
    "required": ["connections"],
    "additionalProperties": False,
    "properties": {"connections": {"type": "array", "items": SHOWN}},
}
WORKS = {
    "type": "object",
    "required": ["name", "works", "who"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string"}, "works": {"const": True}, "who": TEXT},
}


def to_make(ask: Ask) -> tuple[Connector, str]:
    """The connector and the full name of the connection that a body asks for; an embed token's own."""
    given, token = ask.body, ask.who.embed
    wanted = given["connector"], given.get("name") or (token.connection if token else given["connector"])
    if token and wanted != (token.connector, token.connection):
        raise Problem(403, f"This token is for {token.connection} of {token.connector}.")
    return find(given["connector"]), saved.check_name(ask.who.full(wanted[1]))


async def make(ask: Ask) -> Answer:
    """A connection of these values, tested and kept."""
    connector, name = to_make(ask)
    values, replaces = ask.body.get("values", {}), ask.body.get("replace", False)
    await keep(ask, connector, name, ask.body.get("way"), values, replaces=replaces)
    return Answer(await _one(ask, name), 201)


async def keep(
    ask: Ask, connector: Connector, name: str, way: str | None, values: dict[str, Any], *, replaces: bool
) -> None:
    """Make a connection of this full name, test it, and keep it where the test passes."""
    store, clock = ask.server.store, ask.server.clock
    scheme = making.way_for(connector, way, values, person=False)
    draft = making.draft(name, connector, scheme, values)
    if not replaces:
        await asyncio.to_thread(check_free, ask, name)
    tokens, who = await ask.server.clients.drive(making.tried(draft, None, clock))
    await asyncio.to_thread(making.keep, store, draft, tokens, who, clock.now(), replaces=replaces)
    await forget(ask, name)


def check_free(ask: Ask, name: str) -> None:
    """NameTakenError where there is a connection of this full name."""
    if ask.server.store.query("SELECT 1 FROM connections WHERE name = ?", (name,)):
        raise saved.taken(name)


async def forget(ask: Ask, name: str) -> None:
    """Have the next call on a connection open it anew."""
    for connector in connectors():
        await ask.server.clients.drop(connector, name)


async def every(ask: Ask) -> Answer:
    """All connections of the caller."""
    kept = [_kept(ask, one) for one in await asyncio.to_thread(saved.every, ask.server.store) if _is_theirs(ask, one)]
    always = [_always(one, name) for one in connectors().values() for name in RESERVED if _is_there(ask, one, name)]
    wanted = ask.query.get("connector")
    return Answer({"connections": [one for one in (*always, *kept) if wanted in (None, one["connector"])]})


async def show(ask: Ask) -> Answer:
    """One connection."""
    return Answer(await _one(ask, named(ask)))


async def rename(ask: Ask) -> Answer:
    """Give a connection another name."""
    old, new = named(ask), ask.who.full(ask.body["name"])
    await asyncio.to_thread(saved.rename, ask.server.store, old, new)
    await forget(ask, old)
    return Answer(await _one(ask, new))


async def remove(ask: Ask) -> Answer:
    """Forget a connection."""
    name = named(ask)
    await asyncio.to_thread(saved.remove, ask.server.store, name)
    await forget(ask, name)
    return Answer(status=204)


async def test(ask: Ask) -> Answer:
    """Whether a connection works."""
    name = ask.path["name"]
    if name in RESERVED:
        if "connector" not in ask.query:
            raise Problem(400, f"{name} is there for every connector. Name one: ?connector=NAME.")
        connector = find(ask.query["connector"])
    else:
        connector = find((await asyncio.to_thread(saved.find, ask.server.store, ask.who.full(name))).connector)
    async with ask.server.clients.of(connector, ask.who.full(name)) as client:
        return Answer({"name": name, "works": True, "who": await client.atest()})


def named(ask: Ask) -> str:
    """The full name of the connection of the path, one that is kept; an embed token's own alone."""
    name, token = ask.path["name"], ask.who.embed
    if token and name != token.connection:
        raise Problem(403, f"This token is for the connection {token.connection}.")
    if name in RESERVED:
        hint = "There is nothing to show or to change: see GET /v1/connections."
        raise UnknownNameError(f"{name} is always there. {hint}")
    return ask.who.full(name)


async def _one(ask: Ask, name: str) -> dict[str, Any]:
    return _kept(ask, await asyncio.to_thread(saved.find, ask.server.store, name))


def _kept(ask: Ask, one: saved.Saved) -> dict[str, Any]:
    return {**shown(one), "name": ask.who.own(one.name), "kept": True}


def _is_theirs(ask: Ask, one: saved.Saved) -> bool:
    return ask.who.own(one.name) is not None


def _is_there(ask: Ask, connector: Connector, name: str) -> bool:
    """Whether one that is always there is: the environment is this machine's own."""
    try:
        return not (name == "env" and ask.who.tenant) and connect(connector, name) is not None
    except UsageError:
        return False


def _always(connector: Connector, name: str) -> dict[str, Any]:
    empty = dict.fromkeys(("way", "title", "who", "made", "expires", "ends"))
    found = {"name": name, "connector": connector.name, "values": {}, "allowed_hosts": [], "renews": False}
    return {**empty, **found, "kept": False}


NAMED = "/v1/connections/{name}"
ROUTES = [
    Route(
        "GET",
        "/v1/connections",
        every,
        "List the connections",
        scope="manage",
        query={"connector": CONNECTOR},
        answers={200: LIST},
    ),
    Route(
        "POST",
        "/v1/connections",
        make,
        "Make a connection",
        scope=("manage", "connect"),
        description="It is tested, and kept only where the test passes. One that a person signs in to in a browser is "
        "made by POST /v1/sign-ins.",
        body=TO_MAKE,
        answers={201: SHOWN},
        errors=(404, 409, 422, 424, 502, 504),
        embed=True,
    ),
    Route(
        "GET",
        NAMED,
        show,
        "Show a connection",
        scope=("manage", "connect"),
        answers={200: SHOWN},
        errors=(404,),
        embed=True,
    ),
    Route(
        "PATCH",
        NAMED,
        rename,
        "Rename a connection",
        scope="manage",
        body={"type": "object", "additionalProperties": False, "required": ["name"], "properties": {"name": NAME}},
        answers={200: SHOWN},
        errors=(404, 409, 422),
    ),
    Route(
        "DELETE",
        NAMED,
        remove,
        "Remove a connection",
        scope="manage",
        description="It is forgotten here. The service is not told.",
        answers={204: None},
        errors=(404,),
    ),
    Route(
        "POST",
        f"{NAMED}/test",
        test,
        "Test a connection",
        scope="manage",
        description="By a harmless call. For sandbox and env, name the connector.",
        query={"connector": CONNECTOR},
        answers={200: WORKS},
        errors=(404, 424, 502, 504),
    ),
]
