"""Deleting tickets: softly for thirty days, then, on demand, for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..paging import page
from ..resource import Resource
from ..store import Doc, Query
from . import jobs
from .ticket_model import TICKET


def delete(call: Call) -> Answer:
    _hide(call, TICKET.need(call, call.path["id"]))
    return NO_CONTENT


def delete_many(call: Call) -> Doc:
    def work(id: Any) -> Doc:
        _hide(call, TICKET.need(call, id))
        return {"id": id, "action": "delete", "status": "Deleted", "success": True}

    rows = [jobs.attempt(i, id, work) for i, id in enumerate(call.ids())]
    return jobs.start(call, rows, job_type="Bulk Delete Ticket")


def _hide(call: Call, ticket: Doc) -> None:
    moment = call.store.now()
    gone = {"at": moment, "actor": {"id": call.user["id"], "name": call.user["name"]}}
    call.store.put("tickets", {**ticket, "_deleted": gone, "updated_at": moment})


def _need(call: Call, id: object) -> Doc:
    ticket = call.need("tickets", id)
    if "_deleted" not in ticket:
        raise errors.not_found()
    return ticket


def _show(ticket: Doc) -> Doc:
    return {
        "id": ticket["id"],
        "subject": ticket["subject"],
        "description": ticket["description"],
        "actor": ticket["_deleted"]["actor"],
        "deleted_at": ticket["_deleted"]["at"],
        "previous_state": ticket["status"],
    }


def _list(call: Call) -> Doc:
    found = page(call, Query("tickets", {"_deleted!": None}), sorts=("id",), sort_by=("id", "subject"))
    return found.answer("deleted_tickets", [_show(ticket) for ticket in found.docs])


def _restore(call: Call, ids: Sequence[Any]) -> Answer:
    for ticket in [_need(call, id) for id in ids]:
        del ticket["_deleted"]
        call.store.put("tickets", {**ticket, "updated_at": call.store.now()})
    return Answer({})


def _destroy(call: Call, ids: Sequence[Any]) -> Doc:
    """For good: nothing of the ticket is left."""
    for ticket in [_need(call, id) for id in ids]:
        for kind in ("comments", "audits"):
            for doc in call.store.list(kind, ticket_id=ticket["id"]):
                call.store.delete(kind, doc["id"])
        call.store.delete("tickets", ticket["id"])
    return jobs.start(call, {"success": True}, total=None, job_type="Ticket Deletion")


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "GET deleted_tickets": _list,
    "PUT deleted_tickets/{id}/restore": lambda call: _restore(call, [call.path["id"]]),
    "PUT deleted_tickets/restore_many": lambda call: _restore(call, call.ids()),
    "DELETE deleted_tickets/{id}": lambda call: _destroy(call, [call.path["id"]]),
    "DELETE deleted_tickets/destroy_many": lambda call: _destroy(call, call.ids()),
}
