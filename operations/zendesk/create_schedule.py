"""The service takes the hours of a schedule only in a second request, once the schedule is there."""

from typing import Any

from connector import Flow, InputError, Problem, Request

DAY = 24 * 60


def handle(input: dict[str, Any]) -> Flow:
    intervals = _intervals(input.get("intervals", []))
    path = "/api/v2/business_hours/schedules"
    schedule = {"name": input["name"], "time_zone": input["time_zone"]}
    answer = (yield Request("POST", path, json={"schedule": schedule})).json()
    if intervals:
        workweek = f"{path}/{int(answer['schedule']['id'])}/workweek"
        response = yield Request("PUT", workweek, json={"workweek": {"intervals": intervals}})
        answer["schedule"]["intervals"] = response.json()["workweek"]["intervals"]
    return answer


def _intervals(given: list[dict[str, Any]]) -> list[dict[str, int]]:
    """As the service counts. Hours that cannot be are refused here, before there is a schedule without its hours."""
    found = [{name: _minutes(time) for name, time in one.items()} for one in given]
    text, hint = "must be later than the start, on the same day.", "Hour 24 is the end of a day."
    problems = [
        Problem(f"/intervals/{index}/end_time", "interval", "object", text, hint)
        for index, one in enumerate(found)
        if not one["start_time"] < one["end_time"] <= given[index]["start_time"]["day"] * DAY
    ]
    if problems:
        raise InputError(problems)
    return found


def _minutes(time: dict[str, int]) -> int:
    """Minutes since Sunday 0:00."""
    return (time["day"] - 1) * DAY + time["hours"] * 60 + time["minutes"]
