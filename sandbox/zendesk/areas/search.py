"""Search over tickets, users, organizations and groups."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import Call, Routes
from ..paging import page
from ..resource import Resource
from ..sideload import sideload
from ..store import Doc, Query
from . import query_language as language

LONGEST = 1000  # characters of a query
MAX_RESULTS = 1000
EXPORT_SIZE = 1000
SCALES = {
    "status": language.ORDERED["status"],
    "priority": language.ORDERED["priority"],
    "ticket_type": ("question", "incident", "problem", "task"),
}
KINDS = {"ticket": "tickets", "user": "users", "organization": "organizations", "group": "groups"}
HIDDEN: dict[str, Doc] = {
    "ticket": {"_deleted": None},
    "user": {"active": True},
    "group": {"deleted": False},
    "organization": {},
}


def _found(call: Call, text: str, types: tuple[str, ...]) -> list[tuple[str, Doc]]:
    """Hits with their types, the most recent first: this index knows no other relevance."""
    matches = language.compile(call, text)
    hits = []
    for kind in types:
        for doc in call.store.select(Query(KINDS[kind], HIDDEN[kind])):
            if matches(kind, doc):
                hits.append((kind, doc))
    field = call.query("sort_by")
    down = call.query("sort_order") != "asc"
    if field in SCALES or field in ("created_at", "updated_at"):
        return sorted(hits, key=lambda hit: (_rank(field or "", hit[1]), hit[1]["id"]), reverse=down)
    return sorted(hits, key=lambda hit: (hit[1]["created_at"], hit[1]["id"]), reverse=True)


def _rank(field: str, doc: Doc) -> Any:
    if field not in SCALES:
        return doc[field]
    value = doc.get("type" if field == "ticket_type" else field)
    return SCALES[field].index(value) + 1 if value in SCALES[field] else 0


def _text(call: Call) -> str:
    text = call.query("query")
    if text is None or (not text.strip() and "/export" not in call.request.url.path):
        raise errors.coded(400, "QueryError", "query is missing")
    if len(text) > LONGEST:
        raise errors.coded(400, "QueryError", f"query is longer than {LONGEST} characters")
    return text


def _show(call: Call, kind: str, doc: Doc) -> Doc:
    return {**call.kinds[KINDS[kind]].show(call, doc), "result_type": kind}


def _search(call: Call) -> Doc:
    if call.query("page[size]") is not None or call.query("page[after]") is not None:
        raise errors.titled(
            400,
            "Invalid attribute",
            "You passed an invalid value for the page attribute. page must be an integer",
        )
    text = _text(call)
    hits = _found(call, text, language.wanted_types(text))
    number = call.integer("page", call.query("page") or "1")
    size = min(call.integer("per_page", call.query("per_page") or "100"), 100)
    if (number - 1) * size >= MAX_RESULTS:
        raise errors.named(
            422, "invalid", "Invalid search: Requested response size was greater than Search Response Limits"
        )
    found = page(call, [{"id": index, "hit": hit} for index, hit in enumerate(hits)], styles="offset")
    shown = [_show(call, *row["hit"]) for row in found.docs]
    body = {"results": shown, "facets": None, **_included(call, shown), **found.around}
    if number * size >= MAX_RESULTS:
        body["next_page"] = None
    return body


def _included(call: Call, shown: list[Doc]) -> dict[str, Any]:
    """`include=tickets(users,groups)`: sideloads of the hits of one kind."""
    beside: dict[str, Any] = {}
    include = call.query("include") or ""
    for result_type, plural in KINDS.items():
        _, opened, rest = include.partition(f"{plural}(")
        if not opened:
            continue
        names = rest.partition(")")[0].split(",")
        rules = {name: rule for name, rule in call.kinds[plural].includes.items() if name in names}
        beside |= sideload(call, rules, [doc for doc in shown if doc["result_type"] == result_type], names)
    return beside


def _export(call: Call) -> Doc:
    """Cursor only, one type, no count and no sort; `page[size]` up to 1000."""
    kind = call.query("filter[type]")
    if kind not in KINDS:
        raise errors.titled(400, "Invalid attribute", "filter[type] must be ticket, user, organization or group")
    hits = _found(call, _text(call), (kind,))
    rows = [doc for _, doc in sorted(hits, key=lambda hit: (hit[1]["created_at"], hit[1]["id"]))]
    found = page(call, rows, styles="cursor", max_size=EXPORT_SIZE)
    return found.answer("results", [_show(call, kind, doc) for doc in found.docs], facets=None)


def _count(call: Call) -> Doc:
    text = _text(call)
    return {"count": len(_found(call, text, language.wanted_types(text)))}


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {"GET search": _search, "GET search/export": _export, "GET search/count": _count}
