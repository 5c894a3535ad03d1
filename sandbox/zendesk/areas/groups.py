"""Groups and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..resource import Resource, count
from ..sideload import Related
from ..store import Doc
from . import jobs


def _members(call: Call, groups: Sequence[Doc]) -> dict[str, Any]:
    """The users of these groups; each group gets its `user_ids`."""
    users: dict[Any, None] = {}
    for group in groups:
        memberships = call.store.list("group_memberships", group_id=group["id"])
        group["user_ids"] = [membership["user_id"] for membership in memberships]
        users |= dict.fromkeys(group["user_ids"])
    return {"users": [call.kinds["users"].show(call, user) for user in call.store.many("users", list(users))]}


def _remove_group(call: Call, group: Doc) -> None:
    if group["default"]:
        raise errors.invalid(base=("You cannot delete the default group", None))
    for membership in call.store.list("group_memberships", group_id=group["id"]):
        call.store.delete("group_memberships", membership["id"])
    call.store.put("groups", {**group, "deleted": True, "updated_at": call.store.now()})


GROUP = Resource(
    name="group",
    plural="groups",
    typed=True,
    fields={"name": "", "description": "", "is_public": True},
    readonly={"default": False, "deleted": False},
    required=("name",),
    unique=("name",),
    where={"deleted": False},
    sorts=("id", "name", "created_at", "updated_at"),
    sort_by=("name", "created_at", "updated_at"),
    includes={"users": _members},
    count=True,
    removed=_remove_group,
)


def _check_membership(call: Call, membership: Doc, given: Doc, fresh: bool) -> None:
    """Agents only, once for each group; the first membership of a user is the default one."""
    for name in ("user_id", "group_id"):
        membership[name] = call.integer(name, membership[name]) if membership[name] is not None else None
        if membership[name] is None:
            raise errors.blank(name)
    user, group = (
        call.store.get("users", membership["user_id"]),
        call.store.get("groups", membership["group_id"]),
    )
    if not user or user["role"] == "end-user" or not user["active"]:
        raise errors.bad_value("user_id", membership["user_id"])
    if not group or group["deleted"]:
        raise errors.bad_value("group_id", membership["group_id"])
    if fresh and call.store.first("group_memberships", user_id=user["id"], group_id=group["id"]):
        raise errors.taken("user_id")
    others = call.store.list("group_memberships", user_id=user["id"])
    if fresh and (not others or membership["default"]):
        _make_default(call, others, membership)


def _make_default(call: Call, all_of_user: list[Doc], chosen: Doc) -> None:
    for membership in all_of_user:
        if membership["default"] and membership is not chosen:
            call.store.put("group_memberships", {**membership, "default": False})
    chosen["default"] = True


MEMBERSHIP = Resource(
    name="group_membership",
    plural="group_memberships",
    typed=True,
    fields={"user_id": None, "group_id": None, "default": False},
    verbs=("list", "show", "create", "delete"),
    includes={"users": Related("users", ["user_id"]), "groups": Related("groups", ["group_id"])},
    prepare=_check_membership,
)


def _of_user(call: Call) -> Doc:
    call.need("users", call.path["user_id"])
    return MEMBERSHIP.page(call, MEMBERSHIP.query(user_id=call.id("user_id")))


def _of_group(call: Call) -> Doc:
    GROUP.need(call, call.path["group_id"])
    return MEMBERSHIP.page(call, MEMBERSHIP.query(group_id=call.id("group_id")))


def _one_of_user(call: Call) -> Doc:
    membership = MEMBERSHIP.need(call, call.path["id"])
    if membership["user_id"] != call.id("user_id"):
        raise errors.not_found()
    return membership


def _create_for_user(call: Call) -> Answer:
    given = {**call.wrapped("group_membership"), "user_id": call.id("user_id")}
    return MEMBERSHIP.created(call, MEMBERSHIP.create(call, given))


def _delete_of_user(call: Call) -> Answer:
    call.store.delete("group_memberships", _one_of_user(call)["id"])
    return NO_CONTENT


def _choose_default(call: Call) -> Doc:
    membership = _one_of_user(call)
    _make_default(call, call.store.list("group_memberships", user_id=membership["user_id"]), membership)
    call.store.put("group_memberships", membership)
    return MEMBERSHIP.page(call, MEMBERSHIP.query(user_id=membership["user_id"]), styles="none")


def _create_many(call: Call) -> Doc:
    return jobs.create_many(call, MEMBERSHIP, call.wrapped_list("group_memberships"))


def _destroy_many(call: Call) -> Doc:
    return jobs.destroy_many(call, MEMBERSHIP, call.ids())


def _groups_of_user(call: Call) -> Doc:
    ids = [m["group_id"] for m in call.store.list("group_memberships", user_id=call.id("user_id"))]
    return GROUP.page(call, GROUP.query(id=ids))


def _users_of_group(call: Call) -> Doc:
    GROUP.need(call, call.path["group_id"])
    ids = [m["user_id"] for m in call.store.list("group_memberships", group_id=call.id("group_id"))]
    return call.kinds["users"].page(call, call.kinds["users"].query(id=ids))


def _count_memberships_of_group(call: Call) -> Doc:
    return count(call, MEMBERSHIP.query(group_id=call.id("group_id")))


RESOURCES = (GROUP, MEMBERSHIP)
ROUTES: Routes = {
    "GET groups/assignable": GROUP.on_list,
    "GET users/{user_id}/groups": _groups_of_user,
    "GET groups/{group_id}/users": _users_of_group,
    "GET groups/{group_id}/memberships": _of_group,
    "GET groups/{group_id}/memberships/count": _count_memberships_of_group,
    "GET group_memberships/assignable": MEMBERSHIP.on_list,
    "POST group_memberships/create_many": _create_many,
    "DELETE group_memberships/destroy_many": _destroy_many,
    "GET users/{user_id}/group_memberships": _of_user,
    "POST users/{user_id}/group_memberships": _create_for_user,
    "GET users/{user_id}/group_memberships/{id}": lambda call: MEMBERSHIP.one(call, _one_of_user(call)),
    "DELETE users/{user_id}/group_memberships/{id}": _delete_of_user,
    "PUT users/{user_id}/group_memberships/{id}/make_default": _choose_default,
}
