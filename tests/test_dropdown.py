"""A list operation as the choices of a dropdown."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import Client, InputError, UsageError
from connector.declaration import Options

from . import small_home
from .harbor import client

ROOT = Path(__file__).resolve().parent.parent
DOCKS = [
    {"code": "A", "name": "North quay"},
    {"code": "B", "name": "East QUAY", "closed": True},
    {"code": "C", "name": "Ĝoja moleo"},
    {"code": None, "name": "Nowhere"},
    {"code": "D", "name": None},
    {"code": "E"},
]
NEXT = '</v2/docks?after=G&limit=30>; rel="next"'


def page(rows: Any, link: str | None = None) -> httpx.Response:
    return httpx.Response(200, json=rows, headers={"Link": link} if link else {})


def shed(folder: Path, options: dict[str, Any], rows: Any) -> Client:
    spec = {
        "request": "GET /tools",
        "records": "rows",
        "output": {},
        "options": {"text": "name", "value": "id", **options},
    }
    return small_home.client(folder, httpx.Response(200, json={"rows": rows}), operations={"tools": spec})


def test_a_row_without_a_value_or_that_is_left_out_is_passed_over() -> None:
    harbor, _ = client(DOCKS)
    assert harbor.options("pick_dock") == {
        "result": [
            {"text": "D", "value": "D"},
            {"text": "E", "value": "E"},
            {"text": "Ĝoja moleo", "value": "C"},
            {"text": "North quay", "value": "A"},
        ],
        "complete": True,
        "next": None,
        "skipped": 1,
        "missing": [],
    }


@pytest.mark.parametrize(
    "row", [None, 5, "text", [], {"id": {}}, {"id": [1]}, {"id": True}, {"id": None}, {"id": ""}, {"name": "x"}]
)
def test_an_odd_row_never_costs_the_list(row: Any, tmp_path: Path) -> None:
    found = shed(
        tmp_path, {"text": "join(' ', [name, sign])", "active": "length(name) > `1`"}, [row, {"id": 1, "name": "Saw"}]
    )
    answer = found.options("tools")
    assert (answer["result"], answer["skipped"]) == ([{"text": "1", "value": 1}], 1)


@pytest.mark.parametrize(
    ("options", "row", "option"),
    [
        ({}, {"id": 0, "name": 5}, {"text": "5", "value": 0}),
        ({}, {"id": "x", "name": ""}, {"text": "x", "value": "x"}),
        ({}, {"id": 1.5}, {"text": "1.5", "value": 1.5}),
        ({"text": "@", "value": "@"}, "tag", {"text": "tag", "value": "tag"}),
        ({"text": "join(' - ', [name, to_string(id)])"}, {"id": 7, "name": "Saw"}, {"text": "Saw - 7", "value": 7}),
    ],
)
def test_a_row_becomes_a_text_and_a_value(options: Any, row: Any, option: Any, tmp_path: Path) -> None:
    assert shed(tmp_path, options, [row]).options("tools")["result"] == [option]


def test_the_service_searches_where_it_can() -> None:
    harbor, sent = client([{"code": "A", "name": "Nothing like it"}])
    found = harbor.options("pick_dock", search="quay & co")
    assert sent[0].url.params["q"] == "quay & co"
    assert found["result"] == [{"text": "Nothing like it", "value": "A"}]
    assert (found["complete"], found["next"]) == (True, None)


def test_where_the_service_cannot_search_the_rows_are_searched(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "Straße"}, {"id": 2, "name": "Gasse"}]
    assert shed(tmp_path, {}, rows).options("tools", search="STRASSE")["result"] == [{"text": "Straße", "value": 1}]


def test_a_page_is_asked_for_by_the_token_of_the_page_before() -> None:
    harbor, sent = client(page(DOCKS[:2], NEXT), page(DOCKS[2:]))
    first = harbor.options("pick_dock", search="quay")
    second = harbor.options("pick_dock", search="quay", page=first["next"])
    assert (first["complete"], second["complete"], second["next"]) == (False, False, None)
    assert [dict(request.url.params) for request in sent] == [
        {"q": "quay", "limit": "30"},
        {"q": "quay", "after": "G", "limit": "30"},
    ]


def test_a_token_holds_only_what_pages() -> None:
    harbor, _ = client(page(DOCKS, NEXT))
    token = harbor.options("pick_dock", {"words": "quay"})["next"]
    assert json.loads(base64.urlsafe_b64decode(token + "==")) == {"after": "G", "limit": 30}


@pytest.mark.parametrize("token", ["!", "a", "x" * 9, "W10", "bnVsbA", "é", "\ud800", " ", "W1tb" * 1000])
def test_a_token_that_is_none_is_a_usage_error(token: str) -> None:
    harbor, sent = client([])
    with pytest.raises(UsageError, match="The page is not one that options gave"):
        harbor.options("pick_dock", page=token)
    assert sent == []


def test_a_token_of_another_list_is_an_input_error() -> None:
    harbor, sent = client([])
    with pytest.raises(InputError, match="/cursor: is not a field here"):
        harbor.options("pick_dock", page=base64.urlsafe_b64encode(b'{"cursor": 1}').decode())
    assert sent == []


@pytest.mark.parametrize(("given", "complete"), [({"dock": "A"}, True), ({}, False)])
def test_a_list_is_whole_only_with_what_it_needs(given: dict[str, str], complete: bool) -> None:
    harbor, _ = client({"berths": [{"berth_no": 1, "dock": "A"}]})
    assert harbor.options("pick_berth", given) == {
        "result": [{"text": "A 1", "value": 1}],
        "complete": complete,
        "next": None,
        "skipped": 0,
        "missing": [],
    }


def test_an_operation_that_is_no_dropdown_says_so() -> None:
    harbor, sent = client()
    with pytest.raises(UsageError, match="get_berth is no dropdown: it declares no options"):
        harbor.options("get_berth", {"berth_no": 1})
    assert sent == []


def test_the_input_of_a_dropdown_is_left_as_it_was_and_checked() -> None:
    harbor, sent = client(DOCKS)
    given: dict[str, Any] = {"limit": 3}
    harbor.options("pick_dock", given, search="quay")
    assert given == {"limit": 3}
    with pytest.raises(InputError):
        harbor.options("pick_dock", {"limit": 0})
    assert len(sent) == 1


def test_async_options_are_the_same() -> None:
    harbor, _ = client(page(DOCKS, NEXT), page(DOCKS, NEXT))
    assert asyncio.run(harbor.aoptions("pick_dock", search="x")) == harbor.options("pick_dock", search="x")


def test_every_key_of_options_is_documented() -> None:
    table = (ROOT / "docs" / "dropdowns.md").read_text().partition("## Keys of `options`")[2]
    told = [
        key for row in table.splitlines() if row.startswith("| `") for key in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert told == list(Options.model_fields)


def test_every_key_of_an_answer_is_documented() -> None:
    table = (ROOT / "docs" / "dropdowns.md").read_text().partition("## Keys of `options`")[0]
    harbor, _ = client(DOCKS)
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(harbor.options("pick_dock"))
