"""What holds of every list, however long and odd: nothing is lost, nothing comes twice, a search is a filter."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import Client, Connector
from connector.dropdown.choices import Choice, folded, matches, natural

from .shelves import Shelves, connector, texts

slowly = settings(deadline=None, max_examples=60)  # a client for each example

WORDS = st.text("aAbÄß 1(2)\n", max_size=4)
ROW = st.fixed_dictionaries({"name": st.none() | WORDS, "on": st.booleans(), "mark": st.none() | WORDS})
VALUES = st.lists(st.integers(0, 40) | st.text("12x", min_size=1, max_size=2), unique_by=str, max_size=12)


@st.composite
def lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of different values, some of them without one."""
    rows = [{"id": value, **draw(ROW)} for value in draw(VALUES)]
    return draw(st.permutations(rows + [{"id": None, **draw(ROW)} for _ in range(draw(st.integers(0, 2)))]))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Connector:
    return connector(tmp_path_factory.mktemp("laws"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def paged(shed: Client, **asked: Any) -> list[dict[str, Any]]:
    """The answers of a dropdown from its first page to its last."""
    answers = [shed.options("tools", **asked)]
    while token := answers[-1]["next"]:
        answers.append(shed.options("tools", page=token, **asked))
    return answers


@slowly
@given(rows=lists(), size=st.integers(1, 5))
def test_paging_through_gives_each_row_in_use_once(home: Connector, folder: Path, rows: Any, size: int) -> None:
    with Shelves(rows, size).client(home, folder) as shed:
        for inactive in (False, True):
            answers = paged(shed, inactive=inactive)
            found = [choice for answer in answers for choice in answer["result"]]
            wanted = [row["id"] for row in rows if row["id"] is not None and (inactive or row["on"])]
            assert sorted(map(str, (choice["value"] for choice in found))) == sorted(map(str, wanted))
            assert sum(answer["skipped"] for answer in answers) == sum(row["id"] is None for row in rows)
            assert [answer["complete"] for answer in answers] == [len(answers) == 1] + [False] * (len(answers) - 1)
            labels = [choice["text"] for choice in found]
            assert len(set(labels)) == len(labels)


@slowly
@given(rows=lists(), size=st.integers(1, 5), words=WORDS)
def test_a_local_search_is_the_whole_list_filtered(
    home: Connector, folder: Path, rows: Any, size: int, words: str
) -> None:
    with Shelves(rows, size).client(home, folder) as shed:
        whole = [choice for answer in paged(shed) for choice in answer["result"]]
        found = shed.options("tools", search=words)
    if not words.strip():
        return
    marks = {str(row["id"]): str(row["mark"] or "") for row in rows}
    names = {str(row["id"]): " ".join((row["name"] or "").split()) or str(row["id"]) for row in rows}
    wanted = [
        choice
        for choice in whole
        if any(
            folded(" ".join(words.split())) in folded(" ".join(one[str(choice["value"])].split()))
            for one in (marks, names)
        )
    ]
    assert found["complete"]
    assert sorted(found["result"], key=str) == sorted(wanted, key=str)
    assert texts(found) == sorted(texts(found), key=natural)


@slowly
@given(rows=lists(), size=st.integers(1, 5), asked=VALUES)
def test_a_value_exists_where_the_list_has_it(
    home: Connector, folder: Path, rows: Any, size: int, asked: list[Any]
) -> None:
    with Shelves(rows, size).client(home, folder) as shed:
        found = shed.labels("tools", asked)
    there = {str(row["id"]) for row in rows if row["id"] is not None}
    assert [row["value"] for row in found] == asked
    assert [row["exists"] for row in found] == [str(value) in there for value in asked]
    labels = [row["text"] for row in found if row["exists"]]
    assert len(set(labels)) == len(labels)
    assert all(row["text"] is None for row in found if not row["exists"])


@given(st.lists(st.text(max_size=8), unique=True), st.randoms())
def test_labels_have_one_order(labels: list[str], chance: random.Random) -> None:
    ordered = sorted(labels, key=natural)
    chance.shuffle(labels)
    assert sorted(labels, key=natural) == ordered


@given(st.text(max_size=8), st.text(max_size=8))
def test_what_is_typed_is_found_wherever_it_stands(text: str, words: str) -> None:
    words = " ".join(words.split())
    assert matches(Choice(f"{text}{words}{text}", 1), words)
