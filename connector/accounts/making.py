"""Makes a connection: which way its values are for, whether they fit, its first tokens, the test, and keeping it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..catalog import Connector
from ..clock import Clock
from ..connections import Connection, in_url, made
from ..context import Context
from ..errors import AuthError, InputError, Problem, UsageError, nearest
from ..retry import Patience
from ..schema import Schema, Validator, defaults
from ..steps import Steps
from ..store import Store
from ..ways import needs, reads, signs_in
from . import saved
from .lent import lent
from .oauth import Refused, Tokens, renewable, renewed
from .proof import prove

PATIENCE = Patience(10.0)
OWN: dict[str, Schema] = {
    "base_url": {
        "type": "string",
        "title": "Base URL",
        "description": "Where the service is, if not at its usual address.",
        "advanced": True,
    },
    "allowed_hosts": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "title": "Allowed hosts",
        "description": "Further hosts that a raw request may name. They are never sent the credentials.",
        "advanced": True,
    },
}
"""What a connection of any connector may have."""


def schema(connector: Connector, scheme: str | None, values: Mapping[str, Any] | None = None) -> Schema:
    """The JSON Schema of the values that a connection of this way takes.

    `base_url` stands for the values of the URL. An OAuth client is not needed where one is lent to these values.
    """
    spec, auth = connector.spec["connection"], connector.spec["auth"]
    of_ways = {name for way in auth.values() for name in reads(way)}
    of_this = set(reads(auth[scheme])) if scheme else set()
    spared = lent(connector, scheme, values or {})
    rare = {*spared, "client_secret"} if "client_id" in spared else spared  # a client that is lent may have none
    properties = {
        name: {**rule, "advanced": True} if name in rare else rule
        for name, rule in spec.get("properties", {}).items()
        if name not in of_ways or name in of_this
    }
    needed = [*spec.get("required", ()), *(needs(auth[scheme]) if scheme else ())]
    needed = [name for name in dict.fromkeys(needed) if name not in spared]
    of_url = [name for name in needed if name in in_url(connector)]
    found = {
        **spec,
        "type": "object",
        "properties": properties | OWN,
        "required": [name for name in needed if name not in of_url],
        "additionalProperties": False,
    }
    return found | ({"if": {"required": ["base_url"]}, "else": {"required": of_url}} if of_url else {})


def way_for(
    connector: Connector, asked: str | None, values: Mapping[str, Any], *, person: bool | None = None
) -> str | None:
    """The way to sign: the one asked for, else the first that the values are enough for.

    With `person`, one for which a person signs in; with False, one for which none does; with None, either. UsageError
    where there is none of that name or kind, InputError where the values are enough for none.
    """
    ways = connector.spec["auth"]
    if asked is not None and asked not in ways:
        raise UsageError(f"{connector.title} has no way {asked!r}. {nearest(asked, list(ways))}".strip())
    fitting = {name: way for name, way in ways.items() if person is None or signs_in(way) == person}
    if asked is not None and asked not in fitting:
        hint = (
            "no person signs in. Use POST /v1/connections." if person else "a person signs in. Use POST /v1/sign-ins."
        )
        raise UsageError(f"{ways[asked]['title']}: for this {hint}")
    if asked is not None or not ways:
        return asked
    for name, way in fitting.items():
        have = {**lent(connector, name, values), **values}
        if all(have.get(need) for need in needs(way)):
            return str(name)
    each = "; or ".join(f"{' and '.join(needs(way))} ({way['title']})" for way in fitting.values())
    problem = f"The values have no credentials for {connector.title}."
    raise InputError([Problem("", "credentials", "object", problem, f"Give {each}." if each else "")])


@dataclass(frozen=True, slots=True)
class Draft:
    """A connection that was not tried yet. `base_url` is its own, if any; `lent` are values that are not kept."""

    connection: Connection = field(repr=False)
    base_url: str | None
    lent: frozenset[str]


def draft(name: str, connector: Connector, scheme: str | None, values: Mapping[str, Any]) -> Draft:
    """The connection that these values make; InputError says which of them do not do, and why."""
    shape = schema(connector, scheme, values)
    given = defaults(shape) | {key: value for key, value in values.items() if value not in (None, "")}
    Validator(shape).check(given)
    found = {**lent(connector, scheme, given), **given}
    hosts = found.pop("allowed_hosts", [])
    try:
        connection = made(name, connector, found, hosts, scheme)
    except UsageError as error:
        wrong = "base_url" if found.get("base_url") else next(iter(in_url(connector)), "")
        raise InputError([Problem(f"/{wrong}" if wrong else "", "url", "string", error.message)]) from None
    return Draft(connection, found.get("base_url"), frozenset(found.keys() - given.keys()))


def tried(given: Draft, signed_in: Steps | None, clock: Clock) -> Steps:
    """Take the first tokens, by `signed_in` where a person signed in, and make the test.

    Returns the Tokens, None where the way has none, and who the service says we are. Raises AuthError in the service's
    words, or what the test raises.
    """
    connection, tokens = given.connection, None
    if (way := connection.way) is not None and way["type"] == "oauth2":
        try:
            tokens = yield from signed_in or renewed(connection, None, clock.now())
        except Refused as error:
            message = f"{connection.connector.title} refused the sign-in: {error}"
            raise AuthError(message, "", error.status) from None
    who = yield from prove(Context(tokens.on(connection) if tokens else connection, PATIENCE, clock))
    return tokens, who


def keep(store: Store, given: Draft, tokens: Tokens | None, who: str | None, now: float, *, replaces: bool) -> None:
    """Keep a connection that was tried; NameTakenError where there is one, unless this `replaces` it."""
    values = {name: value for name, value in given.connection.values.items() if name not in given.lent}
    saved.keep(
        store,
        replace(given.connection, values=values),
        base_url=given.base_url,
        tokens=tokens.as_dict() if tokens else None,
        renews=tokens is not None and renewable(given.connection, tokens),
        who=who,
        now=now,
        replace=replaces,
    )
