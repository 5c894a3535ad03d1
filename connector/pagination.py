"""How a list goes on: a paging style of connector.yaml, bound to the inputs of one operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .message import Response
from .schema import Schema
from .template import Expression, query_pairs


class Paging:
    """A style with its inputs renamed as the operation names them: sends them, and finds the next page."""

    def __init__(self, style: Mapping[str, Any], rename: Mapping[str, str]) -> None:
        self.names: dict[str, str] = {own: rename.get(own, own) for own in style["input"]}
        self.input: dict[str, Schema] = {self.names[own]: schema for own, schema in style["input"].items()}
        self._query = {name: Expression(source) for name, source in style["query"].items()}
        self._next = {own: Expression(source) for own, source in style.get("next", {}).items()}
        self._count, self._skip = style.get("count"), style.get("skip")
        link = style.get("link")
        self._link = link if link in (None, "header") else Expression(link)
        self._more = Expression(style["more"]) if style.get("more") else None

    def query(self, given: Mapping[str, Any]) -> Iterator[str]:
        """The query parameters of a page, encoded."""
        own = {name: given[renamed] for name, renamed in self.names.items() if renamed in given}
        for wire, expression in self._query.items():
            yield from query_pairs(wire, expression(own))

    def is_later(self, given: Mapping[str, Any]) -> bool:
        """Whether an input asks for another page than the first."""
        if self._count or self._skip:
            own, start = (self._count, 1) if self._count else (self._skip, 0)
            return int(given.get(self.names[str(own)]) or start) > start
        return any(given.get(self.names[own]) is not None for own in self._next)

    def following(self, given: dict[str, Any], response: Response, rows: int) -> dict[str, Any] | None:
        """The input of the next page, None after the last. `rows` is how many records this page held."""
        answer = response.body()
        if self._more is not None and not self._more(answer):
            return None
        if self._count or self._skip:
            if not rows:
                return None
            own, step, start = (self._count, 1, 1) if self._count else (self._skip, rows, 0)
            name = self.names[str(own)]
            return {**given, name: int(given.get(name) or start) + step}
        source = answer
        if self._link is not None:
            url = _link_header(response) if self._link == "header" else self._link(answer)
            source = dict(parse_qsl(urlsplit(url).query)) if isinstance(url, str) else {}
        found = {self.names[own]: expression(source) for own, expression in self._next.items()}
        if not found or any(value in (None, "", False) for value in found.values()):
            return None
        following = {**given, **found}
        return following if following != given else None  # a service that repeats its cursor would go on for ever


def _link_header(response: Response) -> str | None:
    """The URL of rel=next in a Link header (RFC 8288)."""
    for value in (value for name, value in response.headers if name.lower() == "link"):
        for url, parameters in re.findall(r"<([^>]*)>([^<]*)", value):  # a URL may hold commas and semicolons
            if re.search(r';\s*rel\s*=\s*("([^"]*\s)?next[\s"]|next\b)', parameters, re.IGNORECASE):
                return str(url)
    return None
