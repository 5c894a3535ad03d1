"""Embed tokens."""

from __future__ import annotations

import asyncio

from ...access.embed import LONGEST, MOST, SCOPES_OF_TOKENS, SECONDS, Tokens, is_origin, origin_of
from ...access.scopes import CONNECT
from ...clock import iso
from ...errors import UsageError
from ..route import Answer, Ask, Route

NAME = {"type": "string", "minLength": 1, "maxLength": 64}

WANTED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["connector", "connection", "origin"],
    "properties": {
        "connector": NAME | {"description": "The connector."},
        "connection": NAME | {"description": "The connection; with the scope connect, the one to be made."},
        "operations": {
            "type": "array",
            "items": NAME,
            "uniqueItems": True,
            "maxItems": MOST,
            "default": [],
            "description": "Operations whose forms it shows. The dropdowns of their fields come with them.",
        },
        "scopes": {
            "type": "array",
            "items": {"enum": list(SCOPES_OF_TOKENS)},
            "uniqueItems": True,
            "minItems": 1,
            "default": ["options"],
            "description": "What the page may do: "
            + "; ".join(f"{name}: {what}" for name, what in SCOPES_OF_TOKENS.items())
            + ".",
        },
        "origin": {
            "type": "string",
            "maxLength": 300,
            "pattern": "^https?://[^/?#@\\s]+$",
            "examples": ["https://app.example.com"],
            "description": "Where the page comes from, such as https://app.example.com.",
        },
        "seconds": {
            "type": "integer",
            "minimum": 1,
            "maximum": LONGEST,
            "default": SECONDS,
            "description": "How long it lasts.",
        },
    },
}

TOKEN = {
    "type": "object",
    "required": ["token", "expires"],
    "additionalProperties": False,
    "properties": {
        "token": {"type": "string", "description": "Send it as a key: Authorization: Bearer TOKEN."},
        "expires": {"type": "string", "format": "date-time", "description": "When it ends."},
    },
}


async def mint(ask: Ask) -> Answer:
    """A token for a page in a browser."""
    settings, wanted, origin = ask.server.settings, ask.body, ask.body["origin"]
    for scope in wanted.get("scopes", ()):
        if scope != CONNECT:
            ask.need(scope)
    if is_origin(origin) and origin not in (*settings.origins, origin_of(settings.public_url)):
        raise UsageError(f"This server answers no pages of {origin}. Start it with --origin {origin}")
    now = ask.server.clock.now()
    token, expires = await asyncio.to_thread(Tokens(ask.server.store).mint, ask.who, **wanted, now=now)
    return Answer({"token": token, "expires": iso(expires)}, 201)


ROUTES = [
    Route(
        "POST",
        "/v1/embed-tokens",
        mint,
        "Make an embed token",
        scope="manage",
        description="A token for a page in a browser. It works from pages of its origin alone, until it ends or the "
        "key that made it is revoked.",
        body=WANTED,
        answers={201: TOKEN},
        errors=(404, 422),
    )
]
