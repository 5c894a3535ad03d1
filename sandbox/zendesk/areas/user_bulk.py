"""Users by the hundred, and merging two of them."""

from __future__ import annotations

from typing import Any

from ..call import Call, Routes
from ..resource import Resource
from ..store import Doc
from . import jobs, users


def _create_many(call: Call) -> Doc:
    given = call.wrapped_list("users")
    rows = [
        jobs.attempt(i, item, lambda item: {"id": users.create(call, item)["id"], "status": "Created", "success": True})
        for i, item in enumerate(given)
    ]
    return jobs.start(call, rows, job_type="Bulk Create User")


def _create_or_update_many(call: Call) -> Doc:
    def work(item: Doc) -> Doc:
        found = users.find(call, item)
        user = users.update(call, found, item) if found else users.create(call, item)
        return {"id": user["id"], "status": "Updated" if found else "Created", "success": True}

    rows = [jobs.attempt(i, item, work) for i, item in enumerate(call.wrapped_list("users"))]
    return jobs.start(call, rows, job_type="Bulk Create Or Update User")


def _destroy_many(call: Call) -> Doc:
    def work(id: Any) -> Doc:
        return {
            "id": users.deactivate(call, users.USER.need(call, id))["id"],
            "action": "delete",
            "status": "Deleted",
            "success": True,
        }

    return jobs.start(call, [jobs.attempt(i, id, work) for i, id in enumerate(call.ids())], job_type="Bulk Delete User")


def _merge(call: Call) -> Doc:
    """The user of the path gives tickets, emails and memberships to the user of the body, and is deleted."""
    loser = users.USER.need(call, call.path["id"])
    winner = users.USER.need(call, call.wrapped("user").get("id"))
    for field in ("requester_id", "submitter_id"):
        for ticket in call.store.list("tickets", **{field: loser["id"]}):
            call.store.put("tickets", {**ticket, field: winner["id"]})
    for identity in call.store.list("identities", user_id=loser["id"]):
        call.store.put("identities", {**identity, "user_id": winner["id"], "primary": False})
    users.deactivate(call, loser)
    return users.USER.one(call, winner)


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "POST users/create_many": _create_many,
    "POST users/create_or_update_many": _create_or_update_many,
    "DELETE users/destroy_many": _destroy_many,
    "PUT users/{id}/merge": _merge,
    "PUT users/update_many": lambda call: jobs.update_many(
        call, users.USER, lambda user, given: users.update(call, user, given)
    ),
}
