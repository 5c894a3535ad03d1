"""Importing tickets that happened elsewhere: with their own times and comments, and without rules or notices."""

from __future__ import annotations

from .. import errors
from ..call import Answer, Call, Routes
from ..resource import Resource
from ..store import Doc
from . import jobs, ticket_writing
from .ticket_model import TICKET

TIMES = ("created_at", "updated_at", "solved_at")


def create(call: Call, given: Doc) -> Doc:
    """The imported ticket; each of its comments has an audit of its own."""
    comments = given.get("comments") or []
    if not isinstance(comments, list) or not all(isinstance(comment, dict) for comment in comments):
        raise errors.bad_value("comments", comments)
    first = (
        {"body": given.get("description"), "author_id": given.get("requester_id")} if given.get("description") else None
    )
    story = [first, *comments] if first else comments
    if not story:
        raise errors.invalid(base=("Description: cannot be blank", "BlankValue"))
    times = {name: ticket_writing.moment(name, given[name]) for name in TIMES if given.get(name)}
    kept = {k: v for k, v in given.items() if k not in (*TIMES, "comments", "description")}
    ticket, _ = ticket_writing.create(call, {**kept, "comment": story[0]})
    ticket |= {name: value for name, value in times.items() if name != "solved_at"}
    for comment in story[1:]:
        ticket_writing.record(call, ticket, ticket, comment, comment.get("created_at") or ticket["created_at"])
    _backdate(call, ticket)
    return call.store.put("tickets", ticket)


def _backdate(call: Call, ticket: Doc) -> None:
    """What happened first happened when the ticket was made."""
    for kind in ("comments", "audits"):
        first = call.store.first(kind, ticket_id=ticket["id"])
        if first:
            call.store.put(kind, {**first, "created_at": ticket["created_at"]})


def _create(call: Call) -> Answer:
    ticket = create(call, call.wrapped("ticket"))
    return TICKET.created(call, ticket)


def _create_many(call: Call) -> Doc:
    def work(given: Doc) -> Doc:
        return {"id": create(call, given)["id"], "account_id": jobs.ACCOUNT_ID, "success": True}

    rows = [jobs.attempt(i, given, work) for i, given in enumerate(call.wrapped_list("tickets"))]
    return jobs.start(call, rows, job_type="Bulk Import Ticket")


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {"POST imports/tickets": _create, "POST imports/tickets/create_many": _create_many}
