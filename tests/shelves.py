"""A small service of long lists, and clients of it, for tests of dropdowns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from connector import Client, Connector
from connector.clock import SYSTEM, Clock
from connector.store import Store

from . import small_home

ID = small_home.ID
PAGED = {"pagination": "cursor", "records": "rows", "output": small_home.LISTED["output"]}
TOOL = {"text": "name", "value": "id", "active": "on != `false`", "hint": "mark"}
LOOKUP = {"operation": "tools_of", "input": {"drawer": "drawer"}}

OPERATIONS: dict[str, dict[str, Any]] = {
    "tools": {"request": "GET /tools", **PAGED, "options": TOOL},
    "ordered": {"request": "GET /tools", **PAGED, "options": {**TOOL, "order": "service", "lifetime": 0}},
    "popular": {"request": "GET /tools", **PAGED, "options": {**TOOL, "part": True}},
    "known": {
        "request": "GET /tools{?kind}",
        "input": {"properties": {"kind": ID}},
        **PAGED,
        "options": {
            **TOOL,
            "search": {"request": "GET /search", "query": {"q": "search"}, "pagination": "cursor", "records": "rows"},
            "find": {
                "request": "GET /find",
                "query": {"ids": "values"},
                "records": "rows",
                "many": 2,
                "pattern": "^[0-9]+$",
            },
        },
    },
    "single": {
        "request": "GET /tools",
        **PAGED,
        "options": {**TOOL, "find": {"request": "GET /tools/{id}", "path": {"id": "values[0]"}, "records": "row"}},
    },
    "drawers": {"request": "GET /drawers", **PAGED, "options": {"text": "name", "value": "id"}},
    "tools_of": {
        "request": ["GET /drawers/{drawer}/tools", "GET /tools"],
        "input": {"properties": {"drawer": {**ID, "minLength": 1, "not": {"const": "no"}}}},
        **PAGED,
        "options": {**TOOL, "needs": ["drawer"]},
    },
    "lend": {
        "request": "POST /loans",
        "body": "*",
        "input": {
            "properties": {
                "drawer": {**ID, "lookup": {"operation": "drawers"}},
                "tool": {**ID, "lookup": LOOKUP},
                "plain": ID,
                "odd/name": {**ID, "lookup": {"operation": "tools"}},
                "also": {"type": "array", "items": {**ID, "lookup": {"operation": "tools"}}},
                "loans": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"drawer": ID, "tool": {"anyOf": [{**ID, "lookup": LOOKUP}, {"const": "any"}]}},
                    },
                },
                "by": {
                    "type": "object",
                    "oneOf": [
                        {"properties": {"tool": {**ID, "lookup": LOOKUP}}, "required": ["tool"]},
                        {"properties": {"drawer": {**ID, "lookup": {"operation": "drawers"}}}, "required": ["drawer"]},
                    ],
                },
            }
        },
    },
}


def connector(folder: Path) -> Connector:
    """The connector of the service, in a folder."""
    return small_home.shed(folder, operations=OPERATIONS)


def tool(id: Any, name: str, **more: Any) -> dict[str, Any]:
    """A row."""
    return {"id": id, "name": name, **more}


class Shelves:
    """The service: its rows by path, `size` of them a page. `sent` are the paths that were asked for, with queries."""

    def __init__(
        self, rows: Iterable[Any] = (), size: int = 100, others: Mapping[str, list[Any]] | None = None
    ) -> None:
        self.size, self.sent = size, list[str]()
        self.rows: dict[str, list[Any]] = {"tools": list(rows), **(others or {})}

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The rows of a path; 404 where there are none."""
        target = request.url.raw_path.decode().removeprefix("/v1/")
        self.sent.append(target)
        path, _, query = target.partition("?")
        given = dict(parse_qsl(query))
        if path == "find":
            wanted = given["ids"].split(",")
            return httpx.Response(200, json={"rows": [row for row in self.rows["tools"] if str(row["id"]) in wanted]})
        if path.startswith("tools/"):
            found = [row for row in self.rows["tools"] if f"tools/{row['id']}" == path]
            return httpx.Response(200, json={"row": found[0]}) if found else httpx.Response(404, json={"error": "gone"})
        rows = [row for row in self.rows["tools"] if given["q"] in row["name"]] if path == "search" else None
        if rows is None and path not in self.rows:
            return httpx.Response(404, json={"error": "gone"})
        return self._page(self.rows[path] if rows is None else rows, int(given.get("after", 0)))

    def _page(self, rows: list[Any], start: int) -> httpx.Response:
        end = start + self.size
        body = {"rows": rows[start:end]} | ({"next": str(end)} if end < len(rows) else {})
        return httpx.Response(200, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})

    def client(self, home: Connector, folder: Path, clock: Clock = SYSTEM, transport: Any = None) -> Client:
        """A client of the service, whose pages nobody has read."""
        return Client(
            home,
            small_home.connected(home),
            transport=transport or httpx.MockTransport(self.answer),
            record=False,
            store=Store(folder / "store.db"),
            retry_for=0,
            strict=True,
            clock=clock,
        )


def texts(answer: dict[str, Any]) -> list[str]:
    """The labels of an answer."""
    return [choice["text"] for choice in answer["result"]]
