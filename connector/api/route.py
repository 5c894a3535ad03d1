"""A route of the API as a value: what it takes, what it answers, who may ask. The OpenAPI document is made of them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from ..access.embed import lookups
from ..access.scopes import OF_EFFECT, Caller, Embed
from ..catalog import Connector
from ..operation import Operation
from ..schema import Schema, Validator
from .problems import Problem

if TYPE_CHECKING:
    from .server import Server

JSON, LINES = "application/json", "application/jsonl"
Headers: TypeAlias = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """What is sent back: `body` as JSON, or `content` as it is, or the lines of a `stream` as they come."""

    body: Any = None
    status: int = 200
    headers: Headers = ()
    content: bytes | None = None
    stream: AsyncIterator[bytes] | None = None
    media: str = JSON


@dataclass(slots=True)
class Ask:
    """One request, once it is known who asks and that what was sent fits the route."""

    server: Server
    who: Caller
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    headers: Mapping[bytes, bytes]
    id: str

    def header(self, name: str) -> str | None:
        """A header, by its name in lower case."""
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def tagged(self, content: bytes, tag: str, media: str = JSON, headers: Headers = ()) -> Answer:
        """The content under its ETag; 304 where whoever asks has it already."""
        headers = (("ETag", tag), ("Cache-Control", "private, no-cache"), *headers)
        held = [one.strip().removeprefix("W/") for one in (self.header("if-none-match") or "").split(",")]
        if tag in held or held == ["*"]:
            return Answer(status=304, content=b"", headers=headers)
        return Answer(content=content, headers=headers, media=media)

    def need(self, *scopes: str) -> None:
        """Raise Problem where the caller has none of these scopes, or would run what their token does not name."""
        check_scope(self.who, scopes)
        token, name = self.who.embed, self.path.get("operation", "")
        if token and name not in token.operations and not RUNNING.isdisjoint(scopes):
            raise not_named(token, name)

    def connector(self) -> Connector:
        """The connector that the path names; Problem where it is not that of the caller's token."""
        name = self.path["connector"]
        if self.who.embed and name != self.who.embed.connector:
            raise Problem(403, f"This token is for {self.who.embed.connector}, not for {name}.")
        return self.server.connector(name)

    def operation(self) -> Operation:
        """The operation that the path names; Problem where the caller's token names neither it nor a form it is in."""
        connector, name, token = self.connector(), self.path["operation"], self.who.embed
        if token and name not in token.operations and name not in lookups(connector, token.operations):
            raise not_named(token, name)
        return connector.operation(name)


def tag(content: bytes) -> str:
    """The ETag of what is sent."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


RUNNING = frozenset(OF_EFFECT.values())


def check_scope(who: Caller, scopes: Collection[str], headers: Headers = ()) -> None:
    """Problem where the caller has none of the scopes; any will do."""
    if who.scopes.isdisjoint(scopes):
        held = "token" if who.embed else "key"
        raise Problem(403, f"This {held} does not have the scope {' or '.join(scopes)}.", headers=headers)


def not_named(token: Embed, operation: str) -> Problem:
    """The refusal of an operation that an embed token does not name."""
    return Problem(
        403, f"This token is not for {operation}. It names: {', '.join(sorted(token.operations)) or 'none'}."
    )


NOBODY = Caller("", frozenset(), "")


@dataclass(frozen=True)
class Route:
    """`scope` is what a caller needs, one of several where there are several: empty where any key will do and the
    endpoint asks for more, None for no key.

    `query` and `body` are JSON Schemas; a query parameter is read as its `type` says. `answers` are the statuses of
    success with the schema of what is sent; `errors` the statuses of failure. With `embed`, an embed token will do.
    `lines` says what each line is where the answer may also be lines of JSON.
    With `open_query`, query parameters that are not declared are passed over. With `core`, errors are in Tray's words.
    With `once`, a GET uses something up: no HEAD asks for it too.
    """

    method: str
    path: str
    endpoint: Callable[[Ask], Awaitable[Answer]]
    summary: str
    scope: str | tuple[str, ...] | None = ""
    description: str = ""
    query: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    answers: Mapping[int, Schema | None] = field(default_factory=lambda: {200: {}})
    errors: tuple[int, ...] = ()
    media: str = JSON
    lines: str | None = None
    embed: bool = False
    open_query: bool = False
    core: bool = False
    once: bool = False

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of which a caller needs one; empty where any key will do."""
        return (self.scope,) if isinstance(self.scope, str) and self.scope else tuple(self.scope or ())

    @cached_property
    def body_validator(self) -> Validator:
        return Validator(self.body or {})

    @cached_property
    def asks(self) -> list[str]:
        """The query parameters that must be given."""
        return [name for name, schema in self.query.items() if schema.get("required") is True]

    @cached_property
    def query_validator(self) -> Validator:
        properties = {
            name: {key: value for key, value in schema.items() if key != "required"}
            for name, schema in self.query.items()
        }
        return Validator(
            {"type": "object", "properties": properties, "required": self.asks, "additionalProperties": False}
        )
