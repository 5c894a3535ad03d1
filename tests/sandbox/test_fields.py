"""Custom fields: kinds, keys, options."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api


def details(api: Api, method: str, path: str, body: Any) -> list[str]:
    """The fields that a 422 complains about."""
    response = api(method, path, body)
    assert response.status_code == 422, response.text
    return list(response.json()["details"])


def test_ticket_fields_come_by_cursor_or_all_at_once(api: Api) -> None:
    every = api.get("ticket_fields")
    assert set(every) == {"ticket_fields"}
    assert len(api.get("ticket_fields", per_page=2)["ticket_fields"]) == len(every["ticket_fields"])
    page = api.get("ticket_fields", **{"page[size]": 2})
    assert [field["type"] for field in page["ticket_fields"]] == ["subject", "description"]
    assert page["meta"]["has_more"]


def test_only_custom_fields_can_be_removed(api: Api) -> None:
    fields = {field["id"]: field for field in api.get("ticket_fields")["ticket_fields"]}
    assert (fields[1101]["removable"], fields[123]["removable"]) == (False, True)
    assert details(api, "DELETE", "ticket_fields/1101", None) == ["base"]
    assert api("DELETE", "ticket_fields/123").status_code == 204


def test_the_creator_is_shown_when_asked(api: Api) -> None:
    assert "creator_user_id" not in api.get("ticket_fields/123")["ticket_field"]
    assert api.get("ticket_fields/123", creator="true")["ticket_field"]["creator_user_id"] == 1001


@pytest.mark.parametrize("path", ["organization_fields/360001234567", "organization_fields/customer_tier"])
def test_a_field_by_id_or_key(api: Api, path: str) -> None:
    assert api.get(path)["organization_field"]["key"] == "customer_tier"


def test_a_dropdown_is_called_differently_by_kind(api: Api) -> None:
    options = [{"name": "A", "value": "a"}]
    ticket = {"ticket_field": {"title": "T", "type": "tagger", "custom_field_options": options}}
    assert api("POST", "ticket_fields", ticket).status_code == 201
    user = {"user_field": {"title": "T", "key": "t", "type": "tagger", "custom_field_options": options}}
    assert details(api, "POST", "user_fields", user) == ["type"]
    user["user_field"]["type"] = "dropdown"
    assert api("POST", "user_fields", user).status_code == 201


def test_options_are_replaced_as_a_whole(api: Api) -> None:
    kept = {"id": 2, "name": "Middle", "value": "51-250"}
    body = {"organization_field": {"custom_field_options": [kept, {"id": None, "name": "New", "value": "new"}]}}
    options = api.ok("PUT", "organization_fields/123456", body)["organization_field"]["custom_field_options"]
    assert [option["value"] for option in options] == ["51-250", "new"]
    assert options[0]["id"] == 2
    assert options[1]["id"] not in (1, 2, 3, None)


def test_type_and_key_are_fixed(api: Api) -> None:
    assert details(api, "PUT", "user_fields/123456", {"user_field": {"type": "integer"}}) == ["type"]
    assert details(api, "PUT", "user_fields/123456", {"user_field": {"key": "other"}}) == ["key"]
    api.ok("PUT", "user_fields/123456", {"user_field": {"type": "text", "title": "Same type"}})


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": "k"}, "title"),
        ({"title": "T"}, "key"),
        ({"title": "T", "key": "department"}, "key"),
        ({"title": "T", "key": "123"}, "key"),
        ({"title": "T", "key": "k", "type": "regexp"}, "regexp_for_validation"),
        ({"title": "T", "key": "k", "type": "dropdown"}, "custom_field_options"),
        ({"title": "T", "key": "k", "position": []}, "position"),
    ],
)
def test_what_a_user_field_needs(api: Api, given: dict[str, Any], field: str) -> None:
    assert details(api, "POST", "user_fields", {"user_field": given}) == [field]


def test_raw_texts_follow_the_plain_ones(api: Api) -> None:
    changed = api.ok("PUT", "user_fields/123456", {"user_field": {"title": "One"}})["user_field"]
    assert changed["raw_title"] == "One"
    given = {"user_field": {"title": "Two", "raw_title": "{{dc.two}}"}}
    changed = api.ok("PUT", "user_fields/123456", given)["user_field"]
    assert (changed["title"], changed["raw_title"]) == ("Two", "{{dc.two}}")


def test_options_by_themselves(api: Api) -> None:
    at = "ticket_fields/789/options"
    made = api("POST", at, {"custom_field_option": {"name": "Praise", "value": "praise"}})
    option = made.json()["custom_field_option"]
    assert made.status_code == 201
    changed = api("POST", at, {"custom_field_option": {"id": option["id"], "name": "Thanks", "value": "praise"}})
    assert changed.status_code == 200
    names = [row["name"] for row in api.get(at)["custom_field_options"]]
    assert names[-1] == "Thanks"
    assert api("DELETE", f"{at}/{option['id']}").status_code == 204


def test_counts(api: Api) -> None:
    assert api.get("ticket_fields/count")["count"]["value"] == len(api.get("ticket_fields")["ticket_fields"])


@pytest.mark.parametrize(
    ("kind", "value"), [("regexp", "a" * 60 + "!"), ("decimal", "1" * 500_000 + "x"), ("integer", " " * 500_000)]
)
def test_no_value_takes_for_ever(kind: str, value: str, api: Api) -> None:
    field = {"title": "Odd", "key": "odd", "type": kind, "regexp_for_validation": r"\A(a+)+\z"}
    api.ok("POST", "user_fields", {"user_field": field})
    given = {"user": {"user_fields": {"odd": value}}}
    assert api("PUT", "users/123456", given).status_code == 422


def test_a_body_has_an_end(api: Api) -> None:
    for size, status in ((1_000_000, 201), (2_000_000, 413)):
        given = {"ticket": {"subject": "x", "comment": {"html_body": "<" * size}}}
        assert api("POST", "tickets", given).status_code == status
