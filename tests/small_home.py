"""A small connector of an invented service, written into a folder of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from connector import Client, Connection, Connector
from connector.clock import SYSTEM, Clock
from connector.store import Store

Answer: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]

KEY = "k3y-that-nobody-may-see"
URL = "https://shed.example/v1"

CONNECTOR: dict[str, Any] = {
    "title": "Shed",
    "description": "Tools that are lent.",
    "url": URL,
    "connection": {"type": "object", "properties": {"key": {"type": "string", "writeOnly": True}}},
    "auth": {"key": {"title": "Key", "type": "bearer", "token": "key"}},
    "headers": {"Accept": "application/json"},
    "pagination": {
        "cursor": {
            "input": {"after": {"type": "string", "title": "After", "description": "The cursor."}},
            "query": {"after": "after"},
            "next": {"after": "next"},
        }
    },
    "errors": ["errors[].title", "join('; ', reasons)", "error.message", "error"],
}

TOOL = {"type": "object", "required": ["tool"], "properties": {"tool": {"type": "string"}}}
ID = {"type": ["integer", "string"], "title": "ID", "description": "The number of a tool."}
ANY = {"title": "Anything", "description": "Any value."}
LISTED = {"records": "rows", "output": {"properties": {"rows": {"type": "array"}}}, "pagination": "cursor"}

OPERATIONS: dict[str, dict[str, Any]] = {
    "get_tool": {"request": "GET /tools/{id}", "input": {"required": ["id"], "properties": {"id": ID}}, "output": TOOL},
    "make_tool": {"request": "POST /tools", "input": {"properties": {"tool": ANY}}, "body": "*", "output": TOOL},
    "find_tool": {"request": "POST /search", "effect": "read", "output": TOOL},
    "touch_tool": {"request": "GET /touch", "effect": "change", "output": TOOL},
    "pick_tool": {"request": "GET /pick", "result": "found.tool"},
    "list_tools": {"request": "GET /tools", **LISTED, "options": {"text": "name", "value": "id"}},
    "name_tool": {
        "request": "GET /names{?name}",
        "input": {"properties": {"name": ANY}},
        "headers": {"X-Name": "name"},
    },
}


def home(
    folder: Path,
    operations: Mapping[str, Mapping[str, Any]] = OPERATIONS,
    handlers: Mapping[str, str] | None = None,
    **more: Any,
) -> Path:
    """Write a home with one connector named `shed`; `more` are keys of its connector.yaml. JSON is YAML too."""
    place = folder / "operations" / "shed"
    place.mkdir(parents=True)
    (place / "connector.yaml").write_text(json.dumps({**CONNECTOR, **more}))
    for name, spec in operations.items():
        words: dict[str, Any] = {"title": name.replace("_", " ").capitalize(), "description": "As it says."}
        (place / f"{name}.yaml").write_text(json.dumps({**words, **spec}))
    for name, source in (handlers or {}).items():
        (place / f"{name}.py").write_text(source)
        if name not in operations:
            spec = {"title": name, "description": "By a handler.", "effect": "change", "output": {}}
            (place / f"{name}.yaml").write_text(json.dumps(spec))
    return folder


def shed(folder: Path, **more: Any) -> Connector:
    """The connector of `home`."""
    return Connector("shed", home(folder, **more))


def connected(connector: Connector, base_url: str = URL) -> Connection:
    """A connection of it, with a key."""
    return Connection("test", connector, base_url, {"key": KEY})


def client(
    folder: Path, *answers: Answer, strict: bool = False, retry_for: float = 0, clock: Clock = SYSTEM, **more: Any
) -> Client:
    """A client of the small home, whose service gives these answers in order."""
    waiting = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        found = next(waiting)
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, httpx.Response) else found(request)

    connector = shed(folder, **more)
    return Client(
        connector,
        connected(connector),
        transport=httpx.MockTransport(answer),
        strict=strict,
        record=False,
        store=Store(folder / "store.db"),  # not what another client has heard of the service's limits
        retry_for=retry_for,
        clock=clock,
    )


def unasked(request: httpx.Request) -> httpx.Response:
    """An answer that must not be needed."""
    raise AssertionError(f"{request.method} {request.url} was sent")
