"""Writing tickets: what a change does to the ticket, its comments and its audits."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from .. import errors
from ..call import Call
from ..store import Doc, Store, stamp
from . import rules, uploads, users
from .ticket_model import API, TICKET

MAX_COMMENTS = 5000
GUESTS = {
    "collaborators": "collaborator_ids",
    "additional_collaborators": "collaborator_ids",
    "followers": "follower_ids",
    "email_ccs": "email_cc_ids",
}
UNTOLD = {
    "id",
    "updated_at",
    "created_at",
    "raw_subject",
    "description",
    "generated_timestamp",
    "via",
    "fields",
    "has_incidents",
}
SYSTEM = {
    "client": "Sandbox",
    "ip_address": "192.0.2.1",
    "location": "Dublin, L, Ireland",
    "latitude": 53.34,
    "longitude": -6.26,
}


def create(call: Call, given: Doc) -> tuple[Doc, Doc]:
    """The new ticket and its first audit."""
    comment = _comment_of(given) or {"body": given.get("description")}
    if not _has_text(comment):
        raise errors.invalid(base=("Description: cannot be blank", "BlankValue"))
    given = _with_people(call, given, {})
    given.setdefault("requester_id", comment.get("author_id") or call.user["id"])
    if given["requester_id"] is None:
        raise errors.blank("requester")
    given["submitter_id"] = given.get("submitter_id") or call.user["id"]
    if given.get("organization_id") is None:
        requester = call.store.get("users", call.integer("requester_id", given["requester_id"]))
        given["organization_id"] = requester["organization_id"] if requester else None
    given = _routed(call, given, {"status": "new", "group_id": None, "assignee_id": None})
    given["brand_id"] = given.get("brand_id") or _default(call, "brands")
    given["ticket_form_id"] = given.get("ticket_form_id") or _default(call, "ticket_forms")
    # who submits a ticket is the author of its first comment
    comment["author_id"] = comment.get("author_id") or given["submitter_id"]
    ticket = TICKET.create(call, given)
    ticket |= {
        "description": plain(comment),
        "is_public": comment.get("public", True) is not False,
        "generated_timestamp": int(call.store.clock().timestamp()),
    }
    call.store.put("tickets", ticket)
    return ticket, record(call, ticket, {}, comment)


def update(call: Call, ticket: Doc, given: Doc) -> tuple[Doc, Doc]:
    """The changed ticket and the audit that tells of the change."""
    rules.refuse_closed(ticket)
    rules.safe_update(ticket, given)
    comment = _comment_of(given)
    if comment is not None and not _has_text(comment):
        raise errors.invalid(base=("Comment: cannot be blank", "BlankValue"))
    given = _with_people(call, given, ticket)
    changed = TICKET.update(call, ticket, _routed(call, given, ticket))
    changed["generated_timestamp"] = int(call.store.clock().timestamp())
    call.store.put("tickets", changed)
    return changed, record(call, changed, ticket, comment)


def record(call: Call, ticket: Doc, before: Doc, comment: Doc | None, at: str | None = None) -> Doc:
    """Write the audit of a change from `before` ({} for a new ticket), and the comment that came with it."""
    at = at or call.store.now()
    author = call.user["id"]
    audit: Doc = {
        "id": call.store.next_id(),
        "ticket_id": ticket["id"],
        "created_at": at,
        "author_id": author,
        "metadata": {"system": SYSTEM, "custom": {}},
        "events": [],
        "via": API,
    }
    if comment is not None:
        written = add_comment(call, ticket, comment, audit, at)
        audit["author_id"] = written["author_id"]
        audit["events"].append(event_of(written))
    for name, value in ticket.items():
        if (
            name not in UNTOLD
            and not name.startswith("_")
            and value != before.get(name)
            and (before or value not in (None, [], False))
        ):
            audit["events"].append(_change(call.store, name, value, before))
    return call.store.put("audits", audit)


def add_comment(call: Call, ticket: Doc, comment: Doc, audit: Doc, at: str) -> Doc:
    """The comment, visible as the first one is where it does not say."""
    first = call.store.first("comments", ticket_id=ticket["id"])
    if first and len(call.store.list("comments", ticket_id=ticket["id"])) >= MAX_COMMENTS:
        raise errors.invalid(base=(f"A ticket takes at most {MAX_COMMENTS} comments", None))
    author = (
        call.integer("author_id", comment["author_id"]) if comment.get("author_id") is not None else call.user["id"]
    )
    if not call.store.get("users", author):
        raise errors.bad_value("author", author)
    public = comment.get("public")
    text = plain(comment)
    return call.store.put(
        "comments",
        {
            "id": call.store.next_id(),
            "ticket_id": ticket["id"],
            "type": "Comment",
            "author_id": author,
            "body": text,
            "html_body": wrapped_html(comment.get("html_body") or f"<p>{html.escape(text)}</p>"),
            "plain_body": text,
            "public": bool(public) if public is not None else bool(first["public"] if first else True),
            "attachments": uploads.consume(call, comment.get("uploads")),
            "audit_id": audit["id"],
            "via": audit["via"],
            "created_at": at,
            "metadata": audit["metadata"],
        },
    )


def event_of(comment: Doc) -> Doc:
    names = (
        "id",
        "type",
        "author_id",
        "body",
        "html_body",
        "plain_body",
        "public",
        "attachments",
        "audit_id",
    )
    return {name: comment[name] for name in names}


def plain(comment: Doc) -> str:
    """The text of a comment, from its body or from its HTML."""
    if comment.get("body"):
        return str(comment["body"])
    return html.unescape(re.sub(r"<[^<>]+>", "", str(comment.get("html_body") or "")))


def wrapped_html(inner: str) -> str:
    return f'<div class="zd-comment" dir="auto">{inner}</div>'


def _change(store: Store, name: str, value: Any, before: Doc) -> Doc:
    event: Doc = {
        "id": store.next_id(),
        "type": "Change" if before else "Create",
        "value": _told(value),
        "field_name": name,
    }
    return event | ({"previous_value": _told(before.get(name))} if before else {})


def _told(value: Any) -> Any:
    """Audits write ids and truths as text."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value


