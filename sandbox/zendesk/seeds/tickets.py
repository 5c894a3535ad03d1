"""Tickets with their comments and audits, a deleted one, and uploads that wait for a comment."""

from __future__ import annotations

import html
from datetime import datetime

from ..areas import uploads
from ..areas.ticket_model import API, PRIORITIES, STATUSES, TICKET, TYPES
from ..areas.ticket_writing import SYSTEM, event_of, wrapped_html
from ..auth import ADMIN_ID
from ..seeding import ago
from ..store import Doc, Store
from .people import AGENTS, END_USERS

COUNT = 300
TOPICS = (
    (
        "Cannot sign in",
        "The sign-in page says that my password is wrong, although I changed it today.",
        ["login"],
    ),
    (
        "Printer on the 2nd floor is offline",
        "Nobody on our floor can print since this morning.",
        ["hardware", "printer"],
    ),
    (
        "Invoice shows the wrong amount",
        "The invoice of this month charges twelve seats, we have ten.",
        ["billing"],
    ),
    (
        "Export takes very long",
        "The monthly export has been running for two hours.",
        ["performance", "export"],
    ),
    ("How do I add a colleague?", "I would like to give a new colleague access.", ["how_to"]),
    ("App closes on start", "Since the last update the app closes as soon as I open it.", ["mobile", "bug"]),
    ("Please change our address", "We moved. The new address is in our signature.", ["billing", "account"]),
    (
        "VPN drops every hour",
        "The connection is lost about once an hour, and comes back by itself.",
        ["network"],
    ),
    (
        "Feature idea: dark theme",
        "A dark theme would help those of us who work at night.",
        ["feature_request"],
    ),
    ("Delivery has not arrived", "The parcel was due on Monday.", ["shipping"]),
)
ANSWERS = (
    "Thank you for writing to us. We are looking into it.",
    "Could you tell us since when this happens?",
    "This should work again. Please try it once more.",
    "We have passed this on to the team that looks after it.",
)
EQUIPMENT_FIELD = 9876
EQUIPMENT = ("Printer", "Scanner", "IT Equipment")
CHANNELS = ("web", "email", "api", "mobile")


def seed(store: Store) -> None:
    agents = list(AGENTS)
    for i in range(COUNT):
        _ticket(store, i + 1, i, agents)
    _named(store)
    _problem(store)
    _deleted(store)
    for token, name, kind in (
        ("abc123", "screenshot.png", "image/png"),
        ("def456", "error_log.txt", "text/plain"),
    ):
        file = uploads.new_attachment(store, name, kind, f"contents of {name}\n".encode())
        upload = uploads.new_upload(store, [file], token)
        store.put("uploads", {**upload, "expires_at": "2099-01-01T00:00:00Z"})


