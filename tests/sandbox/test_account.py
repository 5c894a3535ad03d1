"""Forms, brands, roles, languages, settings, service levels, schedules, targets and Jira links."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

UNPAGED = ["ticket_forms", "custom_roles", "targets", "slas/policies"]


@pytest.mark.parametrize("path", UNPAGED)
def test_some_lists_come_whole(api: Api, path: str) -> None:
    body = api.get(path, per_page=1)
    records = next(value for value in body.values() if isinstance(value, list))
    assert body["count"] == len(records) > 1
    assert (body["next_page"], body["previous_page"]) == (None, None)


def test_forms_are_filtered(api: Api) -> None:
    assert [form["active"] for form in api.get("ticket_forms", active="false")["ticket_forms"]] == [False]
    seen = api.get("ticket_forms", active="true", end_user_visible="false")["ticket_forms"]
    assert [form["name"] for form in seen] == ["Handover between teams"]
    none = {"active": "false", "end_user_visible": "true"}
    assert api.get("ticket_forms", **none)["ticket_forms"] == []
    fallback = api.get("ticket_forms", fallback_to_default="true", **none)["ticket_forms"]
    assert [form["default"] for form in fallback] == [True]


def test_a_form_knows_its_fields(api: Api) -> None:
    assert api("POST", "ticket_forms", {"ticket_form": {"name": "F", "ticket_field_ids": [5]}}).status_code == 422
    condition = {"parent_field_id": 123, "value": "high", "child_fields": [{"id": 456}]}
    given = {"name": "F", "ticket_field_ids": [123], "agent_conditions": [condition]}
    assert api("POST", "ticket_forms", {"ticket_form": given}).status_code == 422
    given["ticket_field_ids"] = [123, 456]
    assert api("POST", "ticket_forms", {"ticket_form": given}).status_code == 201


def test_there_is_one_default_form(api: Api) -> None:
    api.ok("PUT", "ticket_forms/123456", {"ticket_form": {"default": True}})
    assert [form["id"] for form in api.get("ticket_forms")["ticket_forms"] if form["default"]] == [123456]
    assert api("DELETE", "ticket_forms/123456").status_code == 422
    assert api("DELETE", "ticket_forms/1201").status_code == 204


def test_brands(api: Api) -> None:
    page = api.get("brands", **{"page[size]": 2})
    assert (len(page["brands"]), page["meta"]["has_more"]) == (2, True)
    taken = api("POST", "brands", {"brand": {"name": "Sandbox", "subdomain": "free"}})
    assert taken.json()["details"] == {
        "name": [{"description": "Name has already been taken", "error": "DuplicateValue"}]
    }
    made = api("POST", "brands", {"brand": {"name": "New", "subdomain": "new-brand"}}).json()["brand"]
    assert made["brand_url"] == "https://new-brand.zendesk.com"
    assert api("DELETE", f"brands/{made['id']}").status_code == 204
    assert api("GET", f"brands/{made['id']}").status_code == 404


def test_locales_are_numbered_pages(api: Api) -> None:
    page = api.get("locales", per_page=5, page=2)
    assert (len(page["locales"]), page["previous_page"] is not None) == (5, True)
    assert api.get("locales/fr")["locale"]["id"] == api.get("locales/16")["locale"]["id"] == 16


def test_settings_are_read_and_merged(api: Api) -> None:
    before = api.get("account/settings")["settings"]
    assert before["brands"]["default_brand_id"] == 1301
    api.ok("PUT", "account/settings", {"settings": {"tickets": {"tagging": False, "unheard_of": 1}}})
    assert api.get("account/settings")["settings"]["tickets"] == {**before["tickets"], "tagging": False}


def test_a_policy_shows_its_targets_in_seconds_too(api: Api) -> None:
    metric = {"priority": "high", "metric": "first_reply_time", "target": 30, "business_hours": True}
    given: dict[str, Any] = {"title": "P", "filter": {"all": [], "any": []}, "policy_metrics": [metric]}
    made = api("POST", "slas/policies", {"sla_policy": given})
    assert made.status_code == 201
    assert made.json()["sla_policy"]["policy_metrics"] == [{**metric, "target_in_seconds": 1800}]
    assert "/api/v2/slas/policies/" in made.json()["sla_policy"]["url"]
    given["policy_metrics"] = [{**metric, "metric": "speed"}]
    assert api("POST", "slas/policies", {"sla_policy": given}).status_code == 422
    assert api("POST", "slas/policies", {"sla_policy": {"title": "P"}}).status_code == 422


def test_intervals_are_put_after_the_schedule_is_made(api: Api) -> None:
    mine = [{"start_time": 540, "end_time": 1020}]
    at = "business_hours/schedules"
    made = api("POST", at, {"schedule": {"name": "S", "time_zone": "London", "intervals": mine}})
    schedule = made.json()["schedule"]
    assert made.status_code == 201
    assert made.json()["url"].endswith(f"/{schedule['id']}.json")
    assert len(schedule["intervals"]) == 5
    put = api.ok("PUT", f"{at}/{schedule['id']}/workweek", {"workweek": {"intervals": mine}})
    assert put["workweek"] == {"intervals": mine}
    assert api.get(f"{at}/{schedule['id']}")["schedule"]["intervals"] == mine


@pytest.mark.parametrize("interval", [(1020, 540), (1000, 2000), (-5, 10), (10070, 10090), ("1", "2")])
def test_an_interval_lies_within_one_day(api: Api, interval: tuple[Any, Any]) -> None:
    given = {"workweek": {"intervals": [{"start_time": interval[0], "end_time": interval[1]}]}}
    assert api("PUT", "business_hours/schedules/1601/workweek", given).status_code == 422


def test_a_target_has_what_its_type_has(api: Api) -> None:
    email = {"title": "T", "type": "email_target", "email": "a@sandbox.example", "subject": "S"}
    made = api.ok("POST", "targets", {"target": email})["target"]
    assert {name: made[name] for name in email} == email
    assert "target_url" not in made
    assert api("POST", "targets", {"target": {**email, "subject": None}}).status_code == 422
    assert api("POST", "targets", {"target": {**email, "type": "pigeon"}}).status_code == 422


def test_jira_links_have_ids_of_text_and_milliseconds(api: Api) -> None:
    at = "/api/services/jira/links"
    made = api("POST", at, {"link": {"ticket_id": 12345, "issue_id": 67890, "issue_key": "PROJ-123"}})
    link = made.json()["link"]
    assert made.status_code == 201
    assert all(isinstance(link[name], str) for name in ("id", "ticket_id", "issue_id"))
    assert link["created_at"].endswith(".000Z")
    assert link in api.get("jira/links", ticket_id=12345)["links"]
    assert api("DELETE", f"{at}/{link['id']}").status_code == 204
    assert api("GET", f"{at}/{link['id']}").status_code == 404


def test_jira_links_by_cursor(api: Api) -> None:
    page = api.get("jira/links", **{"page[size]": 3})
    rest = api.get("jira/links", **{"page[size]": 3, "page[after]": page["meta"]["after_cursor"]})
    assert (len(page["links"]), len(rest["links"]), rest["meta"]["has_more"]) == (3, 1, False)
