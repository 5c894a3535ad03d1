"""Organizations and who belongs to them."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..paging import page
from ..resource import Resource, count
from ..sideload import Related, embed
from ..store import Doc, Query
from . import jobs, own_fields, tags


def _check(call: Call, organization: Doc, given: Doc, fresh: bool) -> None:
    organization["tags"] = tags.normal(organization["tags"])
    if organization["group_id"] is not None and not call.store.get("groups", organization["group_id"]):
        raise errors.bad_value("group_id", organization["group_id"])
    own_fields.keep(
        call,
        "organization_fields",
        organization,
        None if fresh else call.store.get("organizations", organization["id"]),
    )


def _removed(call: Call, organization: Doc) -> None:
    for user in call.store.list("users", organization_id=organization["id"]):
        call.store.put("users", {**user, "organization_id": None})
    for membership in call.store.list("organization_memberships", organization_id=organization["id"]):
        call.store.delete("organization_memberships", membership["id"])


ABILITIES = {"can_edit_organization": True, "can_delete_organization": True, "can_view_tickets": True}

ORGANIZATION = Resource(
    name="organization",
    plural="organizations",
    typed=True,
    fields={
        "name": "",
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": None,
        "domain_names": [],
        "details": None,
        "notes": None,
        "group_id": None,
        "tags": [],
        "organization_fields": {},
    },
    required=("name",),
    unique=("name", "external_id"),
    sorts=("id", "name", "created_at", "updated_at"),
    sort_by=("name", "created_at", "updated_at"),
    includes={"abilities": embed("abilities", lambda call, doc: ABILITIES)},
    count=True,
    prepare=_check,
    present=lambda call, shown: own_fields.show(call, "organization_fields", shown),
    removed=_removed,
)


def _check_membership(call: Call, membership: Doc, given: Doc, fresh: bool) -> None:
    """Once for each organization; the first membership of a user is the default one, and the user's organization."""
    for name in ("user_id", "organization_id"):
        if membership[name] is None:
            raise errors.blank(name)
        membership[name] = call.integer(name, membership[name])
    user = call.store.get("users", membership["user_id"])
    organization = call.store.get("organizations", membership["organization_id"])
    if not user or not user["active"]:
        raise errors.bad_value("user_id", membership["user_id"])
    if not organization:
        raise errors.bad_value("organization_id", membership["organization_id"])
    others = call.store.list("organization_memberships", user_id=user["id"])
    if fresh and any(other["organization_id"] == organization["id"] for other in others):
        raise errors.taken("organization_id")
    membership["organization_name"] = organization["name"]
    if fresh and (not others or membership["default"]):
        _make_default(call, others, membership)


def _make_default(call: Call, all_of_user: list[Doc], chosen: Doc) -> None:
    for membership in all_of_user:
        if membership["default"] and membership is not chosen:
            call.store.put("organization_memberships", {**membership, "default": False})
    chosen["default"] = True
    if user := call.store.get("users", chosen["user_id"]):
        call.store.put("users", {**user, "organization_id": chosen["organization_id"]})


def _left(call: Call, membership: Doc) -> None:
    user = call.store.get("users", membership["user_id"])
    if user and user["organization_id"] == membership["organization_id"]:
        call.store.put("users", {**user, "organization_id": None})


MEMBERSHIP = Resource(
    name="organization_membership",
    plural="organization_memberships",
    typed=True,
    fields={"user_id": None, "organization_id": None, "default": False, "view_tickets": True},
    readonly={"organization_name": ""},
    verbs=("list", "show", "create", "delete"),
    includes={
        "users": Related("users", ["user_id"]),
        "organizations": Related("organizations", ["organization_id"]),
    },
    prepare=_check_membership,
    removed=_left,
)


def join(call: Call, user: Doc) -> None:
    """Give a user the membership of the organization that the user names."""
    wanted = user["organization_id"]
    memberships = call.store.list("organization_memberships", user_id=user["id"])
    found = next((m for m in memberships if m["organization_id"] == wanted), None)
    if found:
        _make_default(call, memberships, found)
        call.store.put("organization_memberships", found)
    elif wanted is not None:
        MEMBERSHIP.create(call, {"user_id": user["id"], "organization_id": wanted, "default": True})


def find(call: Call, given: Doc) -> Doc | None:
    """The organization that an id or an external id names; names never match."""
    if given.get("id") is not None:
        return ORGANIZATION.need(call, given["id"])
    if given.get("external_id") is not None:
        return call.store.first("organizations", **{"external_id~": given["external_id"]})
    return None


def _create_or_update(call: Call) -> Answer:
    given = call.wrapped("organization")
    found = find(call, given)
    if found is None:
        return ORGANIZATION.created(call, ORGANIZATION.create(call, given))
    created = ORGANIZATION.created(call, ORGANIZATION.update(call, found, given))
    return Answer(created.body, 200, created.headers)


