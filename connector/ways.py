"""The ways to sign a request that a connector declares in `auth`: what each reads, and what it adds to a request."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .template import Expression, wire

MASK = "***"

_READS = ("username", "password", "token", "value")
CLIENT = ("client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Signature:
    """What signs a request: headers, or a query parameter."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: str = field(default="", repr=False)

    @property
    def names(self) -> set[str]:
        """The headers that it owns, in lower case."""
        return {name.lower() for name, _ in self.headers}


def sign(way: Mapping[str, Any] | None, values: Mapping[str, Any], *, masked: bool = False) -> Signature:
    """What a way makes of the values of a connection; with `masked`, every credential is `***`."""
    if way is None:
        return Signature()
    read = {"token": "access_token"} if way["type"] == "oauth2" else way
    found = {key: wire(Expression(read[key])(dict(values)) or "") for key in _READS if key in read}
    if masked:
        found = dict.fromkeys(found, MASK)
    if way["type"] == "basic":
        pair = f"{found['username']}:{found.get('password', '')}".encode()
        return Signature((("Authorization", f"Basic {MASK if masked else base64.b64encode(pair).decode()}"),))
    if way["type"] in ("bearer", "oauth2"):
        return Signature((("Authorization", f"Bearer {found['token']}"),))
    if way["place"] == "header":
        return Signature(((way["name"], found["value"]),))
    return Signature(query=f"{quote(way['name'])}={quote(found['value'], safe='*')}")


def reads(way: Mapping[str, Any]) -> list[str]:
    """The values of a connection that a way of `auth` reads, sorted."""
    if way["type"] == "oauth2":
        return list(CLIENT)
    return sorted({name for key in _READS if key in way for name in Expression(way[key]).reads or ()})


def needs(way: Mapping[str, Any]) -> list[str]:
    """Those of them without which it cannot sign: a public OAuth client has no secret."""
    public = way["type"] == "oauth2" and way["grant"] == "authorization_code"
    return list(CLIENT[:1]) if public else reads(way)


def ready(auth: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first way that these values are all it takes for: not one for which a person signs in."""
    for way in auth.values():
        if not signs_in(way) and all(values.get(name) for name in needs(way)):
            return way
    return None


def signs_in(way: Mapping[str, Any]) -> bool:
    """Whether a person signs in, in a browser."""
    return bool(way["type"] == "oauth2" and way["grant"] == "authorization_code")
