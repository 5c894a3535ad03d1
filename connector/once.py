"""One call on a client of its own: the public functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .client import Client
from .connections import Connection


def run(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> Any:
    """Run one operation and give its output. For many calls, keep a Client."""
    with Client(connector, connection) as client:
        return client.run(operation, input)


async def arun(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> Any:
    """`run`, awaited."""
    async with Client(connector, connection) as client:
        return await client.arun(operation, input)


def stream(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> Iterator[Any]:
    """Every record of a list operation, page after page."""
    with Client(connector, connection) as client:
        yield from client.stream(operation, input)


def plan(
    connector: str, operation: str, input: dict[str, Any] | None = None, *, connection: str | Connection = "sandbox"
) -> dict[str, Any]:
    """The exact first request of a call, credentials masked; nothing is sent. See `calls.plan`."""
    with Client(connector, connection) as client:
        return client.plan(operation, input)


def options(
    connector: str,
    operation: str,
    input: dict[str, Any] | None = None,
    *,
    connection: str | Connection = "sandbox",
    field: str | None = None,
    search: str | None = None,
    page: str | None = None,
    inactive: bool = False,
) -> dict[str, Any]:
    """The choices of a dropdown, or of that of a field. See `Client.options`."""
    with Client(connector, connection) as client:
        return client.options(operation, input, field=field, search=search, page=page, inactive=inactive)
