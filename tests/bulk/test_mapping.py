"""Columns go to inputs by name, and a cell becomes what the input's schema takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import catalog
from connector.bulk.mapping import RowMapping, reader
from connector.bulk.rows import Row
from connector.errors import UsageError
from connector.operation import Operation
from connector.schema import Schema

from ..small_home import shed

ID: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]+$"}
WHOLE: Schema = {"type": "integer"}
TAGS: Schema = {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "7", "7"),
        ({"type": "string"}, "null", "null"),
        ({"type": "string"}, "2026-03-01", "2026-03-01"),
        (WHOLE, "7", 7),
        (WHOLE, " 7 ", 7),
        (WHOLE, "007", 7),
        (WHOLE, "7.0", 7),  # as a spreadsheet writes it
        (WHOLE, "7.5", "7.5"),  # the check says what is wrong
        (WHOLE, "seven", "seven"),
        (WHOLE, "9" * 5000, "9" * 5000),
        ({"type": "number"}, "7.5", 7.5),
        ({"type": "number"}, "1e400", "1e400"),
        ({"type": "number"}, "NaN", "NaN"),
        ({"type": "boolean"}, "TRUE", True),
        ({"type": "boolean"}, "false", False),
        ({"type": "boolean"}, "1", "1"),
        (ID, "12345", 12345),
        (ID, "0012", "0012"),
        (ID, "12.0", 12),
        ({"type": ["string", "null"]}, "null", "null"),
        ({"type": ["string", "null"], "enum": ["low", None]}, "null", None),
        ({"type": ["integer", "null"]}, "null", None),
        ({"enum": [1, 2]}, "2", 2),
        ({}, "2", "2"),  # whatever it may be, it is text first
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "2", 2),
        (TAGS, "a, b,,c", ["a", "b", "c"]),
        (TAGS, "1,2", ["1", "2"]),
        (TAGS, '["a, b", "c"]', ["a, b", "c"]),
        (TAGS, '["a', '["a'),
        ({"type": "array", "items": WHOLE}, "1, 2", [1, 2]),
        ({"type": "array", "items": {"type": "object"}}, '[{"a": 1}]', [{"a": 1}]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"$ref": "#/$defs/id"}, "12", 12),
    ],
)
def test_a_cell_becomes_what_the_schema_takes(schema: Schema, text: str, value: Any) -> None:
    found = reader(schema, {"$defs": {"id": ID}})(text)
    assert (found, type(found)) == (value, type(value))


@given(st.text())
def test_text_stays_as_it_is(text: str) -> None:
    assert reader({"type": "string"}, {})(text) == text
    assert reader({}, {})(text) == text


@given(st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_and_a_truth_come_back(value: Any) -> None:
    kinds = {bool: "boolean", int: "integer", float: "number"}
    assert reader({"type": kinds[type(value)]}, {})(repr(value)) == value


# -- columns -------------------------------------------------------------------------------------------------------

FIELDS: dict[str, Schema] = {
    "name": {"type": "string"},
    "size": WHOLE,
    "owner": {"type": "object", "properties": {"email": {"type": "string"}, "age": WHOLE}},
    "notes": {"type": "object"},
    "sizes": {"type": "object", "additionalProperties": WHOLE},
    "tags": TAGS,
}


@pytest.fixture
def operation(tmp_path: Path) -> Operation:
    fields = {name: {"title": name, "description": name, **schema} for name, schema in FIELDS.items()}
    spec = {"request": "POST /tools", "input": {"properties": fields}, "body": "*"}
    return shed(tmp_path, operations={"make_tool": spec}).operation("make_tool")


def mapped(
    operation: Operation,
    values: Mapping[str, Any],
    renamed: Mapping[str, str] | None = None,
    *,
    text: bool = True,
    always: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    mapping = RowMapping(operation, list(values) if text else None, renamed or {}, always or {})
    found = mapping.input(Row(1, 2, dict(values)))
    mapping.check()
    return found


def test_a_dot_leads_into_an_object(operation: Operation) -> None:
    row = {"name": "saw", "owner.email": "a@b.example", "owner.age": "7", "notes.any.thing": "8", "sizes.x": "9"}
    assert mapped(operation, row) == {
        "name": "saw", "owner": {"email": "a@b.example", "age": 7}, "notes": {"any": {"thing": "8"}}, "sizes": {"x": 9},
    }  # fmt: skip
    assert mapped(operation, {"owner.age": 7, "size": 8}, text=False) == {"owner": {"age": 7}, "size": 8}


def test_a_name_is_mapped(operation: Operation) -> None:
    row = {"Tool": "saw", "Mail": "a@b.example"}
    expected = {"name": "saw", "owner": {"email": "a@b.example"}}
    for text in (True, False):
        assert mapped(operation, row, {"name": "Tool", "owner.email": "Mail"}, text=text) == expected


def test_what_every_row_has_gives_way_to_the_row(operation: Operation) -> None:
    always: dict[str, Any] = {"size": 1, "owner": {"age": 8, "email": "x@y.example"}}
    assert mapped(operation, {"name": "saw"}, always=always) == {"name": "saw", **always}
    assert mapped(operation, {"owner.age": "9", "size": "2"}, always=always)["owner"] == {
        "age": 9, "email": "x@y.example"}  # fmt: skip
    assert mapped(operation, {"owner": {"age": 9}}, text=False, always=always)["owner"]["email"] == "x@y.example"
    assert always == {"size": 1, "owner": {"age": 8, "email": "x@y.example"}}


@pytest.mark.parametrize(
    ("columns", "renamed", "said"),
    [
        (["nam"], {}, "make_tool has no input 'nam'. Did you mean name? Map it with --map INPUT=nam, or leave out"),
        (["qqq"], {}, "make_tool has no input 'qqq'. Map it"),
        (["owner.mail"], {}, "Did you mean owner.email?"),
        (["tags.0"], {}, "no input 'tags.0'"),
        (["name.x"], {}, "no input 'name.x'"),
        (["Tool"], {"nome": "Tool"}, "make_tool has no input 'nome'. Did you mean name?"),
        (["name"], {"size": "Sise"}, "--map: the rows have no column 'Sise'."),
        (["name", "Size"], {"size": "Sise"}, "no input 'Size'"),
        (["name"], {"size": "Nam"}, "--map: the rows have no column 'Nam'. Known: name."),
        (["name", "Tool"], {"name": "Tool"}, "The columns name and Tool both give name."),
        (["owner.email", "owner"], {}, "The columns owner.email and owner both give owner."),
        (["Tool"], {"name": "Tool", "size": "Tool"}, "one column for two inputs"),
    ],
)
def test_a_column_that_leads_nowhere_is_refused(
    operation: Operation, columns: list[str], renamed: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        mapped(operation, dict.fromkeys(columns, "7"), renamed)
    assert said in caught.value.message


def test_columns_that_are_no_input_are_left_out_where_that_is_said(operation: Operation) -> None:
    row = {"name": "saw", "price": "7"}
    for text in (True, False):
        mapping = RowMapping(operation, list(row) if text else None, {}, {}, ignore=True)
        assert mapping.input(Row(1, 2, row)) == {"name": "saw"}
        assert mapping.ignored == ["price"]


def test_json_lines_keep_what_is_no_input_for_the_check_to_name(operation: Operation) -> None:
    assert mapped(operation, {"nam": 7}, text=False) == {"nam": 7}


def test_a_column_of_map_that_no_json_line_has_is_named(operation: Operation) -> None:
    with pytest.raises(UsageError, match=r"the rows have no column 'Nam'\. Known: name\."):
        mapped(operation, {"name": "saw"}, {"size": "Nam"}, text=False)


def test_a_real_operation_takes_a_row_of_a_spreadsheet() -> None:
    row = {
        "subject": "7", "comment.body": "true", "comment.public": "FALSE", "requester_id": "12", "priority": "null",
        "tags": "a, b", "custom_fields": '[{"id": 1, "value": "x"}]', "due_at": "2026-03-01T09:00:00Z",
        "requester.email": "a@b.example", "requester.name": "A", "external_id": "007", "group_id": "5.0",
    }  # fmt: skip
    operation = catalog.find("zendesk").operation("create_ticket")
    found = mapped(operation, row)
    assert found == {
        "subject": "7", "comment": {"body": "true", "public": False}, "requester_id": 12, "priority": None,
        "tags": ["a", "b"], "custom_fields": [{"id": 1, "value": "x"}], "due_at": "2026-03-01T09:00:00Z",
        "requester": {"email": "a@b.example", "name": "A"}, "external_id": "007", "group_id": 5,
    }  # fmt: skip
    operation.check_input(found)
