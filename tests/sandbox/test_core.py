"""What holds for every endpoint: who may ask, errors, paging, sideloads."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.zendesk import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN

from .conftest import Api


class TestWho:
    def test_api_token_and_access_token(self, api: Api) -> None:
        assert api.get("users/me")["user"]["email"] == ADMIN_EMAIL
        api.auth = None
        headers = {"Authorization": f"Bearer {ACCESS_TOKEN}"}
        assert api.ok("GET", "users/me", headers=headers)["user"]["role"] == "admin"

    def test_api_token_speaks_for_any_agent(self, api: Api) -> None:
        api.auth = ("priya.natarajan@sandbox.example/token", API_TOKEN)
        assert api.get("users/me")["user"]["id"] == 9876

    @pytest.mark.parametrize("auth", [None, (ADMIN_EMAIL, "password"), (f"{ADMIN_EMAIL}/token", "wrong")])
    def test_wrong_credentials(self, api: Api, auth: Any) -> None:
        api.auth = auth
        answer = api("GET", "tickets")
        assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})

    def test_me_without_credentials_is_nobody(self, api: Api) -> None:
        api.auth = None
        assert api.get("users/me.json")["user"]["id"] is None
        api.auth = (f"{ADMIN_EMAIL}/token", "wrong")
        assert api("GET", "users/me").status_code == 401

    def test_end_users_may_not(self, api: Api) -> None:
        api.auth = ("mei.tanaka.9876543@customers.example/token", API_TOKEN)
        assert api("GET", "tickets").status_code == 403


class TestErrors:
    @pytest.mark.parametrize(
        ("method", "path", "json", "status", "error"),
        [
            ("GET", "nothing/here", None, 404, "InvalidEndpoint"),
            ("POST", "tickets/1", {}, 404, "InvalidEndpoint"),
            ("GET", "tickets/999", None, 404, "RecordNotFound"),
            ("GET", f"tickets/show_many?ids={','.join(map(str, range(101)))}", None, 400, "TooManyValues"),
        ],
    )
    def test_named(self, api: Api, method: str, path: str, json: Any, status: int, error: str) -> None:
        answer = api(method, path, json)
        assert (answer.status_code, answer.json()["error"]) == (status, error)

    def test_a_word_is_no_id(self, api: Api) -> None:
        answer = api("GET", "tickets/abc")
        assert (answer.status_code, answer.json()["error"]["title"]) == (400, "Invalid attribute")

    @pytest.mark.parametrize("id", [2**63, -1, "1%2F2"])
    def test_an_id_out_of_range(self, api: Api, id: Any) -> None:
        assert api("GET", f"tickets/{id}").status_code in (400, 404)

    @pytest.mark.parametrize("body", [b"{", b'{"group": {"name": NaN}}', b"\xff"])
    def test_no_json(self, api: Api, body: bytes) -> None:
        assert api("POST", "groups", content=body).status_code == 400

    @pytest.mark.parametrize("body", [{}, [], {"ticket": {"name": "x"}}, {"group": "x"}])
    def test_no_wrapper(self, api: Api, body: Any) -> None:
        answer = api("POST", "groups", body)
        assert (answer.status_code, answer.text) == (400, "Required parameter missing: group")

    @pytest.mark.parametrize("field", ["external_id", "group_id", "tags", "organization_fields"])
    def test_values_of_no_possible_type(self, api: Api, field: str) -> None:
        given = {"organization": {"name": "Odd", field: {"a": [1]} if field != "organization_fields" else 5}}
        assert api("POST", "organizations", given).status_code in (400, 422)

    def test_blank_and_taken(self, api: Api) -> None:
        blank = api("POST", "groups", {"group": {"description": "x"}})
        assert blank.status_code == 422
        assert blank.json()["details"]["name"][0]["error"] == "BlankValue"
        taken = api("POST", "groups", {"group": {"name": "support"}})
        assert taken.json()["details"]["name"][0]["error"] == "DuplicateValue"

    def test_unknown_keys_warn(self, api: Api) -> None:
        answer = api("POST", "groups", {"group": {"name": "New", "colour": "red"}})
        assert answer.status_code == 201
        assert ':unpermitted_keys=>["colour"]' in answer.headers["X-Zendesk-API-Warn"]

    def test_half_a_character(self, api: Api) -> None:
        assert api("POST", "groups", content=b'{"group": {"name": "half \\ud83d"}}').status_code == 400
        raw = b'{"group": {"name": "New", "description": "half \\ud83d and \\u00e9"}}'
        assert api("POST", "groups", content=raw).json()["group"]["description"] == "half \ud83d and é"


def follow(api: Api, url: str, key: str, step: str = "next") -> list[Any]:
    rows: list[Any] = []
    while url:
        body = api.get(url)
        rows += body[key]
        url = body["links"][step] if "links" in body else body["next_page"]
    return rows


class TestPaging:
    def test_cursor_reaches_the_end(self, api: Api) -> None:
        tickets = follow(api, "tickets?page[size]=70", "tickets")
        assert len(tickets) == api.get("tickets/count")["count"]["value"]
        assert [t["id"] for t in tickets] == sorted(t["id"] for t in tickets)

    def test_cursor_goes_back(self, api: Api) -> None:
        first = api.get("users?page[size]=3")
        second = api.get(first["links"]["next"])
        back = api.get(second["links"]["prev"])
        assert back["users"] == first["users"]
        assert back["links"]["prev"] is None
        assert first["links"]["prev"] is None

    def test_cursor_survives_a_deletion(self, api: Api) -> None:
        first = api.get("tickets?page[size]=2&sort=-id")
        api.ok("DELETE", f"tickets/{first['tickets'][1]['id']}")
        second = api.get(first["links"]["next"])
        assert second["tickets"][0]["id"] < first["tickets"][1]["id"]

    def test_cursor_sorts_by_few_fields(self, api: Api) -> None:
        times = [t["updated_at"] for t in follow(api, "tickets?page[size]=90&sort=-updated_at", "tickets")]
        assert times == sorted(times, reverse=True)
        refused = api("GET", "tickets?page[size]=2&sort=subject")
        assert refused.json() == {"errors": [{"code": "InvalidPaginationParameter", "title": "sort is not valid"}]}

    def test_cursor_ignores_the_sort_of_offset(self, api: Api) -> None:
        ignored = api.get("tickets?page[size]=2&sort_by=updated_at&sort_order=desc")
        assert ignored["tickets"] == api.get("tickets?page[size]=2")["tickets"]

    @pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24=", "WzEsMl0=", "é"])
    def test_malformed_cursor(self, api: Api, cursor: str) -> None:
        refused = api("GET", "tickets", params={"page[size]": 2, "page[after]": cursor})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["title"] == "page[after] is not valid"

    def test_published_cursor_is_the_start(self, api: Api) -> None:
        page = api.get("organizations", **{"page[size]": 2, "page[after]": "eyJvIjoiMTIzNDU2Nzg5MCJ9"})
        assert page["organizations"] == api.get("organizations?page[size]=2")["organizations"]

    def test_page_size(self, api: Api) -> None:
        assert len(api.get("tickets?page[size]=500")["tickets"]) == 100
        assert api("GET", "tickets?page[size]=0").status_code == 400

    def test_offset(self, api: Api) -> None:
        page = api.get("users?per_page=50&page=2")
        assert (len(page["users"]), page["count"] > 190) == (50, True)
        assert "page=1" in page["previous_page"]
        assert len(follow(api, "users?per_page=90", "users")) == page["count"]

    def test_offset_sorts(self, api: Api) -> None:
        names = [o["name"] for o in api.get("organizations?sort_by=name&sort_order=desc")["organizations"]]
        assert names == sorted(names, reverse=True)

    def test_offset_has_a_depth(self, api: Api) -> None:
        refused = api("GET", "tickets?page=101")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "InvalidPaginationDepth")

    def test_links_name_the_host_that_was_asked(self, api: Api) -> None:
        page = api.get("http://elsewhere.test:81/api/v2/tickets.json?page[size]=1")
        assert page["links"]["next"].startswith("http://elsewhere.test:81/api/v2/tickets.json?")
        assert page["tickets"][0]["url"] == "http://elsewhere.test:81/api/v2/tickets/1.json"


class TestSideloads:
    def test_beside_and_inside(self, api: Api) -> None:
        body = api.get("tickets/12345?include=users,groups,organizations,comment_count,dates,nonsense")
        assert {user["id"] for user in body["users"]} == {123456, 67890, 2002, 9876}
        assert [group["id"] for group in body["groups"]] == [5678]
        assert body["organizations"][0]["name"] == "Acme Corporation Europe"
        assert body["ticket"]["comment_count"] == 3
        assert body["ticket"]["dates"]["latest_comment_added_at"] == "2024-01-03T19:00:00Z"

    def test_once_each(self, api: Api) -> None:
        ids = [user["id"] for user in api.get("tickets?page[size]=50&include=users")["users"]]
        assert len(ids) == len(set(ids))

    def test_members_of_groups(self, api: Api) -> None:
        body = api.get("groups?include=users&page[size]=3")
        assert body["groups"][0]["user_ids"]
        assert body["users"]
