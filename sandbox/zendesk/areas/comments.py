"""The comments and audits of tickets."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import Answer, Call, Routes
from ..resource import Resource, count
from ..sideload import Related
from ..store import Doc, Query
from . import uploads
from .ticket_model import TICKET


def _with_files(call: Call, event: Doc) -> Doc:
    return {**event, "attachments": uploads.shown(call, event["attachments"])} if "attachments" in event else event


def _present_comment(call: Call, shown: Doc) -> Doc:
    return {k: v for k, v in _with_files(call, shown).items() if k not in ("url", "ticket_id")}


def _present_audit(call: Call, shown: Doc) -> Doc:
    events = [_with_files(call, event) for event in shown["events"]]
    return {k: v for k, v in {**shown, "events": events}.items() if k != "url"}


def _tickets_of(call: Call, field: str, kind: str, audits: list[Doc]) -> dict[str, Any]:
    tickets = call.store.many("tickets", [audit["ticket_id"] for audit in audits])
    found = call.store.many(kind, [ticket[field] for ticket in tickets if ticket[field]])
    return {kind: [call.kinds[kind].show(call, doc) for doc in found]}


COMMENT = Resource(
    name="comment",
    plural="comments",
    fields={},
    verbs=(),
    sorts=("created_at",),
    includes={"users": Related("users", ["author_id"])},
    present=_present_comment,
)
AUDIT = Resource(
    name="audit",
    plural="audits",
    fields={},
    verbs=(),
    sorts=("created_at",),
    includes={
        "users": Related("users", ["author_id"]),
        "tickets": Related("tickets", ["ticket_id"]),
        "organizations": lambda call, audits: _tickets_of(call, "organization_id", "organizations", list(audits)),
        "groups": lambda call, audits: _tickets_of(call, "group_id", "groups", list(audits)),
    },
    present=_present_audit,
)


def _of_ticket(call: Call, resource: Resource) -> Query:
    return resource.query(ticket_id=TICKET.need(call, call.path["ticket_id"])["id"])


def _one_of_ticket(call: Call, resource: Resource) -> Doc:
    ticket = TICKET.need(call, call.path["ticket_id"])
    doc = resource.need(call, call.path["id"])
    if doc["ticket_id"] != ticket["id"]:
        raise errors.not_found()
    return doc


def _make_private(call: Call) -> Answer:
    """The comment, and what its audit tells of it, are private from now on."""
    comment = {**_one_of_ticket(call, COMMENT), "public": False}
    call.store.put("comments", comment)
    audit = call.need("audits", comment["audit_id"])
    for event in audit["events"]:
        if event["id"] == comment["id"]:
            event["public"] = False
    call.store.put("audits", audit)
    return Answer({}, 200)


RESOURCES = (COMMENT, AUDIT)
ROUTES: Routes = {
    "GET tickets/{ticket_id}/comments": lambda call: COMMENT.page(call, _of_ticket(call, COMMENT)),
    "GET tickets/{ticket_id}/comments/count": lambda call: count(call, _of_ticket(call, COMMENT)),
    "PUT tickets/{ticket_id}/comments/{id}/make_private": _make_private,
    "GET tickets/{ticket_id}/audits": lambda call: AUDIT.page(call, _of_ticket(call, AUDIT)),
    "GET tickets/{ticket_id}/audits/count": lambda call: count(call, _of_ticket(call, AUDIT)),
    "GET tickets/{ticket_id}/audits/{id}": lambda call: AUDIT.one(call, _one_of_ticket(call, AUDIT)),
    "GET ticket_audits": lambda call: AUDIT.page(call, styles="cursor"),
}
