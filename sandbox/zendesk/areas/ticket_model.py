"""What a ticket is: its fields, what may stand in them, what can be sideloaded, how it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..call import Call
from ..resource import Resource
from ..sideload import Related, embed
from ..store import Doc, Query
from . import own_fields, tags

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("question", "incident", "problem", "task")
SYSTEM_FIELD_TYPES = (
    "subject",
    "description",
    "status",
    "custom_status",
    "tickettype",
    "priority",
    "basic_priority",
    "group",
    "assignee",
)
API = {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}


def custom_fields(call: Call) -> dict[int, Doc]:
    """The custom fields of the account's tickets, by id."""

    def find() -> dict[int, Doc]:
        fields = call.store.list("ticket_fields", active=True)
        return {field["id"]: field for field in fields if field["type"] not in SYSTEM_FIELD_TYPES}

    return call.once("ticket fields", find)


def _present(call: Call, shown: Doc) -> Doc:
    """Every custom field stands in every ticket, null where it was never set."""
    values = {field["id"]: field["value"] for field in shown["custom_fields"]}
    shown["custom_fields"] = [{"id": id, "value": values.get(id)} for id in custom_fields(call)]
    shown["fields"] = shown["custom_fields"]
    return shown


def _check(call: Call, ticket: Doc, given: Doc, fresh: bool) -> None:
    ticket["tags"] = tags.normal(ticket["tags"])
    for name in (
        "requester_id",
        "submitter_id",
        "assignee_id",
        "collaborator_ids",
        "follower_ids",
        "email_cc_ids",
    ):
        _check_users(call, ticket, name)
    for name, kind in (
        ("group_id", "groups"),
        ("organization_id", "organizations"),
        ("brand_id", "brands"),
        ("ticket_form_id", "ticket_forms"),
    ):
        _check_reference(call, ticket, name, kind, strict=name in given)
    ticket["raw_subject"] = ticket["subject"]
    if fresh or "custom_fields" in given:
        old = [] if fresh else call.need("tickets", ticket["id"])["custom_fields"]
        values = {field["id"]: field["value"] for field in old}
        known = custom_fields(call)
        for id, value in ((field["id"], field["value"]) for field in custom_values(ticket["custom_fields"])):
            if id in known and value != values.get(id):
                kept = own_fields.settled(known[id], value)
                values[id] = values.get(id) if kept is None and value else kept
        ticket["custom_fields"] = [{"id": id, "value": value} for id, value in values.items() if id in known]
    if ticket["problem_id"] is not None:
        ticket["problem_id"] = call.integer("problem_id", ticket["problem_id"])
        problem = call.store.first("tickets", id=ticket["problem_id"], type="problem", _deleted=None)
        if not problem:
            raise errors.bad_value("problem_id", ticket["problem_id"])
        call.store.put("tickets", {**problem, "has_incidents": True})


def custom_values(given: Any) -> list[Doc]:
    """`[{id, value}]`, from that or from `{id: value}`; ids may be digits."""
    if isinstance(given, dict):
        given = [{"id": id, "value": value} for id, value in given.items()]
    if not isinstance(given, list) or not all(isinstance(field, dict) and "id" in field for field in given):
        raise errors.bad_value("custom_fields", given)
    return [{"id": Call.integer("custom_fields", field["id"]), "value": field.get("value")} for field in given]


def _check_users(call: Call, ticket: Doc, name: str) -> None:
    """People exist and are active; an assignee is an agent."""
    many = name.endswith("_ids")
    ids = ticket[name] or [] if many else [ticket[name]] if ticket[name] is not None else []
    if not isinstance(ids, list):
        raise errors.bad_value(name, ids)
    ids = [call.integer(name, id) for id in ids]
    for id in ids:
        user = call.store.get("users", id)
        if (
            not user
            or (name == "assignee_id" and user["role"] == "end-user")
            or (name == "requester_id" and not user["active"])
        ):
            raise errors.bad_value(name.removesuffix("_ids").removesuffix("_id"), id)
    ticket[name] = ids if many else ids[0] if ids else None


