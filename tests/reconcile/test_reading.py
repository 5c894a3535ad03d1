"""What counts as the same, and what rows say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.record.reading import CANNOT_TELL, DID_NOT_HAPPEN, HAPPENED, Reading, Span, masked, moment, same

from ..small_home import ANY, TOOL, shed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    assert same(value, value)


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_two_texts_are_not(one: str, other: str) -> None:
    plain = [text.replace("\r\n", "\n").strip() for text in (one, other)]
    times = [moment(text) for text in (one, other)]
    if plain[0] != plain[1] and not one.lstrip().startswith("<") and (None in times or times[0] != times[1]):
        assert not same(one, other)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (1, "1"),
        ("1", 1),
        (1.0, 1),
        (True, "true"),
        (None, ""),
        ([], None),
        ("a\r\nb ", "a\nb"),
        (["b", "a"], ["a", "b"]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([{"a": 1}], [{"a": 1, "id": 5}]),
        ("2030-01-01T09:00:00+01:00", "2030-01-01T08:00:00Z"),
        ("2030-01-01T09:00:00", "2030-01-01T09:00:00.000Z"),
        ("<p>Tea &amp; cake</p>", '<div class="x"><p>Tea &amp;  cake</p></div>'),
    ],
)
def test_what_a_service_says_in_other_words(asked: Any, found: Any) -> None:
    assert same(asked, found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (1, 2),
        (False, None),
        (0, None),
        ("", "a"),
        ("a", None),
        ("a", "A"),
        (["a"], ["a", "b"]),
        (["a"], "a"),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({"a": 1}, "a"),
        ([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}]),
        ("<p>Tea</p>", "<p>Cake</p>"),
        ("Tea", "<p>Tea</p>"),
        ("2030-01-01T09:00:00Z", "2030-01-01T08:00:00Z"),
    ],
)
def test_what_is_something_else(asked: Any, found: Any) -> None:
    assert not same(asked, found)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:01:00+01:00", 60.0),
        ("1970-01-01T00:01:00.500", 60.5),
        (60, 60.0),
        (1_700_000_000_000, 1_700_000_000.0),
        ("noon", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_times_are_read_in_every_form(text: Any, seconds: float | None) -> None:
    assert moment(text) == seconds


@pytest.mark.parametrize("value", ["***", {"a": ["***"]}, [{"b": "Basic ***"}]])
def test_what_was_not_kept_is_seen(value: Any) -> None:
    assert masked(value)
    assert not masked({"a": ["**", 1, None]})


def reading(folder: Path, **more: Any) -> Reading:
    inputs = {"properties": {"tool": ANY, "size": ANY, "parts": ANY}}
    connector = shed(folder, operations={"make": {"request": "POST /tools", "input": inputs, "output": TOOL}})
    source = {"request": "GET /tools", "records": "rows", "match": {"name": "tool", "size": "size"}, "made": "at"}
    return Reading(connector.operation("make"), {**source, **more}, "reconcile", connector.spec["pagination"])


AXE = {"name": "axe", "size": 3}
SPAN = Span(100.0, 200.0)


@pytest.mark.parametrize(
    ("rows", "others", "verdict"),
    [
        ([], 0, DID_NOT_HAPPEN),
        ([{**AXE, "at": 99.0}], 0, DID_NOT_HAPPEN),
        ([{**AXE, "at": 100.0}], 0, HAPPENED),
        ([{**AXE, "at": 200.0}, {"name": "saw", "size": 2, "at": 150.0}], 0, HAPPENED),
        ([{**AXE, "at": 201.0}], 0, CANNOT_TELL),
        ([{**AXE}], 0, CANNOT_TELL),
        ([{**AXE, "at": 150.0}] * 2, 0, CANNOT_TELL),
        ([{**AXE, "at": 150.0}] * 2, 1, HAPPENED),
        ([{**AXE, "at": 150.0}], 1, CANNOT_TELL),
        ([], 1, DID_NOT_HAPPEN),
        ([{**AXE, "size": 4, "at": 150.0}], 0, CANNOT_TELL),
        ([{**AXE, "size": 4, "at": 99.0}], 0, DID_NOT_HAPPEN),
    ],
)
def test_a_row_that_is_made_is_known_by_what_it_has_and_when(
    tmp_path: Path, rows: list[Any], others: int, verdict: str
) -> None:
    found = reading(tmp_path)
    asked = found.asked({"tool": "axe", "size": 3})
    assert found.judge(rows, asked, SPAN, others).verdict == verdict


def test_what_was_not_given_is_not_compared(tmp_path: Path) -> None:
    found = reading(tmp_path)
    assert found.asked({"tool": "axe"}) == [{"name": "axe"}]
    assert found.asked({"tool": None}) == [{"name": None}]
    assert found.asked({}) == []


def test_what_is_asked_whatever_the_input_is_no_likeness(tmp_path: Path) -> None:
    found = reading(tmp_path, match={"name": "tool", "sharp": "`true`"})
    asked = found.asked({"tool": "axe"})
    assert found.judge([{"name": "saw", "sharp": True, "at": 150.0}], asked, SPAN).verdict == DID_NOT_HAPPEN
    assert found.asked({}) == []


def test_of_many_all_or_none_are_told(tmp_path: Path) -> None:
    found = reading(tmp_path, each="parts", match={"name": "@"})
    asked = found.asked({"parts": ["a", "b"]})
    rows = [{"name": name, "at": 150.0} for name in ("a", "b", "c")]
    assert found.judge(rows, asked, SPAN).verdict == HAPPENED
    assert found.judge(rows[:1], asked, SPAN).verdict == CANNOT_TELL
    assert found.judge(rows[2:], asked, SPAN).verdict == DID_NOT_HAPPEN
