"""What an administrator sets up once: ticket forms, brands, roles, languages, and the account's settings."""

from __future__ import annotations

import re
from typing import Any

from .. import errors
from ..call import Call, Handler, Routes
from ..resource import Resource
from ..store import Doc, Query

SUBDOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
UNPAGED: dict[str, Any] = {"next_page": None, "previous_page": None}


def whole(resource: Resource) -> Handler:
    """A list that the service sends in one piece, with the keys of a page all the same."""

    def handler(call: Call) -> Doc:
        return unpaged(call, resource, call.store.select(resource.query()))

    return handler


def unpaged(call: Call, resource: Resource, docs: list[Doc]) -> Doc:
    return {resource.plural: [resource.show(call, doc) for doc in docs], "count": len(docs), **UNPAGED}


# -- ticket forms


def _check_form(call: Call, form: Doc, given: Doc, fresh: bool) -> None:
    form["display_name"] = form["display_name"] or form["name"]
    for name in ("name", "display_name"):
        if f"raw_{name}" not in given:
            form[f"raw_{name}"] = form[name]
    for id in form["ticket_field_ids"] or []:
        if not isinstance(id, int) or call.store.get("ticket_fields", id) is None:
            raise errors.bad_value("ticket_field_ids", id)
    for kind in ("agent_conditions", "end_user_conditions"):
        for condition in form[kind] or []:
            _check_condition(kind, condition, form["ticket_field_ids"] or [])
    if form["default"]:
        for other in call.store.list("ticket_forms", default=True):
            if other["id"] != form["id"]:
                call.store.put("ticket_forms", {**other, "default": False})


def _check_condition(kind: str, condition: Any, field_ids: list[int]) -> None:
    children = condition.get("child_fields") or [] if isinstance(condition, dict) else None
    if not isinstance(children, list) or not all(isinstance(child, dict) for child in children):
        raise errors.bad_value(kind, condition)
    for id in (condition.get("parent_field_id"), *(child.get("id") for child in children)):
        if id not in field_ids:
            raise errors.invalid(base=(f"Conditional field {id} is not in the form", "InvalidValue"))


def _keep_default(call: Call, doc: Doc) -> None:
    if doc["default"]:
        raise errors.invalid(base=("The default cannot be deleted", None))


TICKET_FORM = Resource(
    name="ticket_form",
    plural="ticket_forms",
    fields={
        "name": "",
        "raw_name": None,
        "display_name": "",
        "raw_display_name": None,
        "end_user_visible": True,
        "position": 9999,
        "ticket_field_ids": [],
        "active": True,
        "default": False,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "agent_conditions": [],
        "end_user_conditions": [],
    },
    typed=True,
    required=("name",),
    order="position",
    prepare=_check_form,
    removed=_keep_default,
)


def _fitting(call: Call, forms: list[Doc]) -> Doc:
    """The forms that the query lets through; with `fallback_to_default`, the default form where it lets none."""
    for name in ("active", "end_user_visible"):
        if call.query(name):
            forms = [form for form in forms if form[name] == call.query_bool(name)]
    if call.query_bool("associated_to_brand"):
        brand = (call.store.first("brands", default=True) or {}).get("id")
        forms = [form for form in forms if form["in_all_brands"] or brand in form["restricted_brand_ids"]]
    if not forms and call.query_bool("fallback_to_default"):
        forms = call.store.list("ticket_forms", default=True)
    return unpaged(call, TICKET_FORM, forms)


def _list_forms(call: Call) -> Doc:
    return _fitting(call, call.store.select(TICKET_FORM.query()))


def _show_forms(call: Call) -> Doc:
    return _fitting(call, call.store.many("ticket_forms", call.ids()))


# -- brands


def _check_brand(call: Call, brand: Doc, given: Doc, fresh: bool) -> None:
    if not isinstance(brand["subdomain"], str) or not SUBDOMAIN.fullmatch(brand["subdomain"].lower()):
        raise errors.bad_value("subdomain", brand["subdomain"])


def _show_brand(call: Call, brand: Doc) -> Doc:
    host = brand["host_mapping"] or f"{brand['subdomain']}.zendesk.com"
    state = "enabled" if brand["has_help_center"] else "disabled"
    return {**brand, "brand_url": f"https://{host}", "help_center_state": state}


def _remove_brand(call: Call, brand: Doc) -> None:
    _keep_default(call, brand)
    call.store.put("brands", {**brand, "is_deleted": True, "active": False, "updated_at": call.store.now()})


BRAND = Resource(
    name="brand",
    plural="brands",
    fields={
        "name": "",
        "subdomain": "",
        "active": True,
        "default": False,
        "host_mapping": None,
        "has_help_center": False,
        "signature_template": "{{agent.signature}}",
        "logo": None,
    },
    readonly={"is_deleted": False, "ticket_form_ids": []},
    typed=True,
    required=("name", "subdomain"),
    unique=("name", "subdomain"),
    where={"is_deleted": False},
    prepare=_check_brand,
    present=_show_brand,
    removed=_remove_brand,
)


# -- roles, languages, settings

CUSTOM_ROLE = Resource(
    name="custom_role",
    plural="custom_roles",
    fields={"name": "", "description": None, "configuration": {}},
    readonly={"role_type": 0, "team_member_count": 0},
    verbs=("list", "show"),
)


def _count_members(call: Call) -> Doc:
    """The roles, each with how many users have it."""
    roles = call.store.select(CUSTOM_ROLE.query())
    for role in roles:
        role["team_member_count"] = call.store.count(Query("users", {"custom_role_id": role["id"]}))
    return unpaged(call, CUSTOM_ROLE, roles)


LOCALE = Resource(
    name="locale",
    plural="locales",
    fields={},
    readonly={
        "locale": "",
        "name": "",
        "native_name": "",
        "presentation_name": "",
        "rtl": False,
        "default": False,
    },
    verbs=("list", "show"),
    styles="offset",
)


def _one_locale(call: Call) -> Doc:
    """A language by its number or by its tag, such as `en-US`."""
    tag = call.path["id"]
    found = call.store.get("locales", int(tag)) if tag.isdigit() else call.store.first("locales", **{"locale~": tag})
    if found is None:
        raise errors.not_found()
    return LOCALE.one(call, found)


def _default_locale(call: Call) -> Doc:
    return LOCALE.one(call, call.store.list("locales", default=True)[0])


def _settings(call: Call) -> Doc:
    return {"settings": call.store.get("settings", 1)}


def _change_settings(call: Call) -> Doc:
    """Groups of settings are merged; a group or a name that the account does not have is ignored."""
    settings = call.store.get("settings", 1) or {}
    for group, values in call.wrapped("settings").items():
        if isinstance(values, dict) and isinstance(settings.get(group), dict):
            settings[group] |= {name: value for name, value in values.items() if name in settings[group]}
    return {"settings": call.store.put("settings", settings, 1)}


RESOURCES = (TICKET_FORM, BRAND, CUSTOM_ROLE, LOCALE)
ROUTES: Routes = {
    "GET ticket_forms": _list_forms,
    "GET ticket_forms/show_many": _show_forms,
    "GET custom_roles": _count_members,
    "GET locales/{id}": _one_locale,
    "GET locales/current": _default_locale,
    "GET locales/agent": whole(LOCALE),
    "GET locales/public": whole(LOCALE),
    "GET account/settings": _settings,
    "PUT account/settings": _change_settings,
}
