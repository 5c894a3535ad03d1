"""What headers say of limits: every family, and a connector's own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rates.headers import Reader, Said

NOW = 1_750_000_000.0
DATE = "Sun, 15 Jun 2025 15:06:30 GMT"  # ten seconds before NOW


def read(headers: dict[str, str], own: str | None = None) -> list[Said]:
    return Reader(own).read(tuple(headers.items()), NOW)


FAMILIES: dict[str, tuple[dict[str, str], list[Said]]] = {
    "newer": (
        {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699", "RateLimit-Limit": "700", "RateLimit-Reset": "42"},
        [Said("account", 700, 699, 42)],
    ),
    "older": (
        {"Rate-Limit": "700", "Rate-Limit-Remaining": "5", "Rate-Limit-Reset": "3"},
        [Said("account", 700, 5, 3)],
    ),
    "lower case": (
        {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "59", "x-ratelimit-reset": "1.5"},
        [Said("account", 60, 59, 1.5)],
    ),
    "the lowest of two": (
        {"X-Rate-Limit-Remaining": "7", "RateLimit-Remaining": "5"},
        [Said("account", None, 5, None)],
    ),
    "a time of day": (
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 30)},
        [Said("account", None, 0, 30)],
    ),
    "in milliseconds": (
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str((int(NOW) + 30) * 1000)},
        [Said("account", None, 0, 30)],
    ),
    "by the service's clock": (
        {"Date": DATE, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 30)},
        [Said("account", None, 0, 40)],
    ),
    "a date that is none": (
        {"Date": "today", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW))},
        [Said("account", None, 0, 0)],
    ),
    "structured": (
        {"RateLimit": '"default";r=50;t=30, "day";r=4;t=9', "RateLimit-Policy": '"default";q=100;w=60, "day";q=5'},
        [Said("default", 100, 50, 30), Said("day", 5, 4, 9)],
    ),
    "an earlier draft": (
        {"RateLimit": "limit=100, remaining=50, reset=5", "RateLimit-Policy": "100;w=60"},
        [Said("account", 100, 50, 5)],
    ),
    "with its policy": ({"RateLimit-Limit": "10, 10;w=1", "RateLimit-Remaining": "3"}, [Said("account", 10, 3, None)]),
    "one and a half": ({"X-RateLimit-Remaining": "598.5"}, [Said("account", None, 598, None)]),
    "less than nothing": ({"X-RateLimit-Remaining": "-1"}, [Said("account", None, 0, None)]),
    "no number": ({"X-RateLimit-Remaining": "many", "X-RateLimit-Limit": "nan"}, []),
    "endless": ({"X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0"}, []),
    "only the limit": ({"X-RateLimit-Limit": "60"}, []),
    "something else": ({"Rate": "5", "X-Rate-Limited": "1", "My-RateLimit-Remaining": "4", "X-Migrate-Limit": "2"}, []),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_families(name: str) -> None:
    headers, said = FAMILIES[name]
    assert read(headers) == said


def test_a_header_of_the_service_names_a_limit() -> None:
    own = {"acme-limit-Tickets-Index": "total=100; remaining=99; resets=12", "Acme-Limit": "remaining=1"}
    assert read(own, "Acme-Limit-*") == [Said("tickets-index", 100, 99, 12)]
    assert read({"Acme-Quota": "limit=9; remaining=8"}, "Acme-Quota") == [Said("account", 9, 8, None)]
    assert read(own) == []


def test_both_at_once() -> None:
    found = read({"X-Rate-Limit-Remaining": "4", "Acme-a": "remaining=3", "Acme-b": "remaining=2"}, "Acme-*")
    assert [(one.bucket, one.remaining) for one in found] == [("account", 4), ("a", 3), ("b", 2)]


NAMES = st.sampled_from(
    ["RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "RateLimit-Remaining", "Rate-Limit-Reset", "Acme-a", "Date"]
)
VALUES = st.text(max_size=40) | st.from_regex(
    r'("[a-z]*")?[0-9]*(;[rqt]=[0-9.]{1,20})*(, *[a-z]+=[0-9]+)*', fullmatch=True
)


@given(st.lists(st.tuples(NAMES, VALUES)))
def test_whatever_a_service_says_is_a_limit_or_nothing(headers: Any) -> None:
    for one in Reader("Acme-*").read(tuple(headers), NOW):
        assert one.remaining >= 0
        assert one.total is None or one.total >= 0
        assert one.resets is None or one.resets >= 0
