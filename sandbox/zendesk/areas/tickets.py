"""The endpoints of tickets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .. import errors
from ..call import Answer, Call, Handler, Routes
from ..resource import count
from ..store import Doc, Query, stamp
from . import deleted_tickets, jobs, tags, ticket_writing
from .ticket_model import TICKET

KEY_LIFETIME = timedelta(hours=2)


def _created(call: Call, given: Doc) -> Answer:
    ticket, audit = ticket_writing.create(call, given)
    return Answer(_both(call, ticket, audit), 201, {"Location": TICKET.show(call, ticket)["url"]})


def _both(call: Call, ticket: Doc, audit: Doc) -> Doc:
    return {**TICKET.one(call, ticket), "audit": call.kinds["audits"].show(call, audit)}


def _create(call: Call) -> Answer:
    """With an Idempotency-Key the first answer is kept for two hours and given again."""
    given = call.wrapped("ticket")
    key = call.request.headers.get("idempotency-key")
    if not key:
        return _created(call, given)
    digest = hashlib.sha256(json.dumps(call.json, sort_keys=True).encode()).hexdigest()
    kept = call.store.get("idempotency_keys", key)
    if kept and kept["expires_at"] > call.store.now():
        if kept["digest"] != digest:
            raise errors.named(
                400, "IdempotentRequestError", "Request parameters don't match the given idempotency key"
            )
        return Answer(kept["body"], 201, {**kept["headers"], "x-idempotency-lookup": "hit"}, replayed=True)
    answer = _created(call, given)
    expires = stamp(call.store.clock() + KEY_LIFETIME)
    kept = {
        "id": key,
        "digest": digest,
        "expires_at": expires,
        "body": answer.body,
        "headers": dict(answer.headers),
    }
    call.store.put("idempotency_keys", kept)
    return Answer(answer.body, 201, {**answer.headers, "x-idempotency-lookup": "miss"})


def _update(call: Call) -> Doc:
    ticket = TICKET.need(call, call.path["id"])
    return _both(call, *ticket_writing.update(call, ticket, call.wrapped("ticket")))


def _create_many(call: Call) -> Doc:
    def work(given: Doc) -> Doc:
        return {
            "id": ticket_writing.create(call, given)[0]["id"],
            "account_id": jobs.ACCOUNT_ID,
            "success": True,
        }

    rows = [jobs.attempt(i, given, work) for i, given in enumerate(call.wrapped_list("tickets"))]
    return jobs.start(call, rows, job_type="Bulk Create Ticket")


def _update_many(call: Call) -> Doc:
    def work(ticket: Doc, given: Doc) -> Doc:
        return ticket_writing.update(call, ticket, _retagged(ticket, given))[0]

    return jobs.update_many(call, TICKET, work)


def _retagged(ticket: Doc, given: Doc) -> Doc:
    """Bulk updates may add and remove tags; a single update only replaces them."""
    added, removed = tags.normal(given.get("additional_tags")), tags.normal(given.get("remove_tags"))
    if not added and not removed:
        return given
    kept = tags.normal(given["tags"]) if "tags" in given else ticket["tags"]
    return {**given, "tags": [tag for tag in tags.normal(kept + added) if tag not in removed]}


def _show_many(call: Call) -> Doc:
    found = [ticket for ticket in call.store.many("tickets", call.ids()) if "_deleted" not in ticket]
    return TICKET.page(call, found, styles="offset")


def _of_user(field: str) -> tuple[Handler, Handler]:
    """List and count of the tickets in which a user plays a part."""

    def query(call: Call) -> Query:
        return TICKET.query(**{field: call.need("users", call.path["id"])["id"]})

    return lambda call: TICKET.page(call, query(call)), lambda call: count(call, query(call))


def _count_of_organization(call: Call) -> Doc:
    return count(call, TICKET.query(organization_id=call.need("organizations", call.path["id"])["id"]))


def _people(field: str) -> Callable[[Call], Doc]:
    def handler(call: Call) -> Doc:
        ticket = TICKET.need(call, call.path["id"])
        found = call.store.many("users", ticket[field])
        return call.kinds["users"].page(call, found, styles="offset")

    return handler


def _related(call: Call) -> Doc:
    ticket = TICKET.need(call, call.path["id"])
    incidents = call.store.count(TICKET.query(problem_id=ticket["id"]))
    return {
        "ticket_related": {
            "url": f"{call.base}/api/v2/tickets/{ticket['id']}/related.json",
            "topic_id": None,
            "jira_issue_ids": [link["issue_id"] for link in call.store.list("links", ticket_id=str(ticket["id"]))],
            "followup_source_ids": [],
            "from_archive": False,
            "incidents": incidents,
            "twitter": {"handle_id": None, "profile": None, "direct": None},
        }
    }


def _merge(call: Call) -> Doc:
    """The named tickets are closed into this one, with a comment on each side."""
    target = TICKET.need(call, call.path["id"])
    body: Any = call.json
    ids = body.get("ids") if isinstance(body, dict) else None
    if not isinstance(ids, list):
        raise errors.parameter_missing("ids")
    for id in ids:
        source = TICKET.need(call, id)
        comment = {
            "body": body.get("source_comment") or f"Merged into ticket #{target['id']}",
            "public": False,
        }
        people = list(dict.fromkeys([*target["collaborator_ids"], source["requester_id"]]))
        ticket_writing.update(call, source, {"status": "closed", "comment": comment})
        given = {
            "collaborator_ids": people,
            "comment": {
                "body": body.get("target_comment") or f"Ticket #{id} was merged into this one",
                "public": False,
            },
        }
        target, _ = ticket_writing.update(call, target, given)
    return jobs.start(
        call,
        [{"id": target["id"], "action": "merge", "status": "Merged", "success": True}],
        job_type="Ticket Merge",
    )


def _recent(call: Call) -> Doc:
    rows = call.store.select(Query("tickets", TICKET.where, "updated_at", True), 5)
    return TICKET.page(call, rows, styles="offset")


_requested, _count_requested = _of_user("requester_id")
_assigned, _count_assigned = _of_user("assignee_id")
_ccd, _count_ccd = _of_user("collaborator_ids@")
_followed, _count_followed = _of_user("follower_ids@")

RESOURCES = (TICKET,)
ROUTES: Routes = {
    "POST tickets": _create,
    "PUT tickets/{id}": _update,
    "DELETE tickets/{id}": deleted_tickets.delete,
    "POST tickets/create_many": _create_many,
    "PUT tickets/update_many": _update_many,
    "DELETE tickets/destroy_many": deleted_tickets.delete_many,
    "GET tickets/show_many": _show_many,
    "GET tickets/recent": _recent,
    "GET tickets/{id}/collaborators": _people("collaborator_ids"),
    "GET tickets/{id}/followers": _people("follower_ids"),
    "GET tickets/{id}/email_ccs": _people("email_cc_ids"),
    "GET tickets/{id}/incidents": lambda call: TICKET.page(
        call, TICKET.query(problem_id=TICKET.need(call, call.path["id"])["id"])
    ),
    "GET tickets/{id}/related": _related,
    "POST tickets/{id}/merge": _merge,
    "GET problems": lambda call: TICKET.page(call, TICKET.query(type="problem")),
    "GET users/{id}/tickets/requested": _requested,
    "GET users/{id}/tickets/requested/count": _count_requested,
    "GET users/{id}/tickets/assigned": _assigned,
    "GET users/{id}/tickets/assigned/count": _count_assigned,
    "GET users/{id}/tickets/ccd": _ccd,
    "GET users/{id}/tickets/ccd/count": _count_ccd,
    "GET users/{id}/tickets/followed": _followed,
    "GET users/{id}/tickets/followed/count": _count_followed,
    "GET organizations/{id}/tickets/count": _count_of_organization,
}
