"""Views: saved conditions over tickets, with the columns and the order to show them in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .. import errors
from ..call import Call, Routes
from ..resource import Resource, count
from ..store import Doc
from . import business_rules as rules

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
COMPACT = 32
TITLES = {
    "nice_id": "ID",
    "subject": "Subject",
    "requester": "Requester",
    "requester_name": "Requester",
    "created": "Requested",
    "updated": "Updated",
    "assigned": "Assigned",
    "assignee": "Assignee",
    "organization": "Organization",
    "group": "Group",
    "status": "Status",
    "priority": "Priority",
    "type": "Type",
    "due_date": "Due Date",
    "submitter": "Submitter",
    "brand": "Brand",
    "ticket_form": "Ticket Form",
}
COLUMN_FIELDS = {
    "nice_id": "id",
    "requester": "requester_id",
    "submitter": "submitter_id",
    "assignee": "assignee_id",
    "organization": "organization_id",
    "group": "group_id",
    "created": "created_at",
    "updated": "updated_at",
    "due_date": "due_at",
    "brand": "brand_id",
    "ticket_form": "ticket_form_id",
}
DEFAULT_COLUMNS = ("nice_id", "subject", "requester", "created", "status")


def _title(column: str) -> str:
    return TITLES.get(column, column.replace("_", " ").capitalize())


def execution(output: object, old: Doc) -> Doc:
    """How the view is shown: the given parts of `output` over what it was."""
    given = output if isinstance(output, dict) else {}
    before = [column["id"] for column in old.get("columns", [])] or list(DEFAULT_COLUMNS)
    ids = given.get("columns", before)
    if not isinstance(ids, list) or not ids:
        raise errors.invalid(output=("Output: must have at least one column", "BlankValue"))
    for name in ("group_by", "group_order", "sort_by", "sort_order"):
        if not isinstance(given.get(name), str | None):
            raise errors.bad_value(name, given[name])
    columns = [{"id": str(column), "title": _title(str(column))} for column in ids]
    shown: Doc = {
        "group_by": given.get("group_by", old.get("group_by")),
        "group_order": given.get("group_order", old.get("group_order") or "asc"),
        "sort_by": given.get("sort_by", old.get("sort_by")),
        "sort_order": given.get("sort_order", old.get("sort_order") or "desc"),
    }
    for part in ("group", "sort"):
        by, order = shown[f"{part}_by"], shown[f"{part}_order"]
        shown[part] = {"id": by, "title": _title(by), "order": order} if by else None
    shown["columns"] = columns
    shown["fields"] = columns
    shown["custom_fields"] = [column for column in columns if column["id"].isdigit()]
    return shown


def _prepare(call: Call, view: Doc, given: Doc, fresh: bool) -> None:
    view["raw_title"] = view["title"]
    found = rules.conditions(given)
    if fresh or found is not None:
        view["conditions"] = found or {"all": [], "any": []}
        text = "View must check the status, type, group, assignee or requester of the ticket"
        rules.need_one_of(view["conditions"]["all"], rules.MEMBER, text)
    view["execution"] = execution(given.get("output"), view["execution"])
    limit = view["restriction"]
    if limit is not None and not isinstance(limit, dict):
        raise errors.bad_value("restriction", limit)
    if limit and "id" in limit:
        view["restriction"] = {**limit, "ids": limit.get("ids") or [limit["id"]]}


VIEW = Resource(
    name="view",
    plural="views",
    fields={"title": "", "active": True, "position": 9999, "description": None, "restriction": None},
    readonly={"raw_title": None, "default": False, "watchable": True, "conditions": {}, "execution": {}},
    write_only=("all", "any", "output"),
    typed=True,
    required=("title",),
    prepare=_prepare,
    **{**rules.LISTED, "filters": {"active": "active", "group_id": "restriction.id"}},
)

# -- which tickets a view holds


def _rank(field: str, value: Any) -> Any:
    """What `less_than` compares: the place in the ladder of statuses or priorities, else a number."""
    ladder = {"status": STATUSES, "priority": PRIORITIES}.get(field)
    if ladder:
        return ladder.index(value) if value in ladder else -1
    try:
        return float(value)
    except (TypeError, ValueError):
        return -1.0


def _has_any(have: list[str], wanted: str) -> bool:
    return any(word in have for word in wanted.replace(",", " ").split())


OPERATORS: dict[str, Callable[[str, Any, Any], bool]] = {
    "is": lambda field, have, want: str("" if have is None else have) == str("" if want is None else want),
    "is_not": lambda field, have, want: str("" if have is None else have) != str("" if want is None else want),
    "less_than": lambda field, have, want: _rank(field, have) < _rank(field, want),
    "less_than_equal": lambda field, have, want: _rank(field, have) <= _rank(field, want),
    "greater_than": lambda field, have, want: _rank(field, have) > _rank(field, want),
    "greater_than_equal": lambda field, have, want: _rank(field, have) >= _rank(field, want),
    "includes": lambda field, have, want: _has_any(have or [], str(want)),
    "not_includes": lambda field, have, want: not _has_any(have or [], str(want)),
    "present": lambda field, have, want: bool(have),
    "not_present": lambda field, have, want: not have,
}
FIELDS = {"current_tags": "tags", "ticket_type_id": "type", "subject_includes_word": "subject"}


def _matches(call: Call, condition: Doc, ticket: Doc) -> bool:
    """One condition on one ticket; an unknown field or operator lets the ticket through."""
    field, want = str(condition["field"]), condition["value"]
    test = OPERATORS.get(condition["operator"] or "is")
    name = FIELDS.get(field, field)
    if field in rules.TIMED:
        moment = ticket.get("updated_at" if field == field.upper() else field.removeprefix("until_"))
        if field == field.upper() and ticket["status"] != field.lower():
            return False
        have: Any = _hours(call, moment)
    elif name in ticket:
        have = ticket[name]
    else:
        return True
    if want == "current_user":
        want = call.user["id"]
    elif want == "current_groups":
        ids = [m["group_id"] for m in call.store.list("group_memberships", user_id=call.user["id"])]
        return have in ids if condition["operator"] == "is" else have not in ids
    return test(field, have, want) if test else True


def _hours(call: Call, moment: object) -> float | None:
    if not isinstance(moment, str):
        return None
    return (call.store.clock() - datetime.fromisoformat(moment)).total_seconds() // 3600


def _holds(call: Call, view: Doc) -> list[Doc]:
    """The tickets of a view, in its order: they fit every row of `all` and, where there are any, one of `any`."""
    conditions, how = view["conditions"], view["execution"]
    found = []
    for ticket in call.store.select(call.kinds["tickets"].query()):
        every = all(_matches(call, row, ticket) for row in conditions["all"])
        if every and (not conditions["any"] or any(_matches(call, row, ticket) for row in conditions["any"])):
            found.append(ticket)
    asked = call.query("sort_by") or how["sort_by"]
    down = (call.query("sort_order") if call.query("sort_by") else how["sort_order"]) == "desc"
    column = COLUMN_FIELDS.get(asked or "nice_id", asked)

    def key(ticket: Doc) -> tuple[bool, Any]:
        value = ticket.get(column) if column else None
        ranked = _rank(column, value) if column in ("status", "priority") else value
        return (ranked is not None, "" if ranked is None else ranked)

    return sorted(found, key=key, reverse=down)


def _need(call: Call) -> Doc:
    return VIEW.need(call, call.path["id"])


def _tickets(call: Call) -> Doc:
    return call.kinds["tickets"].page(call, _holds(call, _need(call)))


def _execute(call: Call) -> Doc:
    """Rows with the columns of the view, each with its ticket."""
    view = _need(call)
    page = _tickets(call)
    tickets, columns = page.pop("tickets"), view["execution"]["columns"]
    group_by = view["execution"]["group_by"]
    rows = []
    for ticket in tickets:
        row = {c["id"]: ticket.get(COLUMN_FIELDS.get(c["id"], c["id"])) for c in columns if c["id"] != "nice_id"}
        group = {"group": ticket.get(COLUMN_FIELDS.get(group_by, group_by))} if group_by else {}
        rows.append({**row, **group, "ticket_id": ticket["id"], "ticket": ticket})
    shown = {"id": view["id"], "url": f"{call.base}/api/v2/views/{view['id']}.json"}
    return {"rows": rows, "columns": columns, "view": shown, "groups": [], **page}


def _count_of(call: Call, view: Doc) -> Doc:
    number = len(_holds(call, view))
    url = f"{call.base}/api/v2/views/{view['id']}/count.json"
    pretty = {"pretty": str(number), "fresh": True, "active": view["active"], "refresh": "poll"}
    return {"view_id": view["id"], "url": url, "value": number, **pretty}


def _count_many(call: Call) -> Doc:
    return {"view_counts": [_count_of(call, view) for view in call.store.many("views", call.ids())]}


def _count(call: Call) -> Doc:
    """How many views there are; this count alone writes the time with an offset."""
    counted = count(call, VIEW.query())
    counted["count"]["refreshed_at"] = counted["count"]["refreshed_at"].replace("Z", "+00:00")
    return counted


def _compact(call: Call) -> Doc:
    views = call.store.select(VIEW.query(active=True), COMPACT)
    return {
        "views": [VIEW.show(call, view) for view in views],
        "count": len(views),
        "next_page": None,
        "previous_page": None,
    }


def _show_many(call: Call) -> Doc:
    return VIEW.page(call, call.store.many("views", call.ids()), styles="offset")


RESOURCES = (VIEW,)
ROUTES: Routes = {
    **rules.bulk(VIEW),
    "GET views/compact": _compact,
    "GET views/count": _count,
    "GET views/count_many": _count_many,
    "GET views/show_many": _show_many,
    "GET views/{id}/count": lambda call: {"view_count": _count_of(call, _need(call))},
    "GET views/{id}/tickets": _tickets,
    "GET views/{id}/execute": _execute,
}
