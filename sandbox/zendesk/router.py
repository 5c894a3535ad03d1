"""From "METHOD path" to a handler: literal parts win over `{name}` parts, whatever the order of the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .call import Handler, Routes

PREFIX = "/api/v2/"
VARIABLE = "{}"


class Found(NamedTuple):
    """The handler of a request, the values in its path, and its key in the table."""

    handler: Handler
    path: Mapping[str, str]
    key: str


class Router:
    """A tree of path parts; keys of the table stand under /api/v2/ unless they start with a slash."""

    def __init__(self, routes: Routes) -> None:
        self._tree: dict[str, Any] = {}
        for key, handler in routes.items():
            method, path = key.split(" ")
            parts = (path if path.startswith("/") else PREFIX + path).strip("/").split("/")
            node = self._tree
            for part in parts:
                node = node.setdefault(VARIABLE if part.startswith("{") else part, {})
            names = tuple(part[1:-1] for part in parts if part.startswith("{"))
            node.setdefault("", {})[method] = (handler, names, key)

    def find(self, method: str, path: str) -> Found | None:
        """What answers, if anything does; `.json` at the end of the path is optional."""
        parts = path.removesuffix(".json").strip("/").split("/")
        found = self._walk(self._tree, parts, (), method)
        if not found:
            return None
        handler, names, key, values = found
        return Found(handler, dict(zip(names, values, strict=True)), key)

    def _walk(self, node: dict[str, Any], parts: list[str], values: tuple[str, ...], method: str) -> Any:
        if not parts:
            entry = node.get("", {}).get(method)
            return (*entry, values) if entry else None
        head, rest = parts[0], parts[1:]
        if not head:
            return None
        if head != VARIABLE and head in node and (found := self._walk(node[head], rest, values, method)):
            return found
        return self._walk(node[VARIABLE], rest, (*values, head), method) if VARIABLE in node else None
