"""Fields whose dropdown hangs on others, the labels of stored values, and values that are no more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from connector import APIError, Connector, InputError, UsageError
from connector.testing.clock import HeldClock

from .shelves import Shelves, connector, texts, tool

PARTS = {
    "drawers": [tool(1, "Left"), tool(2, "Right")],
    "drawers/1/tools": [tool(11, "Saw"), tool(12, "Axe")],
    "drawers/2/tools": [tool(21, "Awl")],
}


@pytest.fixture
def home(tmp_path: Path) -> Connector:
    return connector(tmp_path)


def shelves() -> Shelves:
    return Shelves([tool(11, "Saw"), tool(12, "Axe"), tool(21, "Awl")], others=PARTS)


# -- dependent dropdowns -------------------------------------------------------------------------------------------


def test_what_a_field_hangs_on_is_missing_until_it_is_filled_in(home: Connector, tmp_path: Path) -> None:
    service = shelves()
    with service.client(home, tmp_path) as shed:
        for form in ({}, {"drawer": None}, {"drawer": ""}):
            assert shed.options("lend", form, field="/tool") == {
                "result": [], "complete": False, "next": None, "skipped": 0, "missing": ["drawer"],
            }  # fmt: skip
        assert service.sent == []
        assert texts(shed.options("lend", {"drawer": 1}, field="/tool")) == ["Axe", "Saw"]
        assert texts(shed.options("lend", {"drawer": "2", "tool": 11}, field="/tool")) == ["Awl"]
        assert texts(shed.options("lend", {"drawer": "2"}, field="/tool", search="x")) == []
        assert texts(asyncio.run(shed.aoptions("lend", {"drawer": 1}, field="/tool"))) == ["Axe", "Saw"]
    assert service.sent == ["drawers/1/tools", "drawers/2/tools"]


@pytest.mark.parametrize(
    ("field", "form", "found"),
    [
        ("/drawer", {}, ["Left", "Right"]),
        ("/also/0", {}, ["Awl", "Axe", "Saw"]),
        ("/also/-", {"also": [11]}, ["Awl", "Axe", "Saw"]),
        ("/odd~1name", {}, ["Awl", "Axe", "Saw"]),
        ("/loans/0/tool", {"drawer": 1, "loans": [{"drawer": 2}]}, ["Awl"]),
        ("/loans/1/tool", {"drawer": 1, "loans": [{"drawer": 2}]}, ["Axe", "Saw"]),
        ("/loans/-/tool", {"drawer": 1, "loans": [{"drawer": 2}]}, ["Axe", "Saw"]),
        ("/loans/0/tool", {"drawer": 1, "loans": [{"drawer": None}]}, ["Axe", "Saw"]),
        ("/by/tool", {"by": {"drawer": 2}}, ["Awl"]),
        ("/by/tool", {"by": "nothing of this form", "drawer": 1}, ["Axe", "Saw"]),
        ("/by/drawer", {}, ["Left", "Right"]),
    ],
)
def test_a_field_is_named_by_its_pointer(
    field: str, form: dict[str, Any], found: list[str], home: Connector, tmp_path: Path
) -> None:
    with shelves().client(home, tmp_path) as shed:
        assert texts(shed.options("lend", form, field=field)) == found


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("/plain", "The field /plain of lend has no dropdown."),
        ("", "The field at the top of lend has no dropdown."),
        ("/tol", "lend has no field /tol. Did you mean tool?"),
        ("/tool/0", "lend has no field /tool/0."),
        ("/loans/x/tool", "lend has no field /loans/x/tool."),
        ("tool", "'tool' is no JSON Pointer. It begins with a slash, such as /tool."),
    ],
)
def test_a_field_without_a_dropdown_says_so(field: str, said: str, home: Connector, tmp_path: Path) -> None:
    service = shelves()
    with service.client(home, tmp_path) as shed, pytest.raises(UsageError) as raised:
        shed.options("lend", {}, field=field)
    assert (raised.value.message, service.sent) == (said, [])


def test_a_value_that_the_parent_cannot_have_is_refused_before_sending(home: Connector, tmp_path: Path) -> None:
    service = shelves()
    with service.client(home, tmp_path) as shed, pytest.raises(InputError, match="/drawer"):
        shed.options("lend", {"drawer": "no"}, field="/tool")
    assert service.sent == []


# -- labels --------------------------------------------------------------------------------------------------------


def label(value: Any, text: str | None, exists: bool | None) -> dict[str, Any]:
    return {"value": value, "text": text, "exists": exists}


def test_labels_come_from_the_list_also_of_what_is_not_in_use(home: Connector, tmp_path: Path) -> None:
    clock, service = HeldClock(), Shelves([tool(1, "Saw"), tool("2", "Axe", on=False), tool(3, "Saw", mark="x")])
    with service.client(home, tmp_path, clock) as shed:
        found = shed.labels("tools", [3, "1", 2, 9, None, True, "", 1.0])
        assert found == [
            label(3, "Saw (x)", True), label("1", "Saw (1)", True), label(2, "Axe", True), label(9, None, False),
            label(None, None, None), label(True, None, None), label("", None, None), label(1.0, "Saw (1)", True),
        ]  # fmt: skip
        assert (shed.labels("tools", []), len(service.sent)) == ([], 1)


def test_a_value_in_another_case_may_be_meant(home: Connector, tmp_path: Path) -> None:
    with Shelves([tool("en-US", "English")]).client(home, tmp_path) as shed:
        assert shed.labels("tools", ["en-us", "de"]) == [label("en-us", None, None), label("de", None, False)]


def test_a_value_is_gone_only_where_the_list_was_just_read(home: Connector, tmp_path: Path) -> None:
    clock, service = HeldClock(), Shelves([tool(1, "Saw")])
    with service.client(home, tmp_path, clock) as shed:
        shed.options("tools")
        service.rows["tools"].append(tool(2, "Axe"))
        clock.sleep(9)
        assert shed.labels("tools", [1]) == [label(1, "Saw", True)]
        assert len(service.sent) == 1
        clock.sleep(2)
        assert shed.labels("tools", [1, 2, 3]) == [label(1, "Saw", True), label(2, "Axe", True), label(3, None, False)]
        assert len(service.sent) == 2


def test_of_a_list_that_is_not_whole_nothing_is_said_to_be_gone(home: Connector, tmp_path: Path) -> None:
    service = Shelves([tool(id, f"Tool {id}") for id in range(50)], size=2)
    with service.client(home, tmp_path) as shed:
        assert shed.labels("tools", [3, 49]) == [label(3, "Tool 3", True), label(49, None, None)]
        assert len(service.sent) == 20
        service.size = 100
        assert shed.labels("popular", [3, 99]) == [label(3, "Tool 3", True), label(99, None, None)]
        assert shed.labels("tools_of", [1, 99]) == [label(1, "Tool 1", True), label(99, None, None)]


def test_the_service_is_asked_for_the_values_where_it_can_be(home: Connector, tmp_path: Path) -> None:
    clock, service = HeldClock(), Shelves([tool(id, f"Tool {id}") for id in range(1, 5)])
    with service.client(home, tmp_path, clock) as shed:
        found = shed.labels("known", [1, "2", 3, "2", "me", 9])
        assert found == [
            label(1, "Tool 1", True), label("2", "Tool 2", True), label(3, "Tool 3", True), label("2", "Tool 2", True),
            label("me", None, None), label(9, None, False),
        ]  # fmt: skip
        assert service.sent == ["find?ids=1,2", "find?ids=3,9"]
        service.rows["tools"].append(tool(9, "New"))
        assert shed.labels("known", [3, 9])[1] == label(9, None, False)
        clock.sleep(11)
        assert asyncio.run(shed.alabels("known", [3, 9]))[1] == label(9, "New", True)
        assert len(service.sent) == 3


def test_where_it_answers_404_for_one_value_that_is_gone(home: Connector, tmp_path: Path) -> None:
    service = Shelves([tool(1, "Saw")])
    with service.client(home, tmp_path) as shed:
        assert shed.labels("single", [1, 2]) == [label(1, "Saw", True), label(2, None, False)]
        del service.rows["tools"]
        with pytest.raises(APIError):
            shed.labels("tools", [1])
        with pytest.raises(UsageError, match="1001 values are too many"):
            shed.labels("single", list(range(1001)))
    assert service.sent == ["tools/1", "tools/2", "tools"]


def test_labels_of_a_field_are_of_its_dropdown(home: Connector, tmp_path: Path) -> None:
    service = shelves()
    with service.client(home, tmp_path) as shed:
        assert shed.labels("lend", [11], {"drawer": 1}, field="/tool") == [label(11, "Saw", True)]
        assert shed.labels("lend", [11], {"drawer": 2}, field="/tool") == [label(11, None, False)]
        assert shed.labels("lend", [11], field="/tool") == [label(11, None, None)]


# -- the values of a form ------------------------------------------------------------------------------------------


def test_every_value_of_a_form_is_checked_in_one_go(home: Connector, tmp_path: Path) -> None:
    service = shelves()
    form = {
        "drawer": 1, "tool": 21, "plain": 5, "odd/name": 11, "also": [12, 99, None],
        "loans": [{"drawer": 2, "tool": 21}, {"tool": "11"}, {"tool": "any", "drawer": 7}], "by": {"drawer": 3},
    }  # fmt: skip
    told = [
        {"pointer": "/drawer", **label(1, "Left", True)},
        {"pointer": "/tool", **label(21, None, False)},
        {"pointer": "/odd~1name", **label(11, "Saw", True)},
        {"pointer": "/also/0", **label(12, "Axe", True)},
        {"pointer": "/also/1", **label(99, None, False)},
        {"pointer": "/loans/0/tool", **label(21, "Awl", True)},
        {"pointer": "/loans/1/tool", **label("11", "Saw", True)},
        {"pointer": "/loans/2/tool", **label("any", None, None)},  # its drawer is no more: 404
        {"pointer": "/by/drawer", **label(3, None, False)},
    ]
    with service.client(home, tmp_path) as shed:
        assert shed.check_values("lend", form) == told
        assert sorted(service.sent) == ["drawers", "drawers/1/tools", "drawers/2/tools", "drawers/7/tools", "tools"]
        assert asyncio.run(shed.acheck_values("lend", form)) == told
        assert shed.check_values("lend", {"tool": 11}) == [{"pointer": "/tool", **label(11, None, None)}]
        assert shed.check_values("lend", {"tool": 11, "drawer": "no"})[0]["exists"] is None
        assert shed.check_values("lend") == []
        with pytest.raises(UsageError, match="more than 1000 values of dropdowns"):
            shed.check_values("lend", {"also": list(range(1, 1002))})
