"""Service level agreements, business schedules and targets."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .. import errors
from ..call import Answer, Call, Routes
from ..resource import Resource
from ..store import Doc
from .account import whole
from .business_rules import conditions

# -- service level agreements

METRICS = (
    "agent_work_time",
    "first_reply_time",
    "next_reply_time",
    "pausable_update_time",
    "periodic_update_time",
    "requester_wait_time",
    "total_resolution_time",
    "group_ownership_time",
)
PRIORITIES = ("low", "normal", "high", "urgent")


def _check_policy(call: Call, policy: Doc, given: Doc, fresh: bool) -> None:
    if not isinstance(policy["filter"], dict):
        raise errors.blank("filter")
    policy["filter"] = conditions({"conditions": policy["filter"]})
    rows = policy["policy_metrics"] or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise errors.bad_value("policy_metrics", rows)
    for row in rows:
        if row.get("metric") not in METRICS or row.get("priority") not in PRIORITIES:
            raise errors.invalid(policy_metrics=("Policy metrics: metric or priority is not valid", "InvalidValue"))
        target = row.get("target")
        if isinstance(target, bool) or not isinstance(target, int) or target < 1:
            raise errors.invalid(policy_metrics=("Policy metrics: target must be a number of minutes", "InvalidValue"))
    policy["policy_metrics"] = [
        {
            "priority": row["priority"],
            "metric": row["metric"],
            "target": row["target"],
            "target_in_seconds": row["target"] * 60,
            "business_hours": bool(row.get("business_hours")),
        }
        for row in rows
    ]


SLA_POLICY = Resource(
    name="sla_policy",
    plural="sla_policies",
    path="slas/policies",
    fields={"title": "", "description": None, "position": 9999, "filter": None, "policy_metrics": []},
    typed=True,
    required=("title",),
    order="position",
    prepare=_check_policy,
)

# -- schedules

DAY = 24 * 60
OFFICE_HOURS = [{"start_time": day * DAY + 540, "end_time": day * DAY + 1020} for day in range(1, 6)]
"""Monday to Friday, 9:00 to 17:00, in minutes since Sunday 0:00: what a new schedule has."""

SCHEDULE = Resource(
    name="schedule",
    plural="schedules",
    path="business_hours/schedules",
    fields={"name": "", "time_zone": ""},
    readonly={"intervals": OFFICE_HOURS},
    typed=True,
    required=("name", "time_zone"),
    present=lambda call, doc: {key: value for key, value in doc.items() if key != "url"},
)


def _schedules_url(call: Call, schedule: Doc | None = None) -> str:
    one = f"/{schedule['id']}" if schedule else ""
    return f"{call.base}/api/v2/business_hours/schedules{one}.json"


def _list_schedules(call: Call) -> Doc:
    shown = [SCHEDULE.show(call, schedule) for schedule in call.store.select(SCHEDULE.query())]
    return {"schedules": shown, "url": _schedules_url(call)}


def _create_schedule(call: Call) -> Answer:
    """Intervals in the body are not honoured: a new schedule has office hours until its workweek is put."""
    schedule = SCHEDULE.create(call, call.wrapped("schedule"))
    url = _schedules_url(call, schedule)
    return Answer({**SCHEDULE.one(call, schedule), "url": url}, 201, {"Location": url})


def _put_workweek(call: Call) -> Doc:
    schedule = SCHEDULE.need(call, call.path["id"])
    given = call.wrapped("workweek").get("intervals")
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise errors.parameter_missing("intervals")
    intervals = sorted((_interval(row) for row in given), key=lambda row: row["start_time"])
    for before, after in pairwise(intervals):
        if after["start_time"] < before["end_time"]:
            raise errors.invalid(intervals=("Intervals: must not overlap", "InvalidValue"))
    call.store.put("schedules", {**schedule, "intervals": intervals, "updated_at": call.store.now()})
    return {
        "workweek": {"intervals": intervals},
        "url": f"{_schedules_url(call, schedule).removesuffix('.json')}/workweek.json",
    }


def _interval(row: Doc) -> Doc:
    start, end = row.get("start_time"), row.get("end_time")
    numbers = all(isinstance(value, int) and not isinstance(value, bool) for value in (start, end))
    if not numbers or not 0 <= start < end <= 7 * DAY:  # type: ignore[operator]
        raise errors.invalid(
            intervals=("Intervals: start_time must be before end_time, both within the week", "InvalidValue")
        )
    if start // DAY != (end - 1) // DAY:  # type: ignore[operator]
        raise errors.invalid(intervals=("Intervals: must be within one day", "InvalidValue"))
    return {"start_time": start, "end_time": end}


# -- targets

TARGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "email_target": (("email", "subject"), ()),
    "url_target": (("target_url", "attribute"), ("method", "username", "password")),
    "url_target_v2": (("target_url", "method"), ("content_type", "username", "password")),
    "http_target": (("target_url", "method", "content_type"), ("username", "password")),
    "basecamp_target": (
        ("target_url", "token", "project_id", "resource"),
        ("message_id", "todo_list_id", "username", "password"),
    ),
    "campfire_target": (("subdomain", "room", "token"), ("ssl", "preserve_format")),
    "clickatell_target": (
        ("username", "password", "api_id", "to"),
        ("target_url", "method", "attribute", "from", "us_small_business_account"),
    ),
    "flowdock_target": (("api_token",), ()),
    "get_satisfaction_target": (("email", "password", "account_name"), ("target_url",)),
    "jira_target": (("target_url", "username", "password"), ()),
    "pivotal_target": (
        ("token", "project_id", "story_type", "story_title"),
        ("requested_by", "owner_by", "story_labels"),
    ),
    "twitter_target": ((), ("token", "secret")),
    "yammer_target": ((), ("group_id", "token")),
}
"""What each type of target needs, and what it may have beside."""
SECRET = ("password", "token", "api_token", "secret")
ATTRIBUTES = {name: None for needed, optional in TARGETS.values() for name in (*needed, *optional)}


def _check_target(call: Call, target: Doc, given: Doc, fresh: bool) -> None:
    if target["type"] not in TARGETS:
        raise errors.bad_value("type", target["type"])
    for name in TARGETS[target["type"]][0]:
        if target.get(name) in (None, ""):
            raise errors.blank(name)


def _show_target(call: Call, target: Doc) -> Doc:
    """Only what its type has, and never a secret."""
    kept = {name for names in TARGETS[target["type"]] for name in names if name not in SECRET}
    return {name: value for name, value in target.items() if name in kept or name not in ATTRIBUTES}


TARGET_FIELDS: dict[str, Any] = {"title": "", "type": "", "active": True, **ATTRIBUTES}
TARGET = Resource(
    name="target",
    plural="targets",
    fields=TARGET_FIELDS,
    typed=True,
    required=("title", "type"),
    prepare=_check_target,
    present=_show_target,
)

RESOURCES = (SLA_POLICY, SCHEDULE, TARGET)
ROUTES: Routes = {
    "GET slas/policies": whole(SLA_POLICY),
    "GET targets": whole(TARGET),
    "GET business_hours/schedules": _list_schedules,
    "POST business_hours/schedules": _create_schedule,
    "PUT business_hours/schedules/{id}/workweek": _put_workweek,
}
