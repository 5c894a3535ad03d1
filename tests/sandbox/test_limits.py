"""Rates and faults: what is shown, what is refused, and in which of the service's forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from .conftest import Api

CHANGE = {"ticket": {"priority": "low"}}


@contextmanager
def account(**options: Any) -> Iterator[Api]:
    api = Api(**options)
    yield api
    api.app.close()


class TestAccount:
    def test_headers_stand_on_every_answer(self, api: Api) -> None:
        for path in ("tickets/1", "tickets/0", "nothing"):
            headers = api("GET", path).headers
            assert (headers["X-Rate-Limit"], headers["RateLimit-Limit"]) == ("700", "700")
            assert (headers["RateLimit-Remaining"], headers["RateLimit-Reset"]) == ("699", "60")
            assert headers["X-Request-Id"]

    def test_past_the_limit(self) -> None:
        with account(rate_limit=2) as api:
            answers = [api("GET", "tickets/1") for _ in range(3)]
            assert [a.status_code for a in answers] == [200, 200, 429]
            assert [a.headers["X-Rate-Limit-Remaining"] for a in answers] == ["1", "0", "0"]
            assert answers[2].json()["error"] == "APIRateLimitExceeded"
            assert answers[2].headers["Retry-After"] == "60"
            assert answers[2].headers["X-Request-Id"]

    def test_a_window_closes_a_minute_after_its_first_request(self) -> None:
        with account(rate_limit=2) as api:
            api.ok("GET", "tickets/1")
            api.clock.forward(seconds=40.5)
            api.ok("GET", "tickets/1")
            assert api("GET", "tickets/1").headers["Retry-After"] == "20"
            api.clock.forward(seconds=19)
            assert api("GET", "tickets/1").status_code == 429
            api.clock.forward(seconds=0.5)
            assert api("GET", "tickets/1").headers["RateLimit-Remaining"] == "1"

    def test_the_help_center_has_its_own_counter(self) -> None:
        with account(rate_limit=1) as api:
            assert api("GET", "tickets/1").status_code == 200
            assert api("GET", "help_center/locales").status_code == 200
            assert api("GET", "help_center/locales").status_code == 429

    def test_only_the_api_is_counted(self) -> None:
        with account(rate_limit=1) as api:
            answers = [api("GET", "/sandbox/writes") for _ in range(2)]
            assert [a.status_code for a in answers] == [200, 200]
            assert "X-Rate-Limit" not in answers[0].headers

    def test_the_older_headers(self) -> None:
        with account(rate_headers="old") as api:
            headers = api("GET", "tickets").headers
            assert (headers["X-Rate-Limit"], headers["Rate-Limit"], headers["Rate-Limit-Remaining"]) == (
                "700",
                "700",
                "699",
            )
            assert headers["Rate-Limit-Reset"] == "60"
            assert "zendesk-rate-limit-tickets-index" in headers
            assert not any(name.startswith("ratelimit") for name in headers)

    def test_a_date_to_try_again(self) -> None:
        with account(rate_limit=1, retry_after="date") as api:
            api.clock.forward(microseconds=1)
            api.ok("GET", "tickets/1")
            until = parsedate_to_datetime(api("GET", "tickets/1").headers["Retry-After"])
            assert 60 <= (until - api.clock()).total_seconds() < 61
            api.clock.moment = until
            assert api("GET", "tickets/1").status_code == 200


class TestEndpoints:
    def test_shown_and_not_refused(self, api: Api) -> None:
        for _ in range(25):
            headers = api("PUT", "tickets/1", CHANGE).headers
        assert headers["Zendesk-RateLimit-tickets-update"] == "total=20; remaining=19; resets=60"
        assert headers["Zendesk-RateLimit-per-ticket-updates"] == "total=30; remaining=29; resets=600"

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("tickets.json", "tickets-index"),
            ("search?query=printer", "search-index"),
            ("ticket_fields", "ticket-fields-index"),
            ("tags", "tags-index"),
            ("incremental/users?start_time=0", "incremental-exports"),
            ("incremental/tickets/cursor?start_time=0", "incremental-exports-cursor"),
        ],
    )
    def test_named(self, api: Api, path: str, name: str) -> None:
        assert f"zendesk-ratelimit-{name}" in api("GET", path).headers

    def test_others_have_none(self, api: Api) -> None:
        for path in ("tickets/1", "tickets/show_many?ids=1", "search/count?query=x"):
            assert not any(name.startswith("zendesk-ratelimit") for name in api("GET", path).headers)

    def test_refused_past_the_total(self) -> None:
        with account(buckets=True) as api:
            answers = [api("PUT", "tickets/1", {"ticket": {"subject": f"New {n}"}}) for n in range(21)]
            assert [a.status_code for a in answers] == [200] * 20 + [429]
            refused = answers[-1]
            assert refused.json()["errors"][0]["code"] == "TooManyRequests"
            assert refused.headers["Retry-After"] == "60"
            assert refused.headers["Zendesk-RateLimit-tickets-update"] == "total=20; remaining=0; resets=60"
            assert api.get("tickets/1")["ticket"]["subject"] == "New 19"
            assert api("GET", "tickets").status_code == 200
            api.clock.forward(seconds=60)
            assert api("PUT", "tickets/1", CHANGE).status_code == 200

    def test_each_ticket_for_ten_minutes(self) -> None:
        with account(buckets=True) as api:
            for _ in range(30):
                api.ok("PUT", "tickets/1", CHANGE)
                api.clock.forward(seconds=10)
            assert api("PUT", "tickets/1", CHANGE).headers["Retry-After"] == "300"
            assert api("PUT", "tickets/12345", CHANGE).status_code == 200

    def test_each_user(self) -> None:
        with account(buckets=True) as api:

            def upsert(email: str) -> int:
                given = {"user": {"name": "New", "email": email}}
                return api("POST", "users/create_or_update", given).status_code

            assert [upsert("new@x.example") for _ in range(6)] == [201, 200, 200, 200, 200, 429]
            assert upsert("newer@x.example") == 201


class TestFaults:
    @pytest.mark.parametrize("fault", ["401", "422", "429", "500", "502", "503"])
    def test_nothing_is_written(self, api: Api, fault: str) -> None:
        answer = api("POST", "groups", {"group": {"name": "New"}}, headers={"X-Sandbox-Fault": fault})
        assert answer.status_code == int(fault)
        assert answer.headers.get("Retry-After") == ("1" if fault in ("429", "503") else None)
        assert answer.headers["X-Request-Id"]
        assert "New" not in [group["name"] for group in api.get("groups")["groups"]]
        assert not api.app.writes

    def test_written_and_not_told(self, api: Api) -> None:
        answer = api("POST", "groups", {"group": {"name": "New"}}, headers={"X-Sandbox-Fault": "500-after"})
        assert answer.status_code == 500
        assert "New" in [group["name"] for group in api.get("groups")["groups"]]
        assert [write.path for write in api.app.writes] == ["/api/v2/groups"]

    def test_refused_all_the_same(self, api: Api) -> None:
        assert api("POST", "groups", {"group": {}}, headers={"X-Sandbox-Fault": "500-after"}).status_code == 422

    def test_slow(self, api: Api) -> None:
        answer = api("GET", "tickets/1", headers={"X-Sandbox-Fault": "slow=0.05"})
        assert answer.status_code == 200
        assert answer.elapsed.total_seconds() >= 0.05

    @pytest.mark.parametrize("fault", ["fast", "slow=soon"])
    def test_unknown(self, api: Api, fault: str) -> None:
        answer = api("GET", "tickets/1", headers={"X-Sandbox-Fault": fault})
        assert (answer.status_code, answer.json()["error"]["title"]) == (400, "Invalid fault")
