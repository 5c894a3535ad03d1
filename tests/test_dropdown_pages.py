"""Long lists: their order, their labels, a search through them, what is kept of them, one call for all who ask."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import APIError, Connector
from connector.dropdown.choices import Choice, Page
from connector.dropdown.kept import LARGEST, Kept
from connector.testing.clock import HeldClock

from .shelves import Shelves, connector, texts, tool


@pytest.fixture
def home(tmp_path: Path) -> Connector:
    return connector(tmp_path)


def many(count: int, **more: Any) -> Shelves:
    return Shelves([tool(id, f"Tool {id}") for id in range(1, count + 1)], **more)


# -- order and labels ----------------------------------------------------------------------------------------------


def test_a_whole_list_is_in_the_order_that_people_expect(home: Connector, tmp_path: Path) -> None:
    names = ["file10", "File 2", "file2", "Éclair", "eclipse", "a", "file", "007", "7", "Zebra"]
    with Shelves(map(tool, range(1, 11), names)).client(home, tmp_path) as shed:
        assert texts(shed.options("tools")) == [
"007", "7", "a", "Éclair", "eclipse", "file", "file2", "file10", "File 2", "Zebra",
        ]  # fmt: skip
        assert texts(shed.options("ordered")) == names


def test_a_list_that_is_only_a_part_is_never_whole(home: Connector, tmp_path: Path) -> None:
    with Shelves([tool(1, "b"), tool(2, "a")]).client(home, tmp_path) as shed:
        found = shed.options("popular")
    assert (texts(found), found["complete"], found["next"]) == (["b", "a"], False, None)


def test_a_list_that_goes_on_is_in_the_order_of_the_service(home: Connector, tmp_path: Path) -> None:
    shelves = Shelves([tool(1, "b"), tool(2, "a"), tool(3, "0")], size=2)
    with shelves.client(home, tmp_path) as shed:
        first = shed.options("tools")
        last = shed.options("tools", page=first["next"])
    assert (texts(first), texts(last)) == (["b", "a"], ["0"])
    assert (first["complete"], last["complete"], last["next"]) == (False, False, None)


def test_two_that_read_the_same_are_told_apart(home: Connector, tmp_path: Path) -> None:
    rows = [
        tool(1, "Saw", mark="long"), tool(2, "Saw", mark="long"), tool(3, "Saw", mark="short"), tool(4, "Saw"),
        tool(5, "Saw (4)"), tool(6, " Saw\n (short) "), tool(7, "Axe", mark="unused"),
    ]  # fmt: skip
    with Shelves(rows).client(home, tmp_path) as shed:
        found = {choice["value"]: choice["text"] for choice in shed.options("tools")["result"]}
    assert found == {
        1: "Saw (long)", 2: "Saw (2)", 3: "Saw (3)", 4: "Saw (4) (4)", 5: "Saw (4)", 6: "Saw (short)", 7: "Axe",
    }  # fmt: skip


def test_they_are_told_apart_from_the_pages_before_too(home: Connector, tmp_path: Path) -> None:
    shelves = Shelves([tool(1, "Saw"), tool(2, "Axe"), tool(3, "Saw"), tool(2, "Axe")], size=2)
    with shelves.client(home, tmp_path) as shed:
        first = shed.options("tools")
        assert texts(shed.options("tools", page=first["next"])) == ["Saw (3)"]  # 2 was on the first page already
    with shelves.client(home, tmp_path) as other:
        assert texts(other.options("tools", page=first["next"])) == ["Saw", "Axe"]


def test_what_is_not_in_use_is_left_out_or_marked(home: Connector, tmp_path: Path) -> None:
    with Shelves([tool(1, "Saw", on=False), tool(2, "Saw")]).client(home, tmp_path) as shed:
        assert shed.options("tools")["result"] == [{"text": "Saw", "value": 2}]
        assert shed.options("tools", inactive=True)["result"] == [
            {"text": "Saw (1)", "value": 1, "inactive": True},
            {"text": "Saw (2)", "value": 2},
        ]


# -- search --------------------------------------------------------------------------------------------------------


def test_a_local_search_goes_through_the_whole_list(home: Connector, tmp_path: Path) -> None:
    shelves = many(30, size=10)
    with shelves.client(home, tmp_path) as shed:
        found = shed.options("tools", search=" TOOL 3")
        assert (texts(found), found["complete"], found["next"]) == (["Tool 3", "Tool 30"], True, None)
        assert len(shelves.sent) == 3
        assert texts(shed.options("tools", search="29")) == ["Tool 29"]
        assert len(shelves.sent) == 3


def test_a_search_finds_what_tells_apart(home: Connector, tmp_path: Path) -> None:
    with Shelves([tool(1, "José", mark="Nord"), tool(2, "Ann")]).client(home, tmp_path) as shed:
        assert texts(shed.options("tools", search="jose")) == texts(shed.options("tools", search="NORD")) == ["José"]
        assert texts(shed.options("tools", search="  ")) == ["Ann", "José"]


@pytest.mark.parametrize(("count", "size", "calls"), [(50, 2, 20), (5000, 1500, 2)])
def test_a_search_ends_somewhere_and_goes_on_from_there(
    count: int, size: int, calls: int, home: Connector, tmp_path: Path
) -> None:
    shelves = many(count, size=size)
    with shelves.client(home, tmp_path) as shed:
        first = shed.options("tools", search=f"Tool {count}")
        assert (first["result"], first["complete"], len(shelves.sent)) == ([], False, calls)
        found = shed.options("tools", search=f"Tool {count}", page=first["next"])
    assert (texts(found), found["complete"], found["next"]) == ([f"Tool {count}"], False, None)


def test_the_service_searches_by_a_request_of_its_own(home: Connector, tmp_path: Path) -> None:
    shelves = Shelves([tool(2, "Saw b"), tool(1, "Saw a"), tool(3, "Saw c"), tool(4, "Axe")], size=2)
    with shelves.client(home, tmp_path) as shed:
        first = shed.options("known", search="Saw")
        last = shed.options("known", search="Saw", page=first["next"])
    assert (texts(first), first["complete"], texts(last)) == (["Saw b", "Saw a"], False, ["Saw c"])
    assert shelves.sent == ["search?q=Saw", "search?q=Saw&after=2"]


def test_where_it_cannot_search_in_what_is_given_the_list_is_searched(home: Connector, tmp_path: Path) -> None:
    shelves = Shelves([tool(1, "Saw"), tool(2, "Axe")])
    with shelves.client(home, tmp_path) as shed:
        assert texts(shed.options("known", {"kind": "7"}, search="saw")) == ["Saw"]
    assert shelves.sent == ["tools?kind=7"]


# -- what is kept --------------------------------------------------------------------------------------------------


def test_a_page_is_asked_for_once_in_its_lifetime(home: Connector, tmp_path: Path) -> None:
    clock, shelves = HeldClock(), many(2)
    with shelves.client(home, tmp_path, clock) as shed:
        first = shed.options("tools")
        first["result"].clear()
        assert texts(shed.options("tools")) == ["Tool 1", "Tool 2"]
        assert len(shelves.sent) == 1
        shelves.rows["tools"].append(tool(3, "Tool 3"))
        assert len(shed.options("tools", refresh=True)["result"]) == 3
        assert len(shed.options("tools")["result"]) == 3
        assert len(shelves.sent) == 2
        clock.sleep(299)
        shed.options("tools")
        assert len(shelves.sent) == 2
        clock.sleep(1)
        shed.options("tools")
        assert len(shelves.sent) == 3


def test_a_declaration_says_how_long_and_nothing_is_kept_of_a_failure(home: Connector, tmp_path: Path) -> None:
    shelves = many(1)
    with shelves.client(home, tmp_path) as shed:
        shed.options("ordered")
        shed.options("ordered")
        assert len(shelves.sent) == 2
        for _ in range(2):
            with pytest.raises(APIError):
                shed.options("tools_of", {"drawer": 9})
        assert len(shelves.sent) == 4


def test_what_is_kept_has_an_end_and_the_oldest_goes_first() -> None:
    kept, page = Kept(), Page(tuple(Choice(str(n), n) for n in range(LARGEST // 2 - 1)), 1, 0, None, 0.0)
    for key in ("a", "b", "b"):
        kept.put(key, page, 9.0)
    assert kept.get("a", 0.0) is page
    kept.put("c", page, 9.0)
    assert [kept.get(key, 8.9) for key in "abc"] == [page, None, page]
    assert kept.get("a", 9.0) is None


# -- several who ask -----------------------------------------------------------------------------------------------


class Slow(httpx.MockTransport):
    """Answers async requests once it is told to, sync ones at once."""

    told: asyncio.Event

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.told.wait()
        return await super().handle_async_request(request)


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def gathered(home: Connector, folder: Path, shelves: Shelves, leave: bool, operation: str = "tools") -> list[Any]:
    """What ten who ask at the same time get, of whom the first may go away."""

    async def work() -> list[Any]:
        slow = Slow(shelves.answer)
        slow.told = asyncio.Event()
        async with shelves.client(home, folder, transport=slow) as shed:
            asking = [asyncio.create_task(shed.aoptions(operation)) for _ in range(10)]
            await _settled()
            if leave:
                asking[0].cancel()
                asking[1].cancel()
                await _settled()
            slow.told.set()
            return list(await asyncio.gather(*asking, return_exceptions=True))

    return asyncio.run(work())


def test_several_who_ask_at_once_make_one_call(home: Connector, tmp_path: Path) -> None:
    shelves = many(2)
    found = gathered(home, tmp_path, shelves, leave=False)
    assert len(shelves.sent) == 1
    assert [texts(one) for one in found] == [["Tool 1", "Tool 2"]] * 10


def test_whoever_goes_away_takes_the_answer_from_nobody(home: Connector, tmp_path: Path) -> None:
    shelves = many(2)
    found = gathered(home, tmp_path, shelves, leave=True)
    assert len(shelves.sent) == 1
    assert [type(one) for one in found[:2]] == [asyncio.CancelledError] * 2
    assert [texts(one) for one in found[2:]] == [["Tool 1", "Tool 2"]] * 8


def test_all_who_ask_at_once_hear_of_a_failure(home: Connector, tmp_path: Path) -> None:
    shelves = Shelves()
    found = gathered(home, tmp_path, shelves, leave=False, operation="drawers")
    assert len(shelves.sent) == 1
    assert [type(one) for one in found] == [APIError] * 10


def test_a_sync_call_does_not_wait_for_an_async_one(home: Connector, tmp_path: Path) -> None:
    shelves = many(1)

    async def work() -> None:
        slow = Slow(shelves.answer)
        slow.told = asyncio.Event()
        async with shelves.client(home, tmp_path, transport=slow) as shed:
            asking = asyncio.create_task(shed.aoptions("tools"))
            await _settled()
            assert texts(shed.options("tools")) == ["Tool 1"]
            slow.told.set()
            assert texts(await asking) == ["Tool 1"]

    asyncio.run(work())
    assert len(shelves.sent) == 2
