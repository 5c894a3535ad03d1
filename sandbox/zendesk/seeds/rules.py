"""Triggers, automations, macros, views, service levels, schedules, targets and Jira links."""

from __future__ import annotations

from typing import Any

from ..areas import jira
from ..areas.business_rules import AUTOMATION, MACRO, TRIGGER, TRIGGER_CATEGORY, check_actions
from ..areas.service_levels import OFFICE_HOURS, SCHEDULE, SLA_POLICY, TARGET
from ..areas.views import VIEW, execution
from ..resource import Resource
from ..seeding import ago
from ..store import Doc, Store

CATEGORIES = {200: "Routing", 123456: "Notifications", 1501: "Clean-up"}

INCIDENT = ("type", "is", "incident")
Rows = list[tuple[str, str, Any]]
Actions = list[tuple[str, Any]]
# category, title, all, any, actions
TRIGGERS: list[tuple[int, str, Rows, Rows, Actions]] = [
    (
        123456,
        "Tell the requester that the ticket has arrived",
        [("update_type", "is", "Create"), ("status", "is_not", "solved")],
        [],
        [("notification_user", ["requester_and_ccs", "We have your request", "We answer as soon as we can."])],
    ),
    (
        123456,
        "Tell the requester about an answer",
        [("update_type", "is", "Change"), ("comment_is_public", "is", "true")],
        [],
        [("notification_user", ["requester_and_ccs", "Re: {{ticket.title}}", "{{ticket.latest_public_comment}}"])],
    ),
    (
        123456,
        "Tell the assignee about a reply",
        [("comment_is_public", "is", "not_relevant"), ("assignee_id", "is_not", "current_user")],
        [],
        [("notification_user", ["assignee_id", "Reply on {{ticket.id}}", "{{ticket.latest_comment}}"])],
    ),
    (
        123456,
        "Tell the group about a new assignment",
        [("group_id", "changed", None)],
        [],
        [("notification_group", ["group_id", "New in your group", "{{ticket.url}}"])],
    ),
    (
        123456,
        "Ask how it went",
        [("status", "value", "solved"), ("satisfaction_score", "is", "unoffered")],
        [],
        [("satisfaction_score", "offered")],
    ),
    (
        200,
        "Invoices go to Billing",
        [("status", "is", "new")],
        [("current_tags", "includes", "billing"), ("subject_includes_word", "includes", "invoice")],
        [("group_id", "123"), ("set_tags", "billing")],
    ),
    (200, "Network goes to Network", [("current_tags", "includes", "network")], [], [("group_id", "67890")]),
    (200, "Phones go to Mobile", [("current_tags", "includes", "mobile")], [], [("group_id", "5566778")]),
    (
        200,
        "Urgent incidents go to the night shift",
        [("priority", "is", "urgent"), INCIDENT],
        [],
        [("group_id", "89012"), ("notification_target", ["1701", "Urgent: {{ticket.id}}"])],
    ),
    (1501, "Take the waiting tag off", [("status", "value", "open")], [], [("remove_tags", "waiting_for_customer")]),
    (1501, "Mark questions", [("type", "is", "question")], [], [("current_tags", "how_to")]),
    (1501, "Former welcome", [("update_type", "is", "Create")], [], [("set_tags", "welcome")]),
]
# title, all, actions
AUTOMATIONS: list[tuple[str, Rows, Actions]] = [
    (
        "Close four days after solving",
        [("status", "is", "solved"), ("SOLVED", "greater_than", "96")],
        [("status", "closed")],
    ),
    (
        "Remind the requester after three days",
        [("status", "is", "pending"), ("PENDING", "is", "72")],
        [("notification_user", ["requester_id", "Do you still need us?", "We wait for your answer."])],
    ),
    (
        "Raise what nobody took for a day",
        [("status", "is", "new"), ("NEW", "greater_than", "24"), ("priority", "less_than", "high")],
        [("priority", "high")],
    ),
    (
        "Wake what is on hold for a week",
        [("status", "is", "hold"), ("HOLD", "greater_than", "168")],
        [("status", "open"), ("set_tags", "woken")],
    ),
    ("Former reminder", [("status", "is", "open"), ("OPEN", "greater_than", "240")], [("set_tags", "old")]),
]
# title, description, actions, restriction
MACROS: list[tuple[str, str | None, Actions, Doc | None]] = [
    ("Take it", "Assigns the ticket to you", [("assignee_id", "current_user"), ("status", "open")], None),
    ("Ask for details", None, [("comment_value", "Could you tell us a little more?"), ("status", "pending")], None),
    ("Solved::Thanks", "Says goodbye", [("comment_value", "Glad that it works."), ("status", "solved")], None),
    ("Solved::Known problem", None, [("status", "solved"), ("current_tags", "known_problem")], None),
    (
        "Billing::Refund",
        "For refunds",
        [("group_id", "123"), ("set_tags", "billing refund")],
        {"type": "Group", "id": 123, "ids": [123]},
    ),
    (
        "Billing::Ask for the invoice",
        None,
        [("comment_value", "Which invoice is it?")],
        {"type": "Group", "id": 123, "ids": [123]},
    ),
    ("Network::Restart", None, [("comment_value_html", "<p>Please restart the router.</p>")], None),
    ("Escalate", "Hands over to Escalations", [("group_id", "20934852"), ("priority", "high")], None),
    ("Make it a problem", None, [("type", "problem")], None),
    ("My own greeting", None, [("comment_value", "Hello,")], {"type": "User", "id": 67890}),
    ("Spam", "Not used any more", [("set_tags", "spam"), ("status", "solved")], None),
]
# title, all, any, execution
VIEWS: list[tuple[str, Rows, Rows, Doc]] = [
    (
        "Your unsolved tickets",
        [("status", "less_than", "solved"), ("assignee_id", "is", "current_user")],
        [],
        {"group_by": "status", "sort_by": "created", "sort_order": "desc"},
    ),
    (
        "Unassigned tickets",
        [("status", "less_than", "solved"), ("assignee_id", "is", "")],
        [],
        {"sort_by": "created", "sort_order": "asc"},
    ),
    ("All unsolved tickets", [("status", "less_than", "solved")], [], {"sort_by": "created", "sort_order": "asc"}),
    ("Recently updated", [("status", "less_than", "closed")], [], {"sort_by": "updated", "sort_order": "desc"}),
    ("Pending", [("status", "is", "pending")], [], {"sort_by": "updated", "sort_order": "asc"}),
    ("Recently solved", [("status", "is", "solved")], [], {"sort_by": "updated", "sort_order": "desc"}),
    (
        "Urgent and high",
        [("status", "less_than", "solved")],
        [("priority", "is", "urgent"), ("priority", "is", "high")],
        {"group_by": "priority", "group_order": "desc", "sort_by": "created", "sort_order": "asc"},
    ),
    (
        "Billing",
        [("status", "less_than", "solved"), ("group_id", "is", "123")],
        [],
        {
            "columns": ["nice_id", "subject", "requester", "organization", "updated"],
            "sort_by": "updated",
            "sort_order": "desc",
        },
    ),
    (
        "Hardware",
        [("status", "less_than", "solved"), ("current_tags", "includes", "hardware printer")],
        [],
        {"sort_by": "nice_id"},
    ),
    ("Incidents", [("status", "less_than", "closed"), INCIDENT], [], {"group_by": "status", "sort_by": "priority"}),
    ("Former overview", [("status", "less_than", "pending")], [], {"sort_by": "nice_id"}),
]
# title, filter, targets in minutes by priority for a first reply and a solution
POLICIES: list[tuple[str, Rows, dict[str, tuple[int, int]]]] = [
    (
        "Key accounts",
        [("organization_id", "is", "67890")],
        {"urgent": (15, 240), "high": (30, 480), "normal": (120, 1440)},
    ),
    ("Incidents", [INCIDENT], {"urgent": (30, 480), "high": (60, 960), "normal": (240, 2880), "low": (480, 5760)}),
    ("Everyone", [], {"urgent": (60, 1440), "high": (240, 2880), "normal": (480, 5760), "low": (1440, 14400)}),
]
SCHEDULES = {
    1601: ("Office hours", "Eastern Time (US & Canada)", OFFICE_HOURS),
    1602: ("Europe", "Berlin", [{**row, "end_time": row["end_time"] + 60} for row in OFFICE_HOURS]),
    1603: ("Night shift", "Tokyo", [{"start_time": day * 1440, "end_time": day * 1440 + 360} for day in range(7)]),
}
TARGETS: dict[int, Doc] = {
    1701: {"title": "On-call mailbox", "type": "email_target", "email": "oncall@sandbox.example", "subject": "On call"},
    1702: {"title": "Warehouse", "type": "email_target", "email": "warehouse@sandbox.example", "subject": "A return"},
    1703: {
        "title": "Stock system",
        "type": "http_target",
        "target_url": "https://stock.sandbox.example/tickets",
        "method": "post",
        "content_type": "application/json",
    },
}
# id: ticket, issue, key
LINKS = {
    12345: (12345, 10007, "SAND-7"),
    12346: (12345, 10012, "SAND-12"),
    12347: (67890, 10007, "SAND-7"),
    12348: (67890, 10031, "OPS-31"),
}


