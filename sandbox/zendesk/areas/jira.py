"""Links between tickets and Jira issues; here alone ids are strings and times have milliseconds."""

from __future__ import annotations

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..paging import page
from ..resource import Resource
from ..store import Doc, Query

KIND = "jira_links"
AT = "/api/services/jira/links"
MOST = 1000


def link(store_now: str, id: int, ticket_id: object, issue_id: object, issue_key: str) -> Doc:
    """A link as it is kept."""
    times = {"created_at": store_now.replace("Z", ".000Z"), "updated_at": store_now.replace("Z", ".000Z")}
    return {"id": id, "ticket_id": str(ticket_id), "issue_id": str(issue_id), "issue_key": issue_key, **times}


def _show(call: Call, doc: Doc) -> Doc:
    return {**doc, "id": str(doc["id"]), "url": f"{call.base}{AT}/{doc['id']}"}


def _list(call: Call) -> Doc:
    """A cursor page, or the older way with `since_id` and `limit`."""
    given = {name: call.query(name) for name in ("ticket_id", "issue_id")}
    rows = Query(KIND, {name: value for name, value in given.items() if value})
    since, limit = call.query("since_id"), call.query("limit")
    if since is None and limit is None:
        found = page(call, rows, styles="cursor", max_size=MOST, default_size=MOST)
        # the records have the name that other lists give to their page links, so only `meta` leads on
        return {"links": [_show(call, doc) for doc in found.docs], "meta": found.around["meta"]}
    size = min(call.integer("limit", limit), MOST) if limit else MOST
    rows = rows.also(**{"id>": call.integer("since_id", since)}) if since else rows
    return {
        "links": [_show(call, doc) for doc in call.store.select(rows, size)],
        "total": call.store.count(rows),
    }


def _show_one(call: Call) -> Doc:
    return {"link": _show(call, call.need(KIND, call.path["id"]))}


def _create(call: Call) -> Answer:
    given = call.wrapped("link")
    for name in ("ticket_id", "issue_id", "issue_key"):
        if given.get(name) in (None, ""):
            raise errors.parameter_missing(name)
    call.kinds["tickets"].need(call, given["ticket_id"])
    doc = link(call.store.now(), call.store.next_id(), given["ticket_id"], given["issue_id"], str(given["issue_key"]))
    return Answer({"link": _show(call, call.store.put(KIND, doc))}, 201)


def _delete(call: Call) -> Answer:
    call.store.delete(KIND, call.need(KIND, call.path["id"])["id"])
    return NO_CONTENT


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "GET jira/links": _list,
    f"GET {AT}": _list,
    f"POST {AT}": _create,
    f"GET {AT}/{{id}}": _show_one,
    f"DELETE {AT}/{{id}}": _delete,
}
