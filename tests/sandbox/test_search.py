"""Search: the syntax, the limits, and the export."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.zendesk.areas.query_language import _is_like

from .conftest import Api


def hits(api: Api, query: str, **more: Any) -> list[Any]:
    found: list[Any] = api.get("search", query=query, **more)["results"]
    return found


@pytest.mark.parametrize(
    ("query", "test"),
    [
        ("type:ticket status:open", lambda t: t["status"] == "open"),
        ("type:ticket status<solved", lambda t: t["status"] in ("new", "open", "pending", "hold")),
        ("type:ticket status:open status:new", lambda t: t["status"] in ("open", "new")),
        ("type:ticket priority>=high", lambda t: t["priority"] in ("high", "urgent")),
        ("type:ticket -status:closed priority:low", lambda t: t["status"] != "closed" and t["priority"] == "low"),
        ("type:ticket created<2023-05-01", lambda t: t["created_at"] < "2023-05-01"),
        ("type:ticket created>=2023-12-01T00:00:00Z", lambda t: t["created_at"] >= "2023-12-01"),
        ("type:ticket created>8weeks", lambda t: t["created_at"] > "2024-01-05"),
        ("type:ticket assignee:none", lambda t: t["assignee_id"] is None),
        ('type:ticket assignee:"Amara Okafor"', lambda t: t["assignee_id"] == 67890),
        ("type:ticket requester:jordan.avery@sandbox.example", lambda t: t["requester_id"] == 12345),
        ("type:ticket group:hardware", lambda t: t["group_id"] == 5678),
        ("type:ticket tags:billing", lambda t: "billing" in t["tags"]),
        ("type:ticket ticket_type:incident", lambda t: t["type"] == "incident"),
        ("type:ticket subject:print*", lambda t: "Print" in t["subject"]),
        ('type:ticket "address is in our signature"', lambda t: "address" in t["subject"]),
        ("type:ticket dark theme", lambda t: "dark theme" in t["subject"]),
        ("type:user role:agent", lambda u: u["role"] == "agent"),
        ("type:user email:*@sandbox.example", lambda u: u["role"] != "end-user"),
        ('type:organization name:"Acme Corporation"', lambda o: o["id"] == 123456),
        ("type:organization tags:vip", lambda o: "vip" in o["tags"]),
        ("type:group escalations", lambda g: g["name"] == "Escalations"),
        ("external_id:ABC-123", lambda t: t["id"] == 12345),
    ],
)
def test_syntax(api: Api, query: str, test: Any) -> None:
    found = hits(api, query)
    assert found
    assert all(test(hit) for hit in found)
    if query.startswith("type:"):
        assert {hit["result_type"] for hit in found} == {query[5:].split()[0]}


def test_only_what_fits_is_left_out(api: Api) -> None:
    everything = api.get("tickets/count")["count"]["value"]
    assert api.get("search/count", query="type:ticket")["count"] == everything
    solved = api.get("search/count", query="type:ticket status>=solved")["count"]
    assert api.get("search/count", query="type:ticket status<solved")["count"] == everything - solved


def test_all_types_at_once(api: Api) -> None:
    assert {hit["result_type"] for hit in hits(api, "support", per_page=100)} >= {"group"}


def test_sort(api: Api) -> None:
    times = [hit["created_at"] for hit in hits(api, "type:ticket", sort_by="created_at", sort_order="asc")]
    assert times == sorted(times)
    ranks = [hit["priority"] for hit in hits(api, "type:ticket priority>low", sort_by="priority")]
    assert ranks == sorted(ranks, key=["urgent", "high", "normal"].index)


def test_pages_are_by_offset_and_end_at_a_thousand(api: Api) -> None:
    page = api.get("search", query="type:ticket", per_page=10, page=2)
    assert len(page["results"]) == 10
    assert page["count"] > 290
    assert "page=3" in page["next_page"]
    assert page["facets"] is None
    assert api("GET", "search?query=x&page[size]=2").status_code == 400
    refused = api("GET", "search?query=type:ticket&page=11")
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid")


def test_sideloads(api: Api) -> None:
    body = api.get("search", query="type:ticket external_id:ABC-123", include="tickets(users,groups)")
    assert {user["id"] for user in body["users"]} == {123456, 67890, 2002, 9876}
    assert [group["id"] for group in body["groups"]] == [5678]


def test_export(api: Api) -> None:
    query = {"query": "status<solved", "filter[type]": "ticket", "page[size]": 50}
    body = api.get("search/export", **query)
    rows = body["results"]
    while body["links"]["next"]:
        body = api.get(body["links"]["next"])
        rows += body["results"]
    assert "count" not in body
    assert len(rows) == api.get("search/count", query="type:ticket status<solved")["count"]
    assert api("GET", "search/export?query=x").status_code == 400


def test_a_deleted_ticket_is_not_found(api: Api) -> None:
    api.ok("DELETE", "tickets/12345")
    assert hits(api, "external_id:ABC-123") == []


def test_query_is_needed(api: Api) -> None:
    assert api("GET", "search").json()["errors"][0]["code"] == "QueryError"
    assert api("GET", f"search?query={'x ' * 501}").json()["errors"][0]["code"] == "QueryError"


def test_wild_cards_stand_for_what_is_between() -> None:
    for wanted, text, is_like in [
        ("*", "", True), ("a*", "ab", True), ("*b", "ab", True), ("a*a", "a", False), ("a*b*c", "axxbc", True),
        ("a*b*c", "acb", False), ("*ab*ab*", "xabab", True), ("*ab*ab*", "xab", False),
    ]:  # fmt: skip
        assert _is_like(wanted.split("*"), text) is is_like, (wanted, text)


@pytest.mark.parametrize("query", ["subject:{}", "{}", "description:{}"])
def test_no_search_takes_for_ever(query: str, api: Api) -> None:
    api.ok("POST", "tickets", {"ticket": {"subject": "a" * 5000, "comment": {"body": "a" * 5000}}})
    assert hits(api, "type:ticket " + query.format("a*a*a*a*a*a*a*a*b")) == []
