"""Incremental exports: what changed since a moment, by time or by cursor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .. import errors
from ..call import Call, Handler, Routes
from ..paging import decode_cursor, encode_cursor
from ..resource import Resource
from ..sideload import sideload
from ..store import Doc, Query, stamp

SIZE = 1000
LATEST = 2**32
"""Seconds since 1970; what is later is taken as this."""


def _start(call: Call) -> str:
    text = call.query("start_time")
    if text is None or not text.isdigit():
        raise errors.titled(400, "Invalid attribute", "start_time must be a time in seconds since 1970")
    return stamp(datetime.fromtimestamp(min(int(text), LATEST), UTC))


def _size(call: Call) -> int:
    text = call.query("per_page") or str(SIZE)
    return min(max(call.integer("per_page", text), 1), SIZE)


def _by_time(kind: str) -> Handler:
    def handler(call: Call) -> Doc:
        start, size = _start(call), _size(call)
        docs = call.store.select(Query(kind, {"updated_at>=": start}, "updated_at"), size + 1)
        more, docs = len(docs) > size, docs[:size]
        end = (
            int(datetime.fromisoformat(docs[-1]["updated_at"]).timestamp())
            if docs
            else int(call.query("start_time") or 0)
        )
        link = f"{call.base}{call.request.url.path}?start_time={end}"
        return {
            **_shown(call, kind, docs),
            "count": len(docs),
            "end_of_stream": not more,
            "end_time": end,
            "next_page": link,
        }

    return handler


def _by_cursor(kind: str) -> Handler:
    def handler(call: Call) -> Doc:
        cursor, size = decode_cursor(call.query("cursor"), "cursor"), _size(call)
        query = Query(kind, {} if cursor else {"updated_at>=": _start(call)}, "updated_at")
        docs = call.store.select(query, size + 1, after=cursor)
        more, docs = len(docs) > size, docs[:size]
        after = encode_cursor((docs[-1]["updated_at"], docs[-1]["id"])) if docs else call.query("cursor")
        link = f"{call.base}{call.request.url.path}?cursor={after}" if after else None
        keys = {"after_url": link, "before_url": None, "after_cursor": after, "before_cursor": None}
        return {**_shown(call, kind, docs), **keys, "end_of_stream": not more}

    return handler


def _shown(call: Call, kind: str, docs: list[Doc]) -> dict[str, Any]:
    """Deleted tickets are in the export, with the status `deleted`."""
    resource = call.kinds[kind]
    shown = [resource.show(call, doc) | ({"status": "deleted"} if "_deleted" in doc else {}) for doc in docs]
    return {kind: shown, **sideload(call, resource.includes, shown)}


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {f"GET incremental/{kind}": _by_time(kind) for kind in ("tickets", "users", "organizations")} | {
    f"GET incremental/{kind}/cursor": _by_cursor(kind) for kind in ("tickets", "users")
}