def _check_reference(call: Call, ticket: Doc, name: str, kind: str, strict: bool) -> None:
    if ticket[name] is None:
        return
    ticket[name] = call.integer(name, ticket[name])
    doc = call.store.get(kind, ticket[name])
    if strict and (not doc or doc.get("deleted")):
        raise errors.bad_value(name.removesuffix("_id"), ticket[name])


def _last_audits(call: Call, tickets: Sequence[Doc]) -> dict[str, Any]:
    last = [call.store.select(Query("audits", {"ticket_id": ticket["id"]}, "id", True), 1) for ticket in tickets]
    return {"last_audits": [call.kinds["audits"].show(call, audit) for found in last for audit in found]}


def _metrics(call: Call, ticket: Doc) -> Doc:
    from . import metrics  # late: metrics shows tickets' own resource

    return metrics.of(call, ticket)


def _dates(call: Call, ticket: Doc) -> Doc:
    metric = _metrics(call, ticket)
    names = (
        "assignee_updated_at",
        "requester_updated_at",
        "status_updated_at",
        "initially_assigned_at",
        "assigned_at",
        "solved_at",
    )
    return {
        **{name: metric[name] for name in names},
        "latest_comment_added_at": metric["latest_comment_added_at"],
    }


PEOPLE = ("requester_id", "submitter_id", "assignee_id", "collaborator_ids", "follower_ids", "email_cc_ids")

TICKET = Resource(
    name="ticket",
    plural="tickets",
    typed=True,
    fields={
        "external_id": None,
        "type": None,
        "subject": None,
        "priority": None,
        "status": "new",
        "recipient": None,
        "requester_id": None,
        "submitter_id": None,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "problem_id": None,
        "due_at": None,
        "tags": [],
        "custom_fields": [],
        "sharing_agreement_ids": [],
        "custom_status_id": None,
        "ticket_form_id": None,
        "brand_id": None,
        "via": API,
    },
    readonly={
        "raw_subject": None,
        "description": None,
        "forum_topic_id": None,
        "has_incidents": False,
        "is_public": True,
        "satisfaction_rating": None,
        "fields": [],
        "followup_ids": [],
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
        "generated_timestamp": 0,
    },
    write_only=(
        "comment",
        "comments",
        "requester",
        "assignee_email",
        "collaborators",
        "additional_collaborators",
        "followers",
        "email_ccs",
        "additional_tags",
        "remove_tags",
        "safe_update",
        "updated_stamp",
        "macro_id",
        "macro_ids",
        "metadata",
        "attribute_value_ids",
        "via_id",
        "via_followup_source_id",
        "voice_comment",
    ),
    choices={"status": STATUSES, "priority": PRIORITIES, "type": TYPES},
    where={"_deleted": None},
    counter=("ticket", 20_001),
    sorts=("id", "updated_at", "status"),
    sort_by=("id", "created_at", "updated_at", "status", "subject"),
    filters={"external_id": "external_id"},
    count=True,
    includes={
        "users": Related("users", PEOPLE),
        "groups": Related("groups", ["group_id"]),
        "organizations": Related("organizations", ["organization_id"]),
        "ticket_forms": Related("ticket_forms", ["ticket_form_id"]),
        "custom_statuses": Related("custom_statuses", ["custom_status_id"]),
        "sharing_agreements": lambda call, docs: {"sharing_agreements": []},
        "last_audits": _last_audits,
        "metric_sets": embed("metric_set", _metrics),
        "dates": embed("dates", _dates),
        "slas": embed("slas", lambda call, ticket: {"policy_metrics": []}),
        "metric_events": embed("metric_events", lambda call, ticket: {}),
        "comment_count": embed(
            "comment_count", lambda call, t: call.store.count(Query("comments", {"ticket_id": t["id"]}))
        ),
        "incident_counts": embed(
            "incident_count",
            lambda call, t: call.store.count(Query("tickets", {"problem_id": t["id"], "_deleted": None})),
        ),
    },
    prepare=_check,
    present=_present,
)
