"""What the sandbox took, counted: each request that changed the account, once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN

from .conftest import Api

TICKET = {"ticket": {"subject": "Lost", "comment": {"body": "And found."}}}


def create(api: Api, key: str = "k-1", given: Any = TICKET, **headers: str) -> Any:
    return api("POST", "tickets", given, headers={"Idempotency-Key": key, **headers})


async def half_a_request(api: Api, sent: list[Any]) -> None:
    """The client goes away in the middle of a body that would be whole to a careless reader."""
    credentials = base64.b64encode(f"{ADMIN_EMAIL}/token:{API_TOKEN}".encode())
    received = iter(
        [
            {"type": "http.request", "body": b'{"group": {"name": "New"}}', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v2/groups",
        "query_string": b"",
        "headers": [(b"host", b"sandbox.test"), (b"authorization", b"Basic " + credentials)],
    }
    await api.app(scope, receive, send)


class TestWrites:
    def test_a_new_account_has_none(self, api: Api) -> None:
        api.get("tickets/1")
        assert api.app.writes == ()

    def test_what_is_recorded(self, api: Api) -> None:
        raw = json.dumps({"group": {"name": "New"}}).encode()
        api.ok("POST", "groups.json?include=users", content=raw, headers={"X-Sandbox-Mark": "call-1"})
        (write,) = api.app.writes
        assert (write.method, write.path, write.query) == ("POST", "/api/v2/groups.json", "include=users")
        assert (write.status, write.digest, write.mark) == (201, hashlib.sha256(raw).hexdigest(), "call-1")
        assert write.at == "2024-03-01T12:00:00Z"

    def test_every_method_that_writes(self, api: Api) -> None:
        api.ok("PUT", "groups/5678", {"group": {"name": "Newer"}})
        api.ok("DELETE", "groups/5678")
        assert [(write.method, write.status) for write in api.app.writes] == [("PUT", 200), ("DELETE", 204)]

    @pytest.mark.parametrize(
        ("method", "path", "given"),
        [
            ("POST", "groups", {"group": {}}),
            ("PUT", "groups/0", {"group": {"name": "New"}}),
            ("DELETE", "tickets/0", None),
            ("POST", "nothing", {}),
        ],
    )
    def test_what_is_refused_is_not(self, api: Api, method: str, path: str, given: Any) -> None:
        assert api(method, path, given).status_code >= 400
        assert api.app.writes == ()

    def test_a_poll_is_not(self, api: Api) -> None:
        job = api.ok("DELETE", "tickets/destroy_many?ids=1,2")["job_status"]["id"]
        api.get(f"job_statuses/{job}")
        assert [write.query for write in api.app.writes] == ["ids=1,2"]

    def test_half_a_request_is_not(self, api: Api) -> None:
        sent: list[Any] = []
        asyncio.run(half_a_request(api, sent))
        assert not sent
        assert api.app.writes == ()

    def test_over_http_without_credentials(self, api: Api) -> None:
        for mark in ("a", "b", "a"):
            api.ok("PUT", "tickets/1", {"ticket": {"priority": "low"}}, headers={"X-Sandbox-Mark": mark})
        api.auth = None
        assert [write["mark"] for write in api.get("/sandbox/writes")["writes"]] == ["a", "b", "a"]
        assert len(api.get("/sandbox/writes", mark="a")["writes"]) == 2
        assert api.get("/sandbox/writes", mark="c") == {"writes": []}

    def test_in_the_file_for_all_who_serve_it(self, tmp_path: Path) -> None:
        one, other = (Api(data=tmp_path / "state.db") for _ in range(2))
        one.ok("POST", "groups", {"group": {"name": "One"}})
        other.ok("POST", "groups", {"group": {"name": "Other"}})
        assert len(one.app.writes) == 2
        assert one.app.writes == other.app.writes
        one.app.close()
        other.app.close()


class TestIdempotencyKey:
    def test_the_first_answer_again(self, api: Api) -> None:
        first, second = create(api), create(api)
        assert [a.headers["x-idempotency-lookup"] for a in (first, second)] == ["miss", "hit"]
        assert (second.status_code, second.json()) == (201, first.json())
        assert second.headers["Location"] == first.headers["Location"]
        assert len(api.app.writes) == 1

    def test_the_first_answer_though_the_ticket_has_changed(self, api: Api) -> None:
        first = create(api).json()
        api.ok("PUT", f"tickets/{first['ticket']['id']}", {"ticket": {"subject": "Changed"}})
        assert create(api).json() == first

    def test_another_body(self, api: Api) -> None:
        create(api)
        refused = create(api, given={"ticket": {**TICKET["ticket"], "subject": "Other"}})
        assert (refused.status_code, refused.json()["error"]) == (400, "IdempotentRequestError")
        assert len(api.app.writes) == 1

    def test_another_key(self, api: Api) -> None:
        assert create(api, "k-1").json()["ticket"]["id"] != create(api, "k-2").json()["ticket"]["id"]

    def test_lives_two_hours(self, api: Api) -> None:
        first = create(api).json()["ticket"]["id"]
        api.clock.forward(hours=2, seconds=-1)
        assert create(api).headers["x-idempotency-lookup"] == "hit"
        api.clock.forward(seconds=1)
        again = create(api)
        assert again.headers["x-idempotency-lookup"] == "miss"
        assert again.json()["ticket"]["id"] != first

    def test_a_refused_ticket_takes_no_key(self, api: Api) -> None:
        assert create(api, given={"ticket": {}}).status_code == 422
        assert create(api).status_code == 201

    def test_a_lost_answer_is_found_again(self, api: Api) -> None:
        assert create(api, **{"X-Sandbox-Fault": "500-after"}).status_code == 500
        assert create(api).headers["x-idempotency-lookup"] == "hit"
        assert len(api.app.writes) == 1

    def test_at_once(self, api: Api, tmp_path: Path) -> None:
        """Eight threads on two servers of one file."""
        other = Api(data=tmp_path / "state.db")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(create, [api, other] * 4))
        assert sorted(a.headers["x-idempotency-lookup"] for a in answers) == ["hit"] * 7 + ["miss"]
        assert len({a.json()["ticket"]["id"] for a in answers}) == 1
        assert len(api.app.writes) == 1
        other.app.close()
