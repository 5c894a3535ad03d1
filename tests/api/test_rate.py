"""How many requests a key may make: the bucket's laws, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.access.rate import FEW, MINUTE, Rate
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.testing.clock import HeldClock

from ..serving import served
from .conftest import ORIGIN, Api
from .tokens import WANTED

TOKENS = "/v1/embed-tokens"
LIMITS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


def test_a_full_bucket_is_taken_at_once_and_fills_evenly() -> None:
    rate = Rate(6)
    assert [rate.take({"a": 1}, 0.0).remaining for _ in range(6)] == [5, 4, 3, 2, 1, 0]
    assert rate.take({"a": 1}, 0.0)[1:] == (0, 60.0, 10.0)
    assert rate.take({"a": 1}, 4.0).wait == 6.0
    assert rate.take({"a": 1}, 10.0) == (6, 0, 60.0, 0.0)
    assert rate.take({"b": 1}, 10.0).remaining == 5  # another's is another
    assert rate.take({"a": 1}, 1000.0).remaining == 5


def test_a_share_is_a_bucket_of_its_own_and_counts_on_the_whole() -> None:
    rate = Rate(20)
    assert [rate.take({"key": 1, "page": 10}, 0.0).remaining for _ in range(2)] == [1, 0]
    refused = rate.take({"key": 1, "page": 10}, 0.0)
    assert refused == (2, 0, 60.0, 30.0)
    assert rate.take({"key": 1}, 0.0).remaining == 17  # the one that was refused counted nowhere
    for _ in range(17):
        rate.take({"key": 1}, 0.0)
    assert rate.take({"key": 1, "other page": 10}, 0.0).wait == 3.0  # the key's has nothing left


def test_even_a_small_limit_lets_a_page_ask_once() -> None:
    assert Rate(5).take({"key": 1, "page": 10}, 0.0) == (1, 0, 60.0, 0.0)


@settings(max_examples=100)
@given(
    limit=st.integers(1, 50),
    steps=st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=150),
    begin=st.sampled_from([0.0, 1e6, 1.75e9]),
)
def test_no_window_of_time_lets_more_through_than_was_there_and_came(
    limit: int, steps: list[tuple[str, float]], begin: float
) -> None:
    rate, now, through = Rate(limit), begin, {"a": list[float](), "b": list[float]()}
    for name, pause in steps:
        now += pause
        left = rate.take({name: 1}, now)
        assert 0 <= left.remaining < limit
        assert 0 <= left.resets <= MINUTE + 0.01
        if left.wait:
            assert left.remaining == 0
            later = Rate(limit)
            later._held = dict(rate._held)
            assert later.take({name: 1}, now + left.wait).wait == 0  # the wait that is told is enough
        else:
            through[name].append(now)
    for times in through.values():
        for index, first in enumerate(times):
            for count, last in enumerate(times[index:], 1):
                assert count <= limit + (last - first) * limit / MINUTE + 0.01 * count


def test_memory_is_bounded_by_who_came_within_a_minute() -> None:
    rate = Rate(100)
    for number in range(10 * FEW):
        rate.take({f"{number}": 1}, number * MINUTE / FEW)
    assert len(rate._held) <= 3 * FEW


@pytest.fixture
def held() -> Iterator[tuple[Api, HeldClock]]:
    """An API under a small limit, and its clock."""
    clock = HeldClock()
    server = Server(Settings(origins=(ORIGIN,), rate=20), clock=clock)
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http), clock


def test_every_answer_to_a_key_tells_what_is_left(held: tuple[Api, HeldClock]) -> None:
    api, clock = held
    wrong = api.call("POST", TOKENS, {})
    assert wrong.status_code == 422
    assert [wrong.headers[name] for name in LIMITS] == ["20", "19", "3"]
    made = api.call("POST", TOKENS, WANTED)
    assert [made.headers[name] for name in LIMITS] == ["20", "18", "6"]
    small = api.call("POST", TOKENS, WANTED, key=api.key("", frozenset({"read"})))
    assert (small.status_code, small.headers["ratelimit-remaining"]) == (403, "19")  # another key's own
    clock.advance(3.0)
    assert api.call("POST", TOKENS, WANTED).headers["ratelimit-remaining"] == "18"
    assert "ratelimit-limit" not in api.http.get("/healthz").headers
    assert "ratelimit-limit" not in api.http.post(TOKENS).headers  # nobody's


def test_a_key_that_asks_too_much_is_told_when_to_come_again(held: tuple[Api, HeldClock]) -> None:
    api, clock = held
    assert {api.call("POST", TOKENS, WANTED).status_code for _ in range(20)} == {201}
    answer = api.call("POST", TOKENS, WANTED)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3"
    assert [answer.headers[name] for name in LIMITS] == ["20", "0", "60"]
    assert answer.json()["detail"] == "That is more than 20 requests a minute. Try again in 3 s."
    assert answer.json()["code"] == "#too_many_requests"
    assert api.call("POST", TOKENS, WANTED, tenant="acme").status_code == 201
    clock.advance(3.0)
    assert api.call("POST", TOKENS, WANTED).status_code == 201
    assert api.call("POST", TOKENS, WANTED).status_code == 429


def test_a_page_has_a_tenth_of_its_key_and_uses_it_up(held: tuple[Api, HeldClock]) -> None:
    api, _ = held
    token = api.call("POST", TOKENS, {**WANTED, "scopes": ["read"]}).json()["token"]
    path, page = "/v1/connectors/zendesk/operations/get_ticket/run", {"Origin": ORIGIN}
    asked = [api.call("POST", path, {"input": {}}, key=token, headers=page) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [422, 422, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in asked] == ["1", "0", "0"]
    assert asked[2].headers["access-control-allow-origin"] == ORIGIN  # so the page can read why
    assert "RateLimit-Remaining" in asked[2].headers["access-control-expose-headers"]
    assert api.call("POST", TOKENS, WANTED).headers["ratelimit-remaining"] == "16"  # 20 - 1 - 2 - 1
