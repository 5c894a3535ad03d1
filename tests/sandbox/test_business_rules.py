"""Automations, macros, triggers and views: what is accepted, and what a view holds."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

STATUS = {"field": "status", "operator": "is", "value": "new"}
HOURS = {"field": "NEW", "operator": "less_than", "value": "1"}
ACTION = {"field": "priority", "value": "high"}


def rule(**more: Any) -> dict[str, Any]:
    return {"title": "Mine", "actions": [ACTION], **more}


@pytest.mark.parametrize("place", [{"all": [STATUS, HOURS]}, {"conditions": {"all": [STATUS, HOURS]}}])
def test_conditions_are_taken_in_both_places(api: Api, place: dict[str, Any]) -> None:
    response = api("POST", "automations", {"automation": rule(**place)})
    assert response.status_code == 201
    assert response.json()["automation"]["conditions"] == {"all": [STATUS, HOURS], "any": []}


@pytest.mark.parametrize("conditions", [[STATUS], [HOURS], []])
def test_an_automation_needs_a_time_and_a_status(api: Api, conditions: list[Any]) -> None:
    response = api("POST", "automations", {"automation": rule(all=conditions)})
    assert (response.status_code, list(response.json()["details"])) == (422, ["base"])


@pytest.mark.parametrize(
    "action",
    [
        {"priority": "high"},
        {"field": "notification_user", "value": {"recipient": "all_agents", "subject": "S", "body": "B"}},
        {"field": "set_tags", "value": ["a", "b"]},
    ],
)
def test_actions_have_field_and_value_of_the_right_kind(api: Api, action: dict[str, Any]) -> None:
    response = api("POST", "macros", {"macro": {"title": "Mine", "actions": [action]}})
    assert (response.status_code, list(response.json()["details"])) == (422, ["actions"])


def test_a_macro_is_created_with_201(api: Api) -> None:
    actions = [ACTION, {"field": "set_tags", "value": "a b"}]
    response = api("POST", "macros", {"macro": {"title": "Mine", "actions": actions}})
    assert (response.status_code, response.json()["macro"]["actions"]) == (201, actions)


def test_sort_is_for_cursors_and_sort_by_for_numbered_pages(api: Api) -> None:
    by_position = [row["id"] for row in api.get("triggers")["triggers"]]
    by_title = sorted(api.get("triggers")["triggers"], key=lambda row: str(row["title"]))
    titled = [row["id"] for row in by_title]
    cursor = {"page[size]": 100}
    assert [row["id"] for row in api.get("triggers", sort="alphabetical", **cursor)["triggers"]] == titled
    assert [row["id"] for row in api.get("triggers", sort_by="alphabetical")["triggers"]] == titled
    assert [row["id"] for row in api.get("triggers", sort_by="alphabetical", **cursor)["triggers"]] == by_position
    refused = api("GET", "triggers", params={"sort": "color", **cursor})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "InvalidPaginationParameter")


def test_triggers_of_a_category(api: Api) -> None:
    page = api.get("triggers", category_id=123456, active="true", include="app_installation,permissions")
    assert {row["category_id"] for row in page["triggers"]} == {"123456"}
    assert all("permissions" in row and "app_installation" in row for row in page["triggers"])
    inactive = api.get("triggers", active="false")["triggers"]
    assert [row["active"] for row in inactive] == [False]


def test_a_trigger_needs_a_category_that_exists(api: Api) -> None:
    response = api("POST", "triggers", {"trigger": rule(category_id="5", conditions={"all": [STATUS]})})
    assert response.status_code == 404
    assert response.json()["errors"][0]["code"] == "TriggerCategoryNotFound"
    made = api.ok("POST", "triggers", {"trigger": rule(category_id=200, conditions={"all": [STATUS]})})
    assert made["trigger"]["category_id"] == "200"


def test_categories_have_ids_of_text(api: Api) -> None:
    assert api.get("trigger_categories/200")["trigger_category"]["id"] == "200"
    assert "meta" in api.get("trigger_categories")


def test_many_are_deleted_with_204(api: Api) -> None:
    assert api("DELETE", "macros/destroy_many", params={"ids": "2201,2202"}).status_code == 204
    assert api("GET", "macros/2201").status_code == 404


def test_a_view_answers_conditions_and_execution(api: Api) -> None:
    output = {"columns": ["nice_id", "subject"], "group_by": "status", "sort_by": "priority", "sort_order": "desc"}
    made = api("POST", "views", {"view": {"title": "Mine", "all": [STATUS], "output": output}})
    view = made.json()["view"]
    assert made.status_code == 201
    assert view["conditions"] == {"all": [STATUS], "any": []}
    assert view["execution"]["columns"] == [{"id": "nice_id", "title": "ID"}, {"id": "subject", "title": "Subject"}]
    assert view["execution"]["group"] == {"id": "status", "title": "Status", "order": "asc"}
    assert "output" not in view
    assert "all" not in view


def test_a_view_must_check_a_status_or_a_person(api: Api) -> None:
    condition = {"field": "priority", "operator": "is", "value": "high"}
    assert api("POST", "views", {"view": {"title": "Mine", "all": [condition]}}).status_code == 422


def test_a_view_holds_the_tickets_that_fit(api: Api) -> None:
    tickets = api.get("views/2307/tickets")["tickets"]
    assert {ticket["priority"] for ticket in tickets} == {"urgent", "high"}
    assert {ticket["status"] for ticket in tickets} <= {"new", "open", "pending", "hold"}
    assert api.get("views/2307/count")["view_count"]["value"] == api.get("views/2307/tickets")["count"]
    rows = api.get("views/2307/execute", per_page=2)
    assert [row["ticket"]["id"] for row in rows["rows"]] == [ticket["id"] for ticket in tickets[:2]]


def test_views_are_counted(api: Api) -> None:
    count = api.get("views/count")["count"]
    assert count["value"] == api.get("views")["count"]
    assert count["refreshed_at"].endswith("+00:00")