def _search(call: Call) -> Doc:
    """Exact, without regard to case, by name or by external id, never both."""
    name, external_id = call.query("name"), call.query("external_id")
    if bool(name) == bool(external_id):
        raise errors.titled(400, "Invalid parameters", "Give either name or external_id")
    where = {"name~": name} if name else {"external_id~": external_id}
    return ORGANIZATION.page(call, ORGANIZATION.query(**where), styles="offset")


def _autocomplete(call: Call) -> Doc:
    name = call.query("name") or ""
    if not name:
        raise errors.parameter_missing("name")
    return ORGANIZATION.page(call, ORGANIZATION.query(**{"name^": name}), styles="offset")


def _show_many(call: Call) -> Doc:
    if external := call.query_list("external_ids"):
        return ORGANIZATION.page(call, ORGANIZATION.query(external_id=external), styles="offset")
    return ORGANIZATION.page(call, call.store.many("organizations", call.ids()), styles="offset")


def _members(call: Call) -> Query:
    organization = ORGANIZATION.need(call, call.path["id"])
    ids = [m["user_id"] for m in call.store.list("organization_memberships", organization_id=organization["id"])]
    return Query("users", {"id": ids, "active": True})


def _related(call: Call) -> Doc:
    id = ORGANIZATION.need(call, call.path["id"])["id"]
    tickets = call.store.count(Query("tickets", {"organization_id": id, "_deleted": None}))
    return {"organization_related": {"tickets_count": tickets, "users_count": call.store.count(_members(call))}}


def _tickets(call: Call) -> Doc:
    organization = ORGANIZATION.need(call, call.path["id"])
    tickets = call.kinds["tickets"]
    return tickets.page(call, tickets.query(organization_id=organization["id"]))


def _memberships(field: str) -> Any:
    def handler(call: Call) -> Doc:
        owner = call.need("organizations" if field == "organization_id" else "users", call.path["id"])
        return MEMBERSHIP.page(call, MEMBERSHIP.query(**{field: owner["id"]}))

    return handler


def _of_user(call: Call) -> Doc:
    ids = [m["organization_id"] for m in call.store.list("organization_memberships", user_id=call.id())]
    return ORGANIZATION.page(call, page(call, call.store.many("organizations", ids), styles="none").docs)


def _create_for_user(call: Call) -> Answer:
    given = {**call.wrapped("organization_membership"), "user_id": call.id()}
    return MEMBERSHIP.created(call, MEMBERSHIP.create(call, given))


def _membership_of_user(call: Call) -> Doc:
    membership = MEMBERSHIP.need(call, call.path["membership_id"])
    if membership["user_id"] != call.id():
        raise errors.not_found()
    return membership


def _delete_of_user(call: Call) -> Answer:
    membership = _membership_of_user(call)
    _left(call, membership)
    call.store.delete("organization_memberships", membership["id"])
    return NO_CONTENT


def _choose_default(call: Call) -> Doc:
    membership = _membership_of_user(call)
    _make_default(call, call.store.list("organization_memberships", user_id=membership["user_id"]), membership)
    call.store.put("organization_memberships", membership)
    return MEMBERSHIP.page(call, MEMBERSHIP.query(user_id=membership["user_id"]), styles="none")


RESOURCES = (ORGANIZATION, MEMBERSHIP)
ROUTES: Routes = {
    "GET organizations/search": _search,
    "GET organizations/autocomplete": _autocomplete,
    "GET organizations/show_many": _show_many,
    "POST organizations/create_or_update": _create_or_update,
    "POST organizations/create_many": lambda call: jobs.create_many(
        call, ORGANIZATION, call.wrapped_list("organizations")
    ),
    "PUT organizations/update_many": lambda call: jobs.update_many(call, ORGANIZATION),
    "DELETE organizations/destroy_many": lambda call: jobs.destroy_many(call, ORGANIZATION, call.ids()),
    "GET organizations/{id}/users": lambda call: call.kinds["users"].page(call, _members(call)),
    "GET organizations/{id}/users/count": lambda call: count(call, _members(call)),
    "GET organizations/{id}/related": _related,
    "GET organizations/{id}/tickets": _tickets,
    "GET organizations/{id}/organization_memberships": _memberships("organization_id"),
    "GET users/{id}/organization_memberships": _memberships("user_id"),
    "POST users/{id}/organization_memberships": _create_for_user,
    "GET users/{id}/organization_memberships/{membership_id}": lambda call: MEMBERSHIP.one(
        call, _membership_of_user(call)
    ),
    "DELETE users/{id}/organization_memberships/{membership_id}": _delete_of_user,
    "PUT users/{id}/organization_memberships/{membership_id}/make_default": _choose_default,
    "GET users/{id}/organizations": _of_user,
    "POST organization_memberships/create_many": lambda call: jobs.create_many(
        call, MEMBERSHIP, call.wrapped_list("organization_memberships")
    ),
    "DELETE organization_memberships/destroy_many": lambda call: jobs.destroy_many(call, MEMBERSHIP, call.ids()),
}
