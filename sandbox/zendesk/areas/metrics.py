"""Ticket metrics, computed from what the ticket's audits tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..call import Call, Routes
from ..paging import page
from ..resource import Resource
from ..store import Doc
from .ticket_model import TICKET

DONE = ("solved", "closed")


def of(call: Call, ticket: Doc) -> Doc:
    """The metric set of a ticket; it has the ticket's id."""
    audits = call.store.list("audits", ticket_id=ticket["id"])
    comments = call.store.list("comments", ticket_id=ticket["id"])
    replies = [c for c in comments if c["author_id"] != ticket["requester_id"] and c["public"]]
    assigned, statuses = _times(audits, "assignee_id"), _times(audits, "status")
    solved = next((at for at, value in reversed(statuses) if value in DONE), None)
    resolution = _minutes(ticket["created_at"], solved)
    reply = _minutes(ticket["created_at"], replies[0]["created_at"] if replies else None)
    mine = [c["created_at"] for c in comments if c["author_id"] == ticket["requester_id"]]
    return {
        "url": f"{call.base}/api/v2/ticket_metrics/{ticket['id']}.json",
        "id": ticket["id"],
        "ticket_id": ticket["id"],
        "created_at": ticket["created_at"],
        "updated_at": ticket["updated_at"],
        "group_stations": max(len(_times(audits, "group_id")), int(ticket["group_id"] is not None)),
        "assignee_stations": max(len(assigned), int(ticket["assignee_id"] is not None)),
        "reopens": 0,
        "replies": len(replies),
        "assignee_updated_at": replies[-1]["created_at"] if replies else None,
        "requester_updated_at": mine[-1] if mine else ticket["created_at"],
        "status_updated_at": statuses[-1][0] if statuses else ticket["created_at"],
        "custom_status_updated_at": statuses[-1][0] if statuses else ticket["created_at"],
        "initially_assigned_at": assigned[0][0] if assigned else None,
        "assigned_at": assigned[-1][0] if assigned else None,
        "solved_at": solved,
        "latest_comment_added_at": comments[-1]["created_at"] if comments else None,
        "reply_time_in_minutes": reply,
        "reply_time_in_seconds": {"calendar": (reply["calendar"] or 0) * 60},
        "first_resolution_time_in_minutes": resolution,
        "full_resolution_time_in_minutes": resolution,
        "agent_wait_time_in_minutes": _minutes(None, None),
        "requester_wait_time_in_minutes": resolution,
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    }


def _times(audits: list[Doc], field: str) -> list[tuple[str, Any]]:
    """When a field changed, and to what."""
    return [
        (audit["created_at"], event["value"])
        for audit in audits
        for event in audit["events"]
        if event.get("field_name") == field
    ]


def _minutes(start: str | None, end: str | None) -> Doc:
    if start is None or end is None:
        return {"calendar": None, "business": None}
    spent = int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() // 60)
    return {"calendar": spent, "business": spent // 3}


def _list(call: Call) -> Doc:
    found = page(call, TICKET.query())
    return found.answer("ticket_metrics", [of(call, ticket) for ticket in found.docs])


def _show(call: Call) -> Doc:
    return {"ticket_metric": of(call, TICKET.need(call, call.path["id"]))}


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "GET ticket_metrics": _list,
    "GET ticket_metrics/{id}": _show,
    "GET tickets/{id}/metrics": _show,
}
