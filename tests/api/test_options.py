"""Dropdowns over HTTP: a form whose fields hang on each other, labels, values that are no more, who may ask."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.access.embed import Tokens
from connector.api.v1.options import CHOICES
from connector.schema import Validator

from .asking import at, run
from .conftest import ORIGIN, Api
from .tokens import mint


def ask(api: Api, operation: str, what: str = "options", more: Any = None, **given: Any) -> httpx.Response:
    return api.call("POST", at(operation, what), {"connection": "sandbox", **given}, **(more or {}))


def choices(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    Validator(CHOICES).check(answer.json())
    return {choice["text"]: choice["value"] for choice in answer.json()["result"]}


def calls(api: Api) -> int:
    """How many calls the record has."""
    return len(api.call("GET", "/v1/calls?limit=200").json()["calls"])


def test_a_category_that_is_picked_gives_its_sections(api: Api) -> None:
    categories = choices(ask(api, "list_articles", field="/category_id"))
    sections = {
        name: choices(ask(api, "list_articles", field="/section_id", input={"category_id": id}))
        for name, id in categories.items()
    }
    assert list(sections["Devices"]) == ["Cameras", "Printers", "Routers", "Warranty"]
    whole = choices(ask(api, "list_articles", field="/section_id"))
    assert sorted(whole) == sorted(name for part in sections.values() for name in part)
    picked = {"category_id": categories["Devices"], "section_id": sections["Devices"]["Printers"]}
    articles = run(api, "list_articles", picked).json()["output"]["articles"]
    assert {article["section_id"] for article in articles} == {picked["section_id"]}


def test_what_is_missing_is_named_and_nothing_is_sent(api: Api) -> None:
    before = calls(api)
    answer = ask(api, "get_article_comment", field="/comment_id", input={"locale": "en-us"})
    assert answer.json() == {"result": [], "complete": False, "next": None, "skipped": 0, "missing": ["article_id"]}
    assert calls(api) == before


def test_choices_that_are_kept_make_no_call(api: Api) -> None:
    first = ask(api, "list_groups_ddl").json()
    before = calls(api)
    assert [ask(api, "list_groups_ddl").json() for _ in range(5)] == [first] * 5
    assert choices(ask(api, "list_groups_ddl", search="front")) == {"Front line": 54321}
    assert calls(api) == before
    assert ask(api, "list_groups_ddl", refresh=True).json() == first
    assert calls(api) == before + 1


def test_a_list_is_paged_through(api: Api) -> None:
    page, found = None, set[int]()
    for _ in range(3):
        answer = ask(api, "list_users_ddl", input={"page_size": 5}, page=page)
        found |= set(choices(answer).values())
        page = answer.json()["next"]
        assert not answer.json()["complete"]
    assert len(found) == 15


def test_the_agents_are_those_of_the_group(api: Api) -> None:
    assert list(choices(ask(api, "create_ticket", field="/assignee_id", input={"group_id": 123}))) == [
        "Grace Kim", "Hanna Lindqvist", "Omar Haddad",
    ]  # fmt: skip


def test_a_saved_form_shows_names_and_what_is_no_more(api: Api) -> None:
    users = choices(ask(api, "create_ticket", field="/requester_id", search="sofia"))
    values = [str(users["Sofia Rossi"]), 404404]
    assert ask(api, "create_ticket", "labels", field="/requester_id", values=values).json() == {
        "labels": [
            {"value": values[0], "text": "Sofia Rossi", "exists": True},
            {"value": 404404, "text": None, "exists": False},
        ]
    }
    form = {"requester_id": values[0], "group_id": 123, "assignee_id": 404404, "tags": ["odd"], "subject": "?"}
    found = ask(api, "create_ticket", "check-values", input=form).json()["values"]
    assert [(row["pointer"], row["text"], row["exists"]) for row in found] == [
        ("/requester_id", "Sofia Rossi", True), ("/group_id", "Billing", True), ("/assignee_id", None, False),
        ("/tags/0", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "given", "status", "said"),
    [
        ("list_grups_ddl", {}, 404, "Did you mean list_groups"),
        ("create_ticket", {}, 400, "create_ticket is no dropdown"),
        ("create_ticket", {"field": "/subject"}, 400, "The field /subject of create_ticket has no dropdown."),
        ("create_ticket", {"field": "/subjct"}, 400, "Did you mean subject?"),
        ("create_ticket", {"field": "subject"}, 422, ""),
        ("list_groups_ddl", {"page": "x"}, 400, "Use the value of next."),
        ("list_groups_ddl", {"input": {"odd": 1}}, 422, "odd"),
        ("list_groups_ddl", {"connection": "work"}, 404, "work"),
        ("list_groups_ddl", {"connection": "other/work"}, 404, ""),
        ("list_article_comments_ddl", {"input": {"article_id": 404404}}, 424, "404"),
    ],
)
def test_what_cannot_be_answered_says_why(api: Api, operation: str, given: Any, status: int, said: str) -> None:
    answer = ask(api, operation, **given)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.text


def test_there_is_an_end_to_what_is_asked_at_a_time(api: Api) -> None:
    assert ask(api, "list_groups_ddl", "labels", values=[1] * 1000).status_code == 200
    assert ask(api, "list_groups_ddl", "labels", values=[1] * 1001).status_code == 422
    answer = ask(api, "create_ticket", "check-values", input={"tags": ["odd"] * 1001})
    assert (answer.status_code, "more than 1000 values" in answer.text) == (400, True)


def test_a_key_needs_the_scope(api: Api) -> None:
    key = api.key(scopes=frozenset({"read", "write", "manage"}))
    for what in ("options", "labels", "check-values"):
        given: dict[str, Any] = {"values": []} if what == "labels" else {}
        assert ask(api, "list_groups_ddl", what, {"key": key}, **given).status_code == 403


def test_a_page_may_ask_for_the_fields_of_its_operations_alone(api: Api) -> None:
    token = mint(Tokens(api.server.store), operations=["list_articles"], scopes=["options"], now=api.server.clock.now())
    more = {"key": token, "headers": {"Origin": ORIGIN}}
    assert choices(ask(api, "list_articles", "options", more, field="/category_id"))
    assert choices(ask(api, "list_sections_ddl", "options", more, input={"category_id": 1902}))
    assert ask(api, "list_articles", "labels", more, field="/section_id", values=[2407]).status_code == 200
    assert ask(api, "list_articles", "check-values", more, input={"section_id": 2407}).status_code == 200
    assert ask(api, "create_ticket", "options", more, field="/group_id").status_code == 403
    assert ask(api, "list_sections_ddl", "options", more, field="/category_id").status_code == 403
    assert run(api, "list_articles", {}, key=token, headers=more["headers"]).status_code == 403
