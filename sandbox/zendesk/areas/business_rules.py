"""Automations, macros and triggers: conditions and actions that the service runs on tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..resource import Resource
from ..sideload import Include, embed
from ..store import Doc

MEMBER = ("status", "type", "group_id", "assignee_id", "requester_id")
"""One of these must stand in `all` of an automation and of a view."""
TIMED = (
    "NEW",
    "OPEN",
    "PENDING",
    "HOLD",
    "ON_HOLD",
    "SOLVED",
    "CLOSED",
    "assigned_at",
    "updated_at",
    "requester_updated_at",
    "assignee_updated_at",
    "due_date",
    "until_due_date",
    "sla_next_breach_at",
    "until_sla_next_breach_at",
)
SORTS = ("alphabetical", "title", "position", "created_at", "updated_at")
AS_ARRAY = (
    "notification_user",
    "notification_group",
    "notification_target",
    "notification_webhook",
    "notification_sms_user",
    "notification_sms_group",
)
AS_TEXT = ("set_tags", "current_tags", "remove_tags")


def conditions(given: Mapping[str, Any]) -> Doc | None:
    """The conditions, given as `conditions: {all, any}` or as `all` and `any` beside the title; None for none."""
    if not any(name in given for name in ("conditions", "all", "any")):
        return None
    nested = given.get("conditions")
    nested = nested if isinstance(nested, dict) else {}
    return {name: _rows(name, given.get(name, nested.get(name))) for name in ("all", "any")}


def _rows(name: str, rows: object) -> list[Doc]:
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("field") for row in rows):
        raise errors.invalid(base=(f"Conditions: {name} must be a list of field, operator and value", "InvalidValue"))
    return [{"field": str(row["field"]), "operator": row.get("operator"), "value": row.get("value")} for row in rows]


def need_one_of(rows: Sequence[Doc], fields: Sequence[str], text: str) -> None:
    if not any(row["field"] in fields for row in rows):
        raise errors.invalid(base=(text, None))


def check_actions(actions: object) -> None:
    """Actions are `{field, value}`: notifications take a list, tags one text with blanks between."""
    if not isinstance(actions, list) or not actions:
        raise errors.invalid(actions=("Actions: must have at least one action", "BlankValue"))
    for action in actions:
        if not isinstance(action, dict) or not isinstance(action.get("field"), str) or "value" not in action:
            raise errors.invalid(actions=("Actions: each needs field and value", "InvalidValue"))
        field, value = action["field"], action["value"]
        if (field in AS_ARRAY and not isinstance(value, list)) or (field in AS_TEXT and not isinstance(value, str)):
            kind = "a list" if field in AS_ARRAY else "a text"
            raise errors.invalid(actions=(f"Actions: the value of {field} must be {kind}", "InvalidValue"))


def _prepare(call: Call, doc: Doc, given: Doc, fresh: bool) -> None:
    doc["raw_title"] = doc["title"]
    if fresh or "actions" in given:
        check_actions(doc["actions"])


def _prepare_automation(call: Call, doc: Doc, given: Doc, fresh: bool) -> None:
    _prepare(call, doc, given, fresh)
    found = conditions(given)
    if fresh or found is not None:
        doc["conditions"] = found or {"all": [], "any": []}
        rows = doc["conditions"]["all"]
        need_one_of(rows, MEMBER, "Automation must check the status, type, group, assignee or requester of the ticket")
        need_one_of(rows, TIMED, "Automation must have at least one time-based condition")


def _prepare_trigger(call: Call, doc: Doc, given: Doc, fresh: bool) -> None:
    _prepare(call, doc, given, fresh)
    found = conditions(given)
    if fresh or found is not None:
        doc["conditions"] = found or {"all": [], "any": []}
        if not any(doc["conditions"].values()):
            raise errors.invalid(conditions=("Conditions: must have at least one condition", "BlankValue"))
    if doc["category_id"] is None:
        first = call.store.first("trigger_categories")
        doc["category_id"] = first["id"] if first else None
    elif call.store.get("trigger_categories", _number(doc["category_id"])) is None:
        raise errors.coded(404, "TriggerCategoryNotFound", "Trigger category not found")
    doc["category_id"] = _number(doc["category_id"])


def _number(id: object) -> int | None:
    return int(id) if isinstance(id, int) or (isinstance(id, str) and id.isdigit()) else None


def _usage(days: int) -> Include:
    # a fixed formula, so that every run of the sandbox says the same
    return embed(f"usage_{days}d" if days > 1 else "usage_24h", lambda call, doc: doc["id"] % 7 * days)


INCLUDES: dict[str, Include] = {
    "app_installation": embed("app_installation", lambda call, doc: None),
    "permissions": embed("permissions", lambda call, doc: {"can_edit": True, "can_delete": True}),
    "usage_1h": embed("usage_1h", lambda call, doc: doc["id"] % 3),
    "usage_24h": _usage(1),
    "usage_7d": _usage(7),
    "usage_30d": _usage(30),
}
LISTED: dict[str, Any] = {
    "order": "position",
    "filters": {"active": "active"},
    "sorts": SORTS,
    "sort_by": SORTS,
    "includes": INCLUDES,
}

AUTOMATION = Resource(
    name="automation",
    plural="automations",
    fields={"title": "", "active": True, "position": 9999, "actions": []},
    readonly={"raw_title": None, "default": False, "conditions": {}},
    write_only=("all", "any"),
    typed=True,
    required=("title",),
    prepare=_prepare_automation,
    **LISTED,
)
MACRO = Resource(
    name="macro",
    plural="macros",
    fields={
        "title": "",
        "active": True,
        "position": 9999,
        "description": None,
        "actions": [],
        "restriction": None,
    },
    readonly={"raw_title": None, "default": False},
    typed=True,
    required=("title",),
    prepare=_prepare,
    **{**LISTED, "filters": {"active": "active", "group_id": "restriction.id"}},
)
TRIGGER = Resource(
    name="trigger",
    plural="triggers",
    fields={
        "title": "",
        "active": True,
        "position": 9999,
        "description": None,
        "category_id": None,
        "actions": [],
    },
    readonly={"raw_title": None, "default": False, "conditions": {}},
    write_only=("all", "any"),
    typed=True,
    required=("title",),
    prepare=_prepare_trigger,
    present=lambda call, doc: {
        **doc,
        "category_id": None if doc["category_id"] is None else str(doc["category_id"]),
    },
    **{**LISTED, "filters": {"active": "active", "category_id": "category_id"}},
)
TRIGGER_CATEGORY = Resource(
    name="trigger_category",
    plural="trigger_categories",
    fields={"name": "", "position": 0},
    verbs=("list", "show", "create", "delete"),
    typed=True,
    required=("name",),
    unique=("name",),
    order="position",
    styles="cursor",
    sorts=("position", "name", "created_at", "updated_at"),
    present=lambda call, doc: {**{k: v for k, v in doc.items() if k != "url"}, "id": str(doc["id"])},
)


def bulk(resource: Resource) -> Routes:
    """The endpoints that every kind of rule has beside the plain ones."""

    def active(call: Call) -> Doc:
        return resource.page(call, resource.query(active=True))

    def search(call: Call) -> Doc:
        if not call.query("query"):
            raise errors.parameter_missing("query")
        words = (call.query("query") or "").lower()
        rules = call.store.select(resource.query())
        return resource.page(call, [rule for rule in rules if words in rule["title"].lower()], styles="offset")

    def update_many(call: Call) -> Doc:
        rows = call.wrapped_list(resource.plural)
        changed = [resource.update(call, resource.need(call, row.get("id")), row) for row in rows]
        shown = [resource.show(call, rule) for rule in changed]
        return {resource.plural: shown, "count": len(shown), "next_page": None, "previous_page": None}

    def destroy_many(call: Call) -> Answer:
        for id in call.ids():
            call.store.delete(resource.plural, id)
        return NO_CONTENT

    at = resource.at
    return {
        f"GET {at}/active": active,
        f"GET {at}/search": search,
        f"PUT {at}/update_many": update_many,
        f"DELETE {at}/destroy_many": destroy_many,
    }


def _need_category(call: Call) -> Doc:
    category = call.store.get("trigger_categories", _number(call.path["id"]))
    if category is None:
        raise errors.coded(404, "TriggerCategoryNotFound", "Trigger category not found")
    return category


def _delete_category(call: Call) -> Answer:
    category = _need_category(call)
    if call.store.first("triggers", category_id=category["id"]):
        raise errors.coded(400, "TriggerCategoryNotEmpty", "Trigger category still has triggers")
    call.store.delete("trigger_categories", category["id"])
    return NO_CONTENT


def _change_category(call: Call) -> Doc:
    changed = TRIGGER_CATEGORY.update(call, _need_category(call), call.wrapped("trigger_category"))
    return TRIGGER_CATEGORY.one(call, changed)


def _create_category(call: Call) -> Answer:
    category = TRIGGER_CATEGORY.create(call, call.wrapped("trigger_category"))
    return Answer(TRIGGER_CATEGORY.one(call, category), 201)


RESOURCES = (AUTOMATION, MACRO, TRIGGER, TRIGGER_CATEGORY)
ROUTES: Routes = {
    **bulk(AUTOMATION),
    **bulk(MACRO),
    **bulk(TRIGGER),
    "GET trigger_categories/{id}": lambda call: TRIGGER_CATEGORY.one(call, _need_category(call)),
    "POST trigger_categories": _create_category,
    "PATCH trigger_categories/{id}": _change_category,
    "DELETE trigger_categories/{id}": _delete_category,
}
