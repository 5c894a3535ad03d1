"""Both of Zendesk's paging styles, over a query of the store or over a list already made."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from . import errors
from .call import Call
from .store import Doc, Query

MAX_SIZE = 100
MAX_DEPTH = 10_000
# a sort that the service calls by another name than the field
ALIASES = {"alphabetical": "title"}
# The cursors that published examples use: each stands for the start of its list.
PUBLISHED_CURSORS = frozenset(
    {
        "cursor_abc123",
        "dXNlcl9pZD0xMjM0NTY=",
        "eyJvIjoiMTIzNDU2Nzg5MCJ9",
        "eyJvIjoiMjAyMy0wNS0wMVQxMjozNDo1Ni4wMDBaIiwiZCI6ImRlc2MifQ==",
        "eyJvIjoiMjAyMy0wNS0xNVQxMDowMDowMC4wMDBaIiwiZCI6ImFzYyJ9",
        "eyJvIjoiMjAyMy0wNS0xNVQxNDozMDowMC4wMDBaIiwiZCI6ImFzYyJ9",
        "eyJvIjoiY3JlYXRlZF9hdCIsInYiOiIyMDIzLTA1LTEwVDA4OjMwOjAwWiJ9",
        "eyJvIjoiZGVzYyIsInYiOiIyMDIzLTA1LTEwVDE1OjMwOjAwWiJ9",
        "eyJvIjoibmljZV9pZCIsInYiOiJhUmtBQUFBQUFBQUEifQ==",
    }
)


@dataclass(frozen=True)
class Page:
    """The records of one page, and the keys that stand beside them in the answer."""

    docs: list[Doc]
    around: dict[str, Any]

    def answer(self, key: str, docs: Sequence[Any] | None = None, **more: Any) -> dict[str, Any]:
        return {key: self.docs if docs is None else docs, **more, **self.around}


def page(
    call: Call,
    rows: Query | list[Doc],
    *,
    styles: str = "both",
    sorts: Sequence[str] = (),
    sort_by: Sequence[str] = (),
    max_size: int = MAX_SIZE,
    default_size: int = MAX_SIZE,
) -> Page:
    """One page as the request asks for it.

    `styles` is both, cursor, offset or none; `sorts` are the fields of cursor `sort`, `sort_by` those of offset
    `sort_by`. Anything else under cursor `sort` is a 400; under offset an unknown field is ignored, as the service
    does.
    """
    asked = call.query("page[size]") is not None or call.query("page[after]") or call.query("page[before]")
    if styles != "offset" and (asked or styles == "cursor"):
        return _cursor_page(call, rows, sorts, max_size, default_size)
    if styles in ("none", "cursor"):
        return Page(_all(call, rows), {})
    field, down = call.query("sort_by"), call.query("sort_order")
    if isinstance(rows, Query) and (field in sort_by or down):
        order = ALIASES.get(field, field) if field in sort_by and field else rows.order
        rows = Query(rows.kind, rows.where, order, down == "desc" if down else rows.descending)
    return _offset_page(call, rows, max_size, default_size)


def _cursor_page(call: Call, rows: Query | list[Doc], sorts: Sequence[str], max_size: int, default_size: int) -> Page:
    size = _size(call, max_size, default_size)
    before = call.query("page[before]")
    cursor = decode_cursor(before or call.query("page[after]"), "page[before]" if before else "page[after]")
    backwards = bool(before) and cursor is not None
    sort = call.query("sort")
    if sort and isinstance(rows, Query):
        if sort.removeprefix("-") not in sorts:
            raise errors.coded(400, "InvalidPaginationParameter", "sort is not valid")
        field = sort.removeprefix("-")
        rows = Query(rows.kind, rows.where, ALIASES.get(field, field), sort.startswith("-"))
    if isinstance(rows, Query):
        # one more than the page tells whether there is a further one
        found = call.store.select(rows, size + 1, after=cursor, backwards=backwards)
        more = len(found) > size
        docs = (found[1:] if backwards else found[:-1]) if more else found
        ends = [(_value(doc, rows.order), doc["id"]) for doc in (docs[:1] + docs[-1:])]
    else:
        at = int(cursor[1]) if cursor else 0
        start = max(at - size, 0) if backwards else at
        docs = rows[start : at if backwards else at + size]
        more = start > 0 if backwards else at + size < len(rows)
        ends = [("", start), ("", start + len(docs))] if docs else []
    first, last = (encode_cursor(ends[0]), encode_cursor(ends[-1])) if ends else (None, None)
    links = {"prev": _link(call, "page[before]", first), "next": _link(call, "page[after]", last)}
    if backwards:
        links["prev"] = links["prev"] if more else None
    else:
        links["next"] = links["next"] if more else None
        links["prev"] = links["prev"] if cursor else None
    return Page(docs, {"meta": {"has_more": more, "after_cursor": last, "before_cursor": first}, "links": links})


def _offset_page(call: Call, rows: Query | list[Doc], max_size: int, default_size: int) -> Page:
    number = _positive(call, "page", 1)
    size = min(_positive(call, "per_page", default_size), max_size)
    start = (number - 1) * size
    if start >= MAX_DEPTH:
        raise errors.coded(400, "InvalidPaginationDepth", "Pagination past 10000 records is not allowed")
    if isinstance(rows, Query):
        total, docs = call.store.count(rows), call.store.select(rows, size, start)
    else:
        total, docs = len(rows), rows[start : start + size]
    return Page(docs, offset_keys(call, total, number, size))


def offset_keys(call: Call, total: int, number: int, size: int) -> dict[str, Any]:
    """`count`, `next_page` and `previous_page` of page `number`."""
    following = _link(call, "page", str(number + 1)) if number * size < total else None
    return {
        "count": total,
        "next_page": following,
        "previous_page": _link(call, "page", str(number - 1)) if number > 1 else None,
    }


def _all(call: Call, rows: Query | list[Doc]) -> list[Doc]:
    return call.store.select(rows) if isinstance(rows, Query) else rows


def _value(doc: Doc, field: str) -> Any:
    value: Any = doc
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else value


def _size(call: Call, max_size: int, default_size: int) -> int:
    text = call.query("page[size]")
    if text is None:
        return default_size
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise errors.coded(400, "InvalidPaginationParameter", "page[size] is not valid")
    return min(int(text), max_size)


def _positive(call: Call, name: str, default: int) -> int:
    text = call.query(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit():
        raise errors.invalid_attribute(name)
    return max(int(text), 1)


def encode_cursor(end: tuple[Any, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(["v1", *end], separators=(",", ":")).encode()).decode()


def decode_cursor(text: str | None, name: str) -> tuple[Any, Any] | None:
    """The (value, id) of a cursor of ours, None for the start; `name` is the parameter it came in."""
    if not text or text in PUBLISHED_CURSORS:
        return None
    try:
        version, value, id = json.loads(base64.b64decode(text, altchars=b"-_", validate=True))
        if version != "v1" or isinstance(value, dict | list) or isinstance(id, dict | list):
            raise ValueError(text)
    except (ValueError, TypeError):
        raise errors.coded(400, "InvalidPaginationParameter", f"{name} is not valid") from None
    return value, id


def _link(call: Call, name: str, value: str | None) -> str | None:
    """This request's own URL with one paging parameter changed."""
    if value is None:
        return None
    kept = [
        (k, v) for k, v in call.request.query_params.multi_items() if k not in ("page", "page[after]", "page[before]")
    ]
    return f"{call.base}{call.request.url.path}?{urlencode([*kept, (name, value)])}"