def seed(store: Store) -> None:
    for position, (id, name) in enumerate(CATEGORIES.items()):
        TRIGGER_CATEGORY.new(store, id=id, name=name, position=position, **_times(500, 100))
    for n, (category, title, all, any, actions) in enumerate(TRIGGERS):
        more = {"category_id": category, "conditions": _conditions(all, any), "default": n < 3}
        _rule(store, TRIGGER, 2001 + n, n, title, actions, active=n != 11, **more)
    for n, (title, all, actions) in enumerate(AUTOMATIONS):
        own = {"conditions": _conditions(all, []), "default": n == 0, "active": n != 4}
        _rule(store, AUTOMATION, 2101 + n, n, title, actions, **own)
    for n, (title, description, actions, limit) in enumerate(MACROS):
        own = {"description": description, "restriction": limit, "active": title != "Spam"}
        _rule(store, MACRO, 2201 + n, n, title, actions, **own)
    for n, (title, all, any, output) in enumerate(VIEWS):
        own = {"conditions": _conditions(all, any), "execution": execution(output, {}), "default": n < 3}
        own |= {"restriction": {"type": "Group", "id": 123, "ids": [123]}} if title == "Billing" else {}
        own |= {"title": title, "raw_title": title, "active": title != "Former overview", "position": n + 1}
        VIEW.new(store, id=2301 + n, **own, **_times(450 - n, 80 - n))
    _service_levels(store)
    for id, (ticket, issue, key) in LINKS.items():
        store.put(jira.KIND, jira.link(ago(30), id, ticket, issue, key))