def _ticket(store: Store, id: int, i: int, agents: list[int]) -> None:
    subject, text, tags = TOPICS[i % len(TOPICS)]
    status = STATUSES[(i * 5 + i // 7) % 6]
    # every fortieth is asked by an agent; the others by end users in turn
    requester = 12345 if i % 40 == 5 else 2001 + (i * 11) % END_USERS
    assignee = None if status == "new" else agents[i % len(agents)]
    days = COUNT - i
    values: Doc = {
        "subject": f"{subject} ({id})",
        "status": status,
        "priority": (None, *PRIORITIES)[i % 5],
        "type": (None, *TYPES)[(i // 3) % 5],
        "requester_id": requester,
        "assignee_id": assignee,
        "group_id": AGENTS[assignee][1][0] if assignee else 1101,
        "tags": tags,
        "external_id": f"CASE-{id}" if i % 10 == 0 else None,
        "via": {**API, "channel": CHANNELS[i % 4]},
        "custom_fields": [{"id": EQUIPMENT_FIELD, "value": EQUIPMENT[i % 3]}] if "hardware" in tags else [],
    }
    comments = [(requester, text, True)]
    if assignee:
        comments += [(assignee, ANSWERS[(i + n) % 4], n < 2) for n in range(1 + i % 3)]
    write(store, id, values, comments, days)


def _named(store: Store) -> None:
    """The tickets that published examples name."""
    values: Doc = {
        "subject": "Unable to access account",
        "status": "open",
        "priority": "high",
        "type": "incident",
        "requester_id": 123456,
        "assignee_id": 67890,
        "group_id": 5678,
        "external_id": "ABC-123",
        "tags": ["urgent", "customer_request", "bug", "high_priority", "feature_request"],
        "collaborator_ids": [2002, 9876],
        "follower_ids": [9876],
        "email_cc_ids": [2002],
        "custom_fields": [{"id": 360001234567, "value": "Web team"}],
    }
    comments = [
        (123456, "I cannot open my account. The link to reset the password does nothing.", True),
        (67890, "Thank you for your patience. We are working on it.", True),
        (67890, "The mail server rejected the reset message.", False),
    ]
    write(store, 12345, values, comments, 12, audit_ids=[67890])
    more = {
        **values,
        "subject": "Payment page shows an error",
        "requester_id": 12345,
        "external_id": None,
        "tags": ["billing"],
    }
    more |= {"collaborator_ids": [], "follower_ids": [], "email_cc_ids": [], "custom_fields": []}
    write(store, 12344, more, [(12345, "The payment page answers with an error.", True)], 14)


def _problem(store: Store) -> None:
    """Ticket 7 is a problem, three others are its incidents."""
    for id, change in (
        (7, {"type": "problem", "has_incidents": True}),
        *((n, {"type": "incident", "problem_id": 7}) for n in (17, 27, 37)),
    ):
        ticket = store.get("tickets", id)
        if ticket:
            store.put("tickets", {**ticket, **change})


def _deleted(store: Store) -> None:
    ticket = store.get("tickets", 299)
    if ticket:
        gone = {"at": ago(1), "actor": {"id": ADMIN_ID, "name": "Robin Admin"}}
        store.put("tickets", {**ticket, "_deleted": gone, "updated_at": ago(1)})


def write(
    store: Store,
    id: int,
    values: Doc,
    comments: list[tuple[int, str, bool]],
    days: float,
    audit_ids: list[int] | None = None,
) -> None:
    """A ticket of so many days ago, one comment and audit every five hours; the first audits may be given their ids."""
    requester = store.get("users", values["requester_id"])
    brand = store.first("brands", default=True)
    form = store.first("ticket_forms", default=True)
    times = [ago(days, -5 * n) for n in range(len(comments))]
    ticket = TICKET.new(
        store,
        id=id,
        **{
            "submitter_id": values["requester_id"],
            "brand_id": brand["id"] if brand else None,
            "ticket_form_id": form["id"] if form else None,
            "organization_id": requester["organization_id"] if requester else None,
            **values,
        },
        raw_subject=values["subject"],
        description=comments[0][1],
        is_public=comments[0][2],
        created_at=times[0],
        updated_at=times[-1],
        generated_timestamp=int(datetime.fromisoformat(times[-1]).timestamp()),
    )
    for n, (author, text, public) in enumerate(comments):
        audit_id = audit_ids[n] if audit_ids and n < len(audit_ids) else store.next_id()
        comment = _comment(store, id, audit_id, author, text, public, times[n])
        events = [event_of(comment)]
        if n == 0:
            events += [_set(store, ticket, name) for name in ("subject", "status", "priority", "type") if ticket[name]]
        audit = {"id": audit_id, "ticket_id": id, "created_at": times[n], "author_id": author}
        store.put(
            "audits",
            {**audit, "metadata": {"system": SYSTEM, "custom": {}}, "events": events, "via": ticket["via"]},
        )


def _comment(store: Store, ticket_id: int, audit_id: int, author: int, text: str, public: bool, at: str) -> Doc:
    return store.put(
        "comments",
        {
            "id": store.next_id(),
            "ticket_id": ticket_id,
            "type": "Comment",
            "author_id": author,
            "body": text,
            "html_body": wrapped_html(f"<p>{html.escape(text)}</p>"),
            "plain_body": text,
            "public": public,
            "attachments": [],
            "audit_id": audit_id,
            "via": API,
            "created_at": at,
            "metadata": {"system": SYSTEM, "custom": {}},
        },
    )


def _set(store: Store, ticket: Doc, name: str) -> Doc:
    return {"id": store.next_id(), "type": "Create", "value": ticket[name], "field_name": name}
