"""Authentications, which are our connections: the id of one is the connection's name."""

from __future__ import annotations

import asyncio
import re
from itertools import chain, count
from typing import Any

from ...accounts import saved
from ...catalog import find
from ...connections import RESERVED
from ..problems import Problem
from ..route import Answer, Ask, Route
from ..shapes import TEXT, shape, text
from ..v1.connections import VALUES, keep, named, remove
from .catalog import SERVICE, environment, environment_id, service

LONGEST = 50  # characters of a name, so that a number has room behind them


async def make(ask: Ask) -> Answer:
    """A connection of these values, tested and kept under a name that is free."""
    connector, way = environment(ask.body["serviceEnvironmentId"])
    id = await asyncio.to_thread(_free, ask, ask.body["name"])
    await keep(ask, connector, ask.who.full(id), way, _values(ask), replaces=False)
    return Answer({"id": id})


async def show(ask: Ask) -> Answer:
    """A connection, without its values."""
    one = await asyncio.to_thread(saved.find, ask.server.store, named(ask))
    connector, way = find(one.connector), one.scheme or None
    return Answer(
        {
            "id": ask.path["name"],
            "name": ask.path["name"],
            "serviceEnvironmentId": environment_id(connector, way),
            "service": service(connector),
            "scopes": connector.spec["auth"].get(way, {}).get("scopes", []),
        }
    )


async def replace(ask: Ask) -> Answer:
    """Put other values in the place of those of a connection, where they pass the test. Its id stays."""
    name, way = named(ask), None
    connector = find((await asyncio.to_thread(saved.find, ask.server.store, name)).connector)
    if "serviceEnvironmentId" in ask.body:
        other, way = environment(ask.body["serviceEnvironmentId"])
        if other != connector:
            raise Problem(400, f"This authentication is for {connector.name}, and the environment of {other.name}.")
    await keep(ask, connector, name, way, _values(ask), replaces=True)
    return Answer({"id": ask.path["name"]})


def _values(ask: Ask) -> dict[str, Any]:
    return {**ask.body.get("userData", {}), **ask.body.get("credentials", {})}


def _free(ask: Ask, wanted: str) -> str:
    """A name like the one that is wanted, which can stand in a URL and is nobody's in this tenant."""
    taken = {*RESERVED, *(ask.who.own(name) for name in saved.names(ask.server.store))}
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-._")[:LONGEST] or "authentication"
    return next(name for name in chain([base], (f"{base}-{n}" for n in count(2))) if name not in taken)


ID = text("The connection, as authId names it.")
GIVEN = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200, "description": "What its id is made of."},
    "serviceEnvironmentId": {"type": "string", "maxLength": 64, "description": "The way to connect."},
    "userData": {**VALUES, "description": "As the userDataSchema of the environment says."},
    "credentials": {**VALUES, "description": "As its credentialsSchema says."},
    "scopes": {"type": "array", "items": TEXT, "description": "Not read: the connector's own are asked for."},
}
SHOWN = shape(
    {
        "id": ID,
        "name": TEXT,
        "serviceEnvironmentId": {"type": "string", "format": "uuid"},
        "service": SERVICE,
        "scopes": {"type": "array", "items": TEXT},
    }
)
PLACE = "/core/v1/authentications"


def _route(method: str, path: str, endpoint: Any, summary: str, answers: dict[int, Any], **more: Any) -> Route:
    return Route(method, path, endpoint, summary, scope="manage", description=endpoint.__doc__, answers=answers,
                 core=True, **more)  # fmt: skip


ROUTES = [
    _route("POST", PLACE, make, "Make an authentication", {200: shape({"id": ID})},
           body=shape(GIVEN, "userData", "credentials", "scopes"), errors=(404, 408, 429)),
    _route("GET", f"{PLACE}/{{name}}", show, "Show an authentication", {200: SHOWN}, errors=(400, 404)),
    _route("PUT", f"{PLACE}/{{name}}", replace, "Replace the values of an authentication", {200: shape({"id": ID})},
           body=shape(GIVEN, *GIVEN), errors=(404, 408, 429)),
    _route("DELETE", f"{PLACE}/{{name}}", remove, "Remove an authentication", {204: None}, errors=(400, 404)),
]  # fmt: skip
