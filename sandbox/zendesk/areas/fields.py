"""Custom fields of tickets, users and organizations, with the options of dropdowns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..paging import page
from ..resource import Resource
from ..store import Doc, Query

KEYED_TYPES = (
    "checkbox",
    "date",
    "decimal",
    "dropdown",
    "integer",
    "lookup",
    "multiselect",
    "regexp",
    "text",
    "textarea",
)
TICKET_TYPES = ("partialcreditcard", "tagger", *(name for name in KEYED_TYPES if name != "dropdown"))
WITH_OPTIONS = ("dropdown", "multiselect", "tagger")
LAST = 9999
"""The position of a field that was created without one."""


@dataclass(frozen=True, kw_only=True)
class Field(Resource):
    """A kind of field; a text that dynamic content may replace stands under two names, `title` and `raw_title`."""

    option_extra: Mapping[str, Any] | None = None

    def need(self, call: Call, id: object) -> Doc:
        """The field by id, or by key where this kind has keys."""
        if "key" in self.fields and isinstance(id, str) and not id.isdigit():
            found = call.store.first(self.plural, key=id)
            if found is None:
                raise errors.not_found()
            return found
        return super().need(call, id)


def _mirror(doc: Doc, given: Doc, *names: str) -> None:
    """Keep each text and its raw form together when only one of the two was given."""
    for name in names:
        raw = f"raw_{name}"
        if name not in given and raw in given:
            doc[name] = doc[raw]
        elif raw not in given and (name in given or doc.get(raw) is None):
            doc[raw] = doc.get(name)


def _options(call: Call, field: Doc, old: list[Doc], given: object, extra: Mapping[str, Any]) -> list[Doc]:
    """The whole new list: an option that is not in it any more is gone, one with a known id or value keeps its id."""
    if not isinstance(given, list) or not given or not all(isinstance(row, dict) for row in given):
        raise errors.blank("custom_field_options")
    options: list[Doc] = []
    for row in given:
        options.append(_option(call, old, row, extra))
    values = [option["value"] for option in options]
    for value in values:
        if values.count(value) > 1:
            raise errors.taken("custom_field_options", value)
    return options


def _option(call: Call, old: list[Doc], row: Doc, extra: Mapping[str, Any]) -> Doc:
    for name in ("name", "value"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise errors.invalid(custom_field_options=(f"Option {name}: cannot be blank", "BlankValue"))
    known = [o for o in old if o["id"] == row.get("id")] or [o for o in old if o["value"] == row["value"]]
    return {
        "id": known[0]["id"] if known else call.store.next_id(),
        "name": row["name"],
        "raw_name": row.get("raw_name") or row["name"],
        "value": row["value"],
        **{name: row.get(name, default) for name, default in extra.items()},
    }


def _check(types: tuple[str, ...], extra: Mapping[str, Any], kind: str) -> Callable[[Call, Doc, Doc, bool], None]:
    """The rules of one kind of field, run before each write."""

    def prepare(call: Call, doc: Doc, given: Doc, fresh: bool) -> None:
        old = {} if fresh else call.store.get(kind, doc["id"]) or {}
        allowed = types if fresh or old["type"] in types else (old["type"],)
        if doc["type"] not in allowed:
            raise errors.bad_value("type", doc["type"])
        if old and old["type"] != doc["type"]:
            raise errors.invalid(type=("Type cannot be changed after the field is created", "InvalidValue"))
        if "key" in doc and (not isinstance(doc["key"], str) or doc["key"].isdigit()):
            raise errors.bad_value("key", doc["key"])
        if old and "key" in doc and old["key"] != doc["key"]:
            raise errors.invalid(key=("Key cannot be changed after the field is created", "InvalidValue"))
        if doc["type"] == "regexp" and not doc["regexp_for_validation"]:
            raise errors.blank("regexp_for_validation")
        if "title_in_portal" in doc:
            doc["title_in_portal"] = doc["title_in_portal"] or doc["title"]
            doc["creator_user_id"] = doc["creator_user_id"] or call.user["id"]
            _mirror(doc, given, "title_in_portal")
        _mirror(doc, given, "title", "description")
        if doc["type"] not in WITH_OPTIONS:
            doc["custom_field_options"] = None
        elif fresh or "custom_field_options" in given:
            doc["custom_field_options"] = _options(
                call, doc, old.get("custom_field_options") or [], doc["custom_field_options"], extra
            )

    return prepare


def _present(call: Call, doc: Doc) -> Doc:
    """Leave out what this type of field does not have, and who made it unless asked."""
    absent = [name for name in ("custom_field_options", "system_field_options") if doc.get(name) is None]
    if doc["type"] != "lookup":
        absent += ["relationship_target_type", "relationship_filter"]
    if not call.query_bool("creator"):
        absent += ["creator_user_id", "creator_app_name"]
    return {name: value for name, value in doc.items() if name not in absent}


def _refuse_system(call: Call, doc: Doc) -> None:
    if doc.get("system") or doc.get("removable") is False:
        raise errors.invalid(base=("System fields cannot be deleted", None))


SHARED: dict[str, Any] = {
    "type": "text",
    "title": "",
    "raw_title": None,
    "description": "",
    "raw_description": None,
    "position": LAST,
    "active": True,
    "regexp_for_validation": None,
    "tag": None,
    "custom_field_options": None,
    "relationship_target_type": None,
    "relationship_filter": None,
}

USER_FIELD = Field(
    name="user_field",
    plural="user_fields",
    fields={"key": "", **SHARED},
    readonly={"system": False},
    typed=True,
    required=("key", "title"),
    unique=("key",),
    order="position",
    prepare=_check(KEYED_TYPES, {}, "user_fields"),
    present=_present,
    removed=_refuse_system,
)
ORGANIZATION_FIELD = replace(
    USER_FIELD,
    name="organization_field",
    plural="organization_fields",
    prepare=_check(KEYED_TYPES, {}, "organization_fields"),
)
TICKET_FIELD = Field(
    name="ticket_field",
    plural="ticket_fields",
    fields={
        **SHARED,
        "type": "",
        "agent_description": None,
        "required": False,
        "collapsed_for_agents": False,
        "title_in_portal": "",
        "raw_title_in_portal": None,
        "visible_in_portal": False,
        "editable_in_portal": False,
        "required_in_portal": False,
        "sub_type_id": None,
    },
    readonly={
        "removable": True,
        "agent_can_edit": True,
        "system_field_options": None,
        "creator_user_id": None,
        "creator_app_name": None,
    },
    typed=True,
    required=("type", "title"),
    order="position",
    styles="cursor",
    count=True,
    option_extra={"default": False},
    prepare=_check(TICKET_TYPES, {"default": False}, "ticket_fields"),
    present=_present,
    removed=_refuse_system,
)


def _list_ticket_fields(call: Call) -> Doc:
    """A cursor page where paging is asked for, else every field at once; this list has no offset paging."""
    paged = any(call.query(f"page[{name}]") is not None for name in ("size", "after", "before"))
    return TICKET_FIELD.page(call, Query("ticket_fields", order="position"), styles="cursor" if paged else "none")


# -- options by themselves


def _shown(call: Call, option: Doc) -> Doc:
    path = call.request.url.path.removesuffix(".json").split("/options")[0]
    return {**option, "url": f"{call.base}{path}/options/{option['id']}.json"}


def _one_option(call: Call, field: Doc) -> Doc:
    found = [row for row in field["custom_field_options"] or [] if row["id"] == call.id("option_id")]
    if not found:
        raise errors.not_found()
    option: Doc = found[0]
    return option


def _option_routes(resource: Field) -> Routes:
    def listed(call: Call) -> Doc:
        options = resource.need(call, call.path["id"])["custom_field_options"] or []
        found = page(call, options)
        return found.answer("custom_field_options", [_shown(call, row) for row in found.docs])

    def shown(call: Call) -> Doc:
        return {"custom_field_option": _shown(call, _one_option(call, resource.need(call, call.path["id"])))}

    def put(call: Call) -> Answer:
        """Create an option, or change the one whose id is given."""
        field, row = resource.need(call, call.path["id"]), call.wrapped("custom_field_option")
        old = field["custom_field_options"] or []
        known = [option for option in old if option["id"] == row.get("id")]
        kept = [option for option in old if option not in known]
        if not known and any(option["value"] == row.get("value") for option in old):
            raise errors.taken("value", row.get("value"))
        option = _option(call, known, {**(known[0] if known else {}), **row}, resource.option_extra or {})
        options = [option if o in known else o for o in old] if known else [*kept, option]
        call.store.put(resource.plural, {**field, "custom_field_options": options, "updated_at": call.store.now()})
        return Answer({"custom_field_option": _shown(call, option)}, 200 if known else 201)

    def removed(call: Call) -> Answer:
        field = resource.need(call, call.path["id"])
        options = [row for row in field["custom_field_options"] or [] if row != _one_option(call, field)]
        call.store.put(resource.plural, {**field, "custom_field_options": options, "updated_at": call.store.now()})
        return NO_CONTENT

    at = f"{resource.at}/{{id}}/options"
    return {
        f"GET {at}": listed,
        f"POST {at}": put,
        f"GET {at}/{{option_id}}": shown,
        f"DELETE {at}/{{option_id}}": removed,
    }


RESOURCES = (TICKET_FIELD, USER_FIELD, ORGANIZATION_FIELD)
ROUTES: Routes = {
    "GET ticket_fields": _list_ticket_fields,
    **_option_routes(TICKET_FIELD),
    **_option_routes(USER_FIELD),
}