def _comment_of(given: Doc) -> Doc | None:
    comment = given.get("comment")
    if comment is None:
        return None
    if isinstance(comment, str):
        return {"body": comment}
    if not isinstance(comment, dict):
        raise errors.bad_value("comment", comment)
    return dict(comment)


def _has_text(comment: Doc) -> bool:
    return bool(plain(comment).strip() or comment.get("uploads"))


def _routed(call: Call, given: Doc, before: Doc) -> Doc:
    """An assignee brings the own default group, and a new ticket that is assigned is open."""
    given = dict(given)
    if given.get("assignee_email"):
        agent = users.by_email(call, given["assignee_email"])
        if not agent:
            raise errors.bad_value("assignee_email", given["assignee_email"])
        given["assignee_id"] = agent["id"]
    if given.get("assignee_id") is not None:
        assignee = call.integer("assignee_id", given["assignee_id"])
        if given.get("group_id", before["group_id"]) is None:
            membership = call.store.first("group_memberships", user_id=assignee, default=True)
            given["group_id"] = membership["group_id"] if membership else None
        if given.get("status", before["status"]) == "new":
            given["status"] = "open"
    if given.get("due_at"):
        given["due_at"] = moment("due_at", given["due_at"])
    return given


def moment(name: str, text: object) -> str:
    """A time as the service writes it, from any ISO 8601 form; without a zone it is UTC."""
    try:
        given = datetime.fromisoformat(str(text))
    except ValueError:
        raise errors.bad_value(name, text) from None
    return stamp(given.astimezone(UTC) if given.tzinfo else given)


def _default(call: Call, kind: str) -> Any:
    found = call.store.first(kind, default=True)
    return found["id"] if found else None


def _with_people(call: Call, given: Doc, before: Doc) -> Doc:
    """People that are named by email become users; who follows or is in cc collaborates."""
    given = dict(given)
    if isinstance(given.get("requester"), dict):
        given["requester_id"] = _person(call, "requester", given["requester"])
    for name, field in GUESTS.items():
        if isinstance(given.get(name), list):
            ids = _ids(call, field, given.get(field, before.get(field)))
            for person in given[name]:
                id = _person(call, name, person)
                leaves = isinstance(person, dict) and person.get("action") == "delete"
                ids = [other for other in ids if other != id] + ([] if leaves else [id])
            given[field] = ids
    guests = _ids(call, "follower_ids", given.get("follower_ids")) + _ids(
        call, "email_cc_ids", given.get("email_cc_ids")
    )
    if guests:
        others = _ids(call, "collaborator_ids", given.get("collaborator_ids", before.get("collaborator_ids")))
        given["collaborator_ids"] = list(dict.fromkeys([*others, *guests]))
    return given


def _ids(call: Call, name: str, given: Any) -> list[int]:
    if given is not None and not isinstance(given, list):
        raise errors.bad_value(name, given)
    return [call.integer(name, id) for id in given or []]


def _person(call: Call, name: str, person: Any) -> int:
    """The id of a user given as an id, an email, or an object of either."""
    if isinstance(person, int):
        return person
    if isinstance(person, str):
        person = {"user_id": person} if person.isdigit() else {"email": person}
    if not isinstance(person, dict):
        raise errors.bad_value(name, person)
    if person.get("user_id") is not None:
        return call.integer("user_id", person["user_id"])
    email = person.get("user_email") or person.get("email")
    if not isinstance(email, str):
        raise errors.blank(name)
    found = users.by_email(call, email)
    called = person.get("user_name") or person.get("name") or email.partition("@")[0]
    return int((found or users.create(call, {"name": called, "email": email}))["id"])