def _times(created: int, updated: int) -> Doc:
    return {"created_at": ago(created), "updated_at": ago(updated)}


def _conditions(all: Rows, any: Rows) -> Doc:
    named = {"all": all, "any": any}
    return {key: [{"field": f, "operator": o, "value": v} for f, o, v in rows] for key, rows in named.items()}


def _rule(store: Store, kind: Resource, id: int, n: int, title: str, actions: Actions, **own: Any) -> None:
    rows = [{"field": field, "value": value} for field, value in actions]
    check_actions(rows)
    kind.new(
        store,
        id=id,
        title=title,
        raw_title=title,
        actions=rows,
        position=n + 1,
        **own,
        **_times(480 - n, 120 - 7 * n % 100),
    )


def _service_levels(store: Store) -> None:
    for n, (title, rows, targets) in enumerate(POLICIES):
        metrics = [
            {
                "priority": priority,
                "metric": metric,
                "target": minutes,
                "target_in_seconds": minutes * 60,
                "business_hours": title != "Incidents",
            }
            for priority, pair in targets.items()
            for metric, minutes in zip(("first_reply_time", "total_resolution_time"), pair, strict=True)
        ]
        own = {"filter": _conditions(rows, []), "policy_metrics": metrics, "position": n + 1}
        SLA_POLICY.new(store, id=1801 + n, title=title, **own, **_times(400, 150))
    for id, (name, zone, intervals) in SCHEDULES.items():
        SCHEDULE.new(store, id=id, name=name, time_zone=zone, intervals=intervals, **_times(420, 220))
    for id, own in TARGETS.items():
        TARGET.new(store, id=id, **own, **_times(380, 380))
