"""What a declaration may say of lost answers, and what is found wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import testing

from ..small_home import ANY, TOOL, shed

READING = {"request": "GET /tools", "records": "rows", "match": {"name": "tool"}, "made": "at"}
CHANGES = "is for operations that change something. Take it out."
WRITE = {
    "request": "POST /tools{?key}",
    "input": {"properties": {"tool": ANY, "parts": ANY, "key": ANY}},
    "body": "*",
    "output": TOOL,
}


def findings(folder: Path, **more: Any) -> list[tuple[str, str]]:
    connector = shed(folder, operations={"make_tool": {**WRITE, **more}})
    return [(one.place, f"{one.message} {one.hint}".strip()) for one in testing.lint(connector, ["make_tool"])]


@pytest.mark.parametrize(
    "reconcile",
    [
        READING,
        {**READING, "when": "key", "each": "parts", "match": {"@": "@"}, "settles": 5, "pagination": "cursor"},
        {"request": "GET /tools/{key}", "path": {"key": "tool.id"}, "records": "tool", "changed": "at"},
        [{"request": "GET /tools/{key}", "records": "tool", "match": {"id": "key"}, "gone": True}, "Look at the wall."],
        "Look at the wall.",
    ],
)
def test_what_is_sound_has_nothing_wrong(tmp_path: Path, reconcile: Any) -> None:
    assert findings(tmp_path, idempotency="key", reconcile=reconcile) == []


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"request": "GET /tools/{id}"}, "reconcile/request", "id is read, and is no input. Known: after"),
        ({"match": {"name": "tol"}}, "reconcile/match/name", "tol is read, and is no input. Did you mean tool?"),
        ({"match": {"name[": "tool"}}, "reconcile/match", "'name[' is not JMESPath: Incomplete expression."),
        ({"when": "kex"}, "reconcile/when", "kex is read, and is no input. Did you mean key?"),
        ({"each": "part"}, "reconcile/each", "part is read, and is no input. Did you mean parts?"),
        ({"each": "parts", "match": {}}, "reconcile/match", "is missing. What was sent is not known to compare with."),
        ({"gone": True}, "reconcile/gone", "and made exclude each other. Keep one."),
        ({"made": None, "changed": "at["}, "reconcile/changed", "'at[' is not JMESPath: Incomplete expression."),
        ({"made": None, "newest_first": True}, "reconcile/made", "is missing. What comes newest first says when"),
        ({"pagination": "pages"}, "reconcile/pagination", "'pages' is no paging style. connector.yaml has: cursor."),
        ({"request": "POST /tools"}, "reconcile/request", "is not of the right form. Wanted: GET and an"),
        ({"records": None}, "reconcile/records", "is required."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(tmp_path: Path, changes: dict[str, Any], place: str, message: str) -> None:
    reading = {key: value for key, value in {**READING, "pagination": "cursor", **changes}.items() if value is not None}
    assert [(where, said.startswith(message) or said) for where, said in findings(tmp_path, reconcile=reading)] == [
        (place, True)
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"idempotency": "keys"}, ("idempotency", "keys is no input. Did you mean key?")),
        ({"idempotency": "key", "effect": "read"}, ("idempotency", CHANGES)),
        ({"reconcile": "Look", "effect": "read"}, ("reconcile", CHANGES)),
        ({"reconcile": "Look at the wall"}, ("reconcile", "is not a sentence. End it with a full stop.")),
    ],
)  # fmt: skip
def test_what_is_out_of_place_is_found(tmp_path: Path, more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in findings(tmp_path, **more)


def test_a_handler_says_what_to_compare(tmp_path: Path) -> None:
    source = "from connector import Request\ndef handle(input):\n    yield Request('POST', '/tools')\n"
    spec = {"effect": "create", "output": TOOL, "reconcile": {"request": "GET /tools", "records": "rows"}}
    connector = shed(tmp_path, operations={"make_tool": spec}, handlers={"make_tool": source})
    found = list(testing.lint(connector, ["make_tool"]))
    assert [(one.place, one.message) for one in found] == [("reconcile/match", "is missing.")]
