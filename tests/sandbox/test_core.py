"""What holds for every endpoint: who may ask, errors, paging, limits, and state that stays."""

from __future__ import annotations

import importlib.util
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sandbox.zendesk
from sandbox.zendesk import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN
from sandbox.zendesk.store import ForeignFile, Query, Store

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


class TestLimits:
    def test_headers_stand_on_every_answer(self, api: Api) -> None:
        for path in ("tickets/1", "tickets/0", "nothing"):
            headers = api("GET", path).headers
            assert (headers["X-Rate-Limit"], headers["ratelimit-limit"]) == ("700", "700")
            assert int(headers["ratelimit-remaining"]) < 700
            assert int(headers["ratelimit-reset"]) <= 60

    def test_past_the_limit(self) -> None:
        api = Api(rate_limit=2)
        answers = [api("GET", "tickets/1") for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert [a.headers["X-Rate-Limit-Remaining"] for a in answers] == ["1", "0", "0"]
        assert 0 < int(answers[2].headers["Retry-After"]) <= 60
        api.app.close()

    @pytest.mark.parametrize("status", [429, 503])
    def test_faults_on_request(self, api: Api, status: int) -> None:
        answer = api("POST", "groups", {"group": {"name": "New"}}, headers={"X-Sandbox-Fault": str(status)})
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")
        assert "New" not in [group["name"] for group in api.get("groups")["groups"]]

    def test_slow_on_request(self, api: Api) -> None:
        answer = api("GET", "tickets/1", headers={"X-Sandbox-Fault": "slow=0.05"})
        assert answer.status_code == 200
        assert answer.elapsed.total_seconds() >= 0.05
        assert api("GET", "tickets/1", headers={"X-Sandbox-Fault": "fast"}).status_code == 400


WRITER = """
import sys
from tests.sandbox.conftest import Api
api = Api(data=sys.argv[1])
for n in range(8):
    api.ok("POST", "groups", {"group": {"name": f"{sys.argv[2]} {n}"}})
"""


class TestState:
    def test_stays_in_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "state.db"
        first = Api(data=file)
        id = first.ok("POST", "groups", {"group": {"name": "Kept"}})["group"]["id"]
        first.app.close()
        second = Api(data=file)
        assert second.get(f"groups/{id}")["group"]["name"] == "Kept"
        second.app.close()
        anew = Api(data=file, reset=True)
        assert anew("GET", f"groups/{id}").status_code == 404
        anew.app.close()

    def test_many_processes_on_a_new_file(self, tmp_path: Path) -> None:
        file = str(tmp_path / "state.db")
        names = ("one", "two", "three")
        started = [subprocess.Popen([sys.executable, "-c", WRITER, file, name]) for name in names]
        assert [process.wait(60) for process in started] == [0, 0, 0]
        api = Api(data=file)
        groups = api.get("groups?per_page=100")["groups"]
        made = [group for group in groups if group["name"].split()[0] in names]
        assert len({group["id"] for group in made}) == 24
        api.app.close()

    def test_another_programs_file_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "other.db"
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE precious (x)")
        other.close()
        for reset in (False, True):
            with pytest.raises(ForeignFile):
                sandbox.zendesk.create_app(file, reset=reset)

    def test_an_error_undoes_everything(self, api: Api) -> None:
        before = api.get("users/count")
        given = {"requester": {"name": "New", "email": "new@x.example"}, "comment": {"body": "x"}, "status": "odd"}
        assert api("POST", "tickets", {"ticket": given}).status_code == 422
        assert api.get("users/count") == before

    def test_seed_is_always_the_same(self, api: Api) -> None:
        other = Api()
        for path in ("tickets?page[size]=100", "users", "organizations", "tickets/12345/audits"):
            assert other.get(path) == api.get(path)
        other.app.close()

    def test_loads_under_another_name(self) -> None:
        file = Path(sandbox.zendesk.__file__)
        spec = importlib.util.spec_from_file_location("pretend", file, submodule_search_locations=[str(file.parent)])
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["pretend"] = module
        spec.loader.exec_module(module)
        module.create_app().close()


class TestStore:
    @pytest.fixture
    def store(self) -> Any:
        store = Store()
        with store.transaction():
            store.create()
            for id, name, rank in ((1, "Ann", 2), (2, "bob", None), (3, "Ada", 2)):
                store.put("people", {"id": id, "name": name, "rank": rank, "tags": [name.lower()]})
        yield store
        store.close()

    @pytest.mark.parametrize(
        ("where", "ids"),
        [
            ({"rank": 2}, [1, 3]),
            ({"rank": None}, [2]),
            ({"rank!": None}, [1, 3]),
            ({"name": ["Ann", "bob"]}, [1, 2]),
            ({"name~": "BOB"}, [2]),
            ({"name^": "a"}, [1, 3]),
            ({"tags@": "ada"}, [3]),
            ({"id>": 1, "rank": 2}, [3]),
        ],
    )
    def test_conditions(self, store: Store, where: dict[str, Any], ids: list[int]) -> None:
        assert [doc["id"] for doc in store.list("people", **where)] == ids
        assert store.count(Query("people", where)) == len(ids)

    def test_equal_values_are_told_apart_by_id(self, store: Store) -> None:
        query = Query("people", order="rank", descending=True)
        assert [doc["id"] for doc in store.select(query)] == [2, 3, 1]
        assert [doc["id"] for doc in store.select(query, after=(2, 3))] == [1]
        assert [doc["id"] for doc in store.select(query, after=(2, 1), backwards=True)] == [2, 3]
