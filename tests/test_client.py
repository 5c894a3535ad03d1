"""The client's ways to run: sync and async, one call, a stream, a dropdown, a plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from connector import Client, InputError, UsageError

from .small_home import client, unasked
from .small_service import PAGES, Service, on


async def collect(records: AsyncIterator[Any]) -> list[Any]:
    return [record async for record in records]


# -- the ways to run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [lambda one: one.run("list_tools"), lambda one: asyncio.run(one.arun("list_tools"))])
def test_a_run_gives_the_page_asked_for(way: Callable[[Client], Any], tmp_path: Path) -> None:
    service = Service()
    assert way(on(tmp_path, service)) == PAGES[None]
    assert service.asked == [None]


@pytest.mark.parametrize(
    "way", [lambda one: [*one.stream("list_tools")], lambda one: asyncio.run(collect(one.astream("list_tools")))]
)
def test_a_stream_gives_every_record_over_an_empty_page_too(way: Callable[[Client], Any], tmp_path: Path) -> None:
    service = Service()
    assert [row["id"] for row in way(on(tmp_path, service))] == [1, 2, 3]
    assert service.asked == [None, "b", "c"]


def test_a_stream_asks_for_a_page_only_when_it_is_needed(tmp_path: Path) -> None:
    service = Service()
    stream = on(tmp_path, service).stream("list_tools")
    assert service.asked == []
    next(stream)
    next(stream)
    assert service.asked == [None]
    next(stream)
    assert service.asked == [None, "b", "c"]


def test_a_stream_begins_where_the_input_says(tmp_path: Path) -> None:
    assert [row["id"] for row in on(tmp_path, Service()).stream("list_tools", {"after": "b"})] == [3]


@pytest.mark.parametrize(
    "way", [lambda one: [*one.stream("get_tool")], lambda one: asyncio.run(collect(one.astream("get_tool")))]
)
def test_only_a_list_is_streamed(way: Callable[[Client], Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="get_tool is not a list"):
        way(client(tmp_path, unasked))


@pytest.mark.parametrize(
    "way",
    [
        lambda one, **more: one.options("list_tools", **more),
        lambda one, **more: asyncio.run(one.aoptions("list_tools", **more)),
    ],
)
def test_options_give_a_page_of_choices_and_the_next(way: Callable[..., Any], tmp_path: Path) -> None:
    one = on(tmp_path, Service())
    first = way(one)
    assert first["result"] == [{"text": "Saw", "value": 1}, {"text": "Axe", "value": 2}]
    assert not first["complete"]
    second = way(one, page=first["next"])
    last = way(one, page=second["next"])
    assert (last["result"], last["next"]) == ([{"text": "Awl", "value": 3}], None)
    assert way(one, search="ax")["result"] == [{"text": "Axe", "value": 2}]


def test_options_are_of_dropdowns_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="get_tool is no dropdown"):
        client(tmp_path, unasked).options("get_tool", {"id": 1})


def test_a_plan_sends_nothing(tmp_path: Path) -> None:
    planned = client(tmp_path, unasked).plan("make_tool", {"tool": {"name": "Saw"}})
    headers = {"Accept": "application/json", "Content-Type": "application/json", "Authorization": "Bearer ***"}
    assert planned == {
        "requests": [
            {
                "method": "POST",
                "url": "https://shed.example/v1/tools",
                "headers": headers,
                "body": {"tool": {"name": "Saw"}},
            }
        ],
        "more": False,
    }


def test_a_bad_input_is_refused_in_every_way_and_nothing_is_sent(tmp_path: Path) -> None:
    one = client(tmp_path, unasked)
    bad = {"befor": "x"}
    ways: list[Callable[[], Any]] = [
        lambda: one.run("list_tools", bad),
        lambda: next(one.stream("list_tools", bad)),
        lambda: one.options("list_tools", bad),
        lambda: one.plan("list_tools", bad),
        lambda: asyncio.run(one.arun("list_tools", bad)),
        lambda: asyncio.run(collect(one.astream("list_tools", bad))),
        lambda: asyncio.run(one.aoptions("list_tools", bad)),
    ]
    for way in ways:
        with pytest.raises(InputError, match="/befor"):
            way()


@pytest.mark.parametrize("given", [[], "x", 1, True])
def test_an_input_that_is_no_object_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        client(tmp_path, unasked).run("list_tools", given)
