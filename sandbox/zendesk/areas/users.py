"""Users: agents, admins and end users."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..auth import ANONYMOUS
from ..call import Answer, Call, Routes
from ..resource import Resource, count
from ..sideload import Related, embed
from ..store import Doc, Query
from . import identities, organizations, own_fields, tags, user_search

ROLES = ("end-user", "agent", "admin")
ROLE_TYPES = {"end-user": None, "agent": 0, "admin": 4}
RESTRICTIONS = ("organization", "groups", "assigned", "requested", "none")
LOCALE_IDS = {"en-US": 1, "en-GB": 1176, "de": 8, "fr": 16, "es": 2, "ja": 67}


def _check(call: Call, user: Doc, given: Doc, fresh: bool) -> None:
    user["tags"] = tags.normal(user["tags"])
    user["locale_id"] = LOCALE_IDS.get(user["locale"], user["locale_id"])
    user["iana_time_zone"] = user["time_zone"] if "/" in (user["time_zone"] or "") else user["iana_time_zone"]
    user["role_type"] = ROLE_TYPES[user["role"]]
    if isinstance(given.get("organization"), dict) and given["organization"].get("name"):
        named = call.store.first("organizations", **{"name~": given["organization"]["name"]})
        if not named:
            raise errors.bad_value("organization", given["organization"]["name"])
        user["organization_id"] = named["id"]
    for field, kind in (("organization_id", "organizations"), ("default_group_id", "groups")):
        if user[field] is not None:
            user[field] = call.integer(field, user[field])
            if not call.store.get(kind, user[field]):
                raise errors.bad_value(field, user[field])
    own_fields.keep(call, "user_fields", user, None if fresh else call.store.get("users", user["id"]))


USER = Resource(
    name="user",
    plural="users",
    typed=True,
    fields={
        "name": "",
        "time_zone": "Eastern Time (US & Canada)",
        "phone": None,
        "locale": "en-US",
        "organization_id": None,
        "role": "end-user",
        "verified": False,
        "external_id": None,
        "tags": [],
        "alias": None,
        "signature": None,
        "details": None,
        "notes": None,
        "custom_role_id": None,
        "moderator": False,
        "ticket_restriction": None,
        "only_private_comments": False,
        "suspended": False,
        "default_group_id": None,
        "user_fields": {},
        "shared_phone_number": None,
        "restricted_agent": False,
        "photo": None,
    },
    readonly={
        "email": None,
        "iana_time_zone": "America/New_York",
        "locale_id": 1,
        "active": True,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": False,
        "role_type": None,
        "chat_only": False,
        "report_csv": False,
    },
    write_only=(
        "email",
        "identities",
        "skip_verify_email",
        "organization",
        "password",
        "remote_photo_url",
        "agent_brand_ids",
    ),
    required=("name",),
    unique=("external_id",),
    choices={"role": ROLES, "ticket_restriction": RESTRICTIONS},
    sorts=("id", "name", "created_at", "updated_at"),
    sort_by=("name", "created_at", "updated_at"),
    filters={"permission_set": "custom_role_id", "external_id": "external_id"},
    includes={
        "organizations": Related("organizations", ["organization_id"]),
        "roles": Related("custom_roles", ["custom_role_id"]),
        "groups": lambda call, docs: _groups(call, list(docs)),
        "identities": lambda call, docs: _identities(call, list(docs)),
        "abilities": embed("abilities", lambda call, doc: {"can_edit": True, "can_assume": True}),
        "open_ticket_count": lambda call, docs: {
            "open_ticket_count": {str(doc["id"]): call.store.count(_open(doc["id"])) for doc in docs}
        },
    },
    prepare=_check,
    present=lambda call, shown: own_fields.show(call, "user_fields", shown),
)


def _open(user_id: int) -> Query:
    return Query("tickets", {"requester_id": user_id, "status": ["new", "open", "pending", "hold"], "_deleted": None})


def _groups(call: Call, users: list[Doc]) -> dict[str, Any]:
    memberships = call.store.list("group_memberships", user_id=[user["id"] for user in users])
    groups = call.store.many("groups", [m["group_id"] for m in memberships])
    return {"groups": [call.kinds["groups"].show(call, group) for group in groups]}


def _identities(call: Call, users: list[Doc]) -> dict[str, Any]:
    found = call.store.list("identities", user_id=[user["id"] for user in users])
    return {"identities": [identities.IDENTITY.show(call, identity) for identity in found]}


def create(call: Call, given: Doc) -> Doc:
    """A user with the identities and the organization that were given."""
    email = given.get("email")
    if email:
        identities.refuse_taken(call, "email", "email", email)
    user = USER.create(call, given)
    if email:
        user["email"] = email
        identities.add(call, user, "email", email, primary=True)
    others = given.get("identities") or []
    if not isinstance(others, list) or not all(isinstance(identity, dict) for identity in others):
        raise errors.bad_value("identities", others)
    for identity in others:
        identities.add(call, user, identity.get("type"), identity.get("value"))
    call.store.put("users", user)
    if user["organization_id"] is not None:
        organizations.join(call, user)
    return call.need("users", user["id"])


def update(call: Call, user: Doc, given: Doc) -> Doc:
    """A new email becomes a further identity; the primary one stays."""
    before = user["organization_id"]
    if not user["active"]:
        raise errors.not_found()
    email = given.get("email")
    if email and not call.store.first("identities", user_id=user["id"], **{"value~": email}):
        identities.refuse_taken(call, "email", "email", email)
        identities.add(call, user, "email", email, primary=user["email"] is None)
        user = {**user, "email": user["email"] or email}
    user = USER.update(call, user, given)
    if user["organization_id"] != before:
        if user["organization_id"] is None:
            for membership in call.store.list("organization_memberships", user_id=user["id"], organization_id=before):
                call.store.delete("organization_memberships", membership["id"])
        else:
            organizations.join(call, user)
    return call.need("users", user["id"])


def deactivate(call: Call, user: Doc) -> Doc:
    """A deleted user stays readable, inactive, without memberships and identities."""
    if user["id"] == call.user["id"]:
        raise errors.invalid(base=("You cannot delete yourself", None))
    for kind in ("identities", "group_memberships", "organization_memberships"):
        for doc in call.store.list(kind, user_id=user["id"]):
            call.store.delete(kind, doc["id"])
    return call.store.put("users", {**user, "active": False, "updated_at": call.store.now()})


def find(call: Call, given: Doc) -> Doc | None:
    """The active user that an id, an external id or an email names."""
    if given.get("id") is not None:
        return USER.need(call, given["id"])
    if given.get("external_id") is not None:
        found = call.store.first("users", active=True, **{"external_id~": given["external_id"]})
        if found:
            return found
    return by_email(call, given["email"]) if given.get("email") else None


def by_email(call: Call, email: str) -> Doc | None:
    identity = call.store.first("identities", type="email", **{"value~": email})
    return call.store.get("users", identity["user_id"]) if identity else None


def _list(call: Call) -> Doc:
    where: Doc = {"active": True}
    if roles := call.query_list("role"):
        where["role"] = roles
    return USER.page(call, USER.query(**where))


def _show_many(call: Call) -> Doc:
    external = call.query_list("external_ids")
    ids = [] if external else call.ids()
    found = call.store.list("users", external_id=external) if external else call.store.many("users", ids)
    return USER.page(call, found, styles="offset")


def _on_create(call: Call) -> Answer:
    return USER.created(call, create(call, call.wrapped("user")))


def _on_update(call: Call) -> Doc:
    return USER.one(call, update(call, USER.need(call, call.path["id"]), call.wrapped("user")))


def _on_delete(call: Call) -> Doc:
    user = USER.need(call, call.path["id"])
    if not user["active"]:
        raise errors.not_found()
    return USER.one(call, deactivate(call, user))


def _create_or_update(call: Call) -> Answer:
    given = call.wrapped("user")
    found = find(call, given)
    answer = USER.created(call, update(call, found, given) if found else create(call, given))
    return Answer(answer.body, 200 if found else 201, answer.headers)


def _me(call: Call) -> Doc:
    if call.user is ANONYMOUS:
        return {"user": dict(ANONYMOUS)}
    return USER.one(call, call.user)


def _related(call: Call) -> Doc:
    id = USER.need(call, call.path["id"])["id"]
    counts = {
        "assigned_tickets": {"assignee_id": id},
        "requested_tickets": {"requester_id": id},
        "ccd_tickets": {"collaborator_ids@": id},
        "followed_tickets": {"follower_ids@": id},
    }
    numbers = {name: call.store.count(Query("tickets", {**where, "_deleted": None})) for name, where in counts.items()}
    subscriptions = call.store.count(Query("organization_memberships", {"user_id": id}))
    return {"user_related": {**numbers, "organization_subscriptions": subscriptions}}


RESOURCES = (USER,)
ROUTES: Routes = {
    "GET users": _list,
    "POST users": _on_create,
    "PUT users/{id}": _on_update,
    "DELETE users/{id}": _on_delete,
    "GET users/me": _me,
    "GET users/count": lambda call: count(call, USER.query(active=True)),
    "GET users/show_many": _show_many,
    "GET users/search": lambda call: USER.page(call, user_search.found(call), styles="offset"),
    "GET users/autocomplete": lambda call: USER.page(call, user_search.completed(call), styles="offset"),
    "POST users/create_or_update": _create_or_update,
    "GET users/{id}/related": _related,
}
