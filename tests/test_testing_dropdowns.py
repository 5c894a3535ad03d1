"""What is found wrong with dropdowns, and with the fields that they fill."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harbor import change, copy
from .test_testing import Alter, findings, put

PICK, BOOK = "pick_dock", "create_booking"
CASES: list[tuple[str, Alter, str, str]] = [
    (PICK, put("options", "search", value="word"), "options", "word is no input. Did you mean words?"),
    (PICK, put("options", "needs", value=["dock"]), "options", "dock is no input. Known: after, limit, words."),
    (PICK, put("options", "text", value="nmae"), "options/text", "nmae is no field of a row. Did you mean name?"),
    (PICK, put("effect", value="change"), "options", "is for operations that only read. Take it out."),
    (
        PICK,
        put("options", "find", value={"request": "GET /docks{?codes}", "records": "@"}),
        "options/find/request",
        "codes is read, and is no input. Did you mean words?",
    ),
    (
        PICK,
        put("options", "find", value={"request": "GET /docks", "records": "@"}),
        "options/find",
        "does not read values. That is what is asked for.",
    ),
    (
        PICK,
        put("options", "search", value={"request": "GET /docks", "query": {"q": "serach"}, "records": "@"}),
        "options/search/request",
        "serach is read, and is no input. Did you mean search?",
    ),
    (
        PICK,
        put("options", "find", value={"request": "GET /docks{?values}", "records": "@", "pattern": "("}),
        "options/find/pattern",
        "is no regular expression that every validator knows.",
    ),
    (PICK, put("options", "text", value="join("), "options/text", "'join(' is not JMESPath: Incomplete expression."),
    (
        BOOK,
        put("input", "properties", "dock", "lookup", "operation", value="pick_dok"),
        "input/properties/dock/lookup",
        "there is no operation 'pick_dok'. Did you mean pick_dock?",
    ),
    (
        BOOK,
        put("input", "properties", "dock", "lookup", "operation", value="get_berth"),
        "input/properties/dock/lookup",
        "get_berth is no dropdown. Give get_berth options.",
    ),
    (
        BOOK,
        put("input", "properties", "berth_no", "lookup", "input", value={"quay": "dock"}),
        "input/properties/berth_no/lookup",
        "pick_berth has no input 'quay'. Known: dock.",
    ),
    (
        BOOK,
        put("input", "properties", "berth_no", "lookup", "input", value={"dock": "dok"}),
        "input/properties/berth_no/lookup",
        "there is no field 'dok' beside it. Did you mean dock?",
    ),
]


@pytest.mark.parametrize(("name", "alter", "place", "message"), CASES)
def test_a_fault_of_a_dropdown_is_found(name: str, alter: Alter, place: str, message: str, tmp_path: Path) -> None:
    broken = copy(tmp_path)
    change(broken.folder / f"{name}.yaml", alter)
    found = findings(broken, name)
    assert found[:1] == [(f"{name}.yaml", place, message)]
    assert {file for file, _, _ in found} == {f"{name}.yaml"}
