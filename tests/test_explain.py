"""Why a value does not fit, in plain sentences: where, by which rule, and how to mend it."""

from __future__ import annotations

import datetime
import decimal
from time import perf_counter, process_time
from typing import Any

import pytest

from connector.errors import Problem
from connector.explain import explain
from connector.schema import Schema, Validator, closed

BRANCHES = {
    "oneOf": [
        {"title": "Endpoint", "required": ["endpoint"], "properties": {"endpoint": {"type": "string"}}},
        {"title": "Full URL", "required": ["full_url"], "properties": {"full_url": {"type": "string", "minLength": 9}}},
    ]
}
TAGGED = {
    "oneOf": [
        {"properties": {"kind": {"const": "boat"}, "mast": {"type": "integer"}}, "required": ["kind", "mast"]},
        {"properties": {"kind": {"const": "raft"}, "logs": {"type": "integer"}}, "required": ["kind"]},
    ]
}
CHOICES = {"oneOf": [{"const": "a", "title": "A"}, {"const": None, "title": "None"}, {"const": 3, "title": "Three"}]}
NULLABLE = {"anyOf": [{"type": "object", "properties": {"name": {"type": "string"}}}, {"type": "null"}]}
ID = {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}]}


def found(schema: Schema, value: Any) -> list[Problem]:
    judge = Validator(closed(schema))
    assert not judge.accepts(value)
    return judge.problems(value)


def field(schema: Schema) -> Schema:
    return {"type": "object", "properties": {"a": schema}}


@pytest.mark.parametrize(
    ("schema", "value", "sentence"),
    [
        ({"type": "string"}, 5, "/a: must be a text, not a whole number."),
        ({"type": ["string", "null"]}, {}, "/a: must be a text or null, not an object."),
        ({"type": "object"}, [], "/a: must be an object, not a list."),
        ({"type": "boolean"}, None, "/a: must be true or false, not null."),
        ({"type": "number"}, True, "/a: must be a number, not true or false."),
        ({"type": "array"}, 0.5, "/a: must be a list, not a number."),
        ({"type": "integer"}, "-12", "/a: must be a whole number, not a text. Leave out the quotation marks."),
        ({"type": "integer"}, "x", "/a: must be a whole number, not a text."),
        ({"type": "string"}, datetime.date(2030, 1, 1), "/a: must be a text, not date."),
        (
            {"enum": ["north", "south", None, 3]},
            "nort",
            "/a: must be one of north, south, null, 3. Did you mean north?",
        ),
        ({"enum": ["north", "south"]}, "west!!", "/a: must be one of north, south."),
        ({"enum": ["north", "south"]}, 3, "/a: must be one of north, south."),
        ({"enum": list(range(25))}, 99, f"/a: must be one of {', '.join(map(str, range(20)))} …."),
        ({"const": True}, "x", "/a: must be true."),
        ({"const": {"A": 1}}, "x", '/a: must be {"A": 1}.'),
        (CHOICES, "b", "/a: must be one of a, null, 3."),
        (CHOICES, "three", "/a: must be one of a, null, 3. Did you mean 3?"),
        (
            {"oneOf": [{"const": number, "deprecated": number == 1} for number in range(30)]},
            "b",
            "/a: must be one of 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 ….",
        ),
        ({"type": "string", "pattern": "^b"}, "x", "/a: is not of the right form. It must match ^b."),
        (
            {"pattern": "^b", "description": "A word with b."},
            "x",
            "/a: is not of the right form. Wanted: A word with b.",
        ),
        ({"minimum": 2}, 1, "/a: must be at least 2."),
        ({"maximum": 2}, 3, "/a: must be at most 2."),
        ({"exclusiveMinimum": 0}, 0, "/a: must be more than 0."),
        ({"exclusiveMaximum": 0}, 0, "/a: must be less than 0."),
        ({"multipleOf": 5}, 3, "/a: must be a multiple of 5."),
        ({"minLength": 1}, "", "/a: must have at least 1 character."),
        ({"maxLength": 2}, "abc", "/a: must have at most 2 characters."),
        ({"minItems": 1}, [], "/a: must have at least 1 item."),
        ({"maxItems": 1}, [1, 2], "/a: must have at most 1 item."),
        ({"uniqueItems": True}, [1, 1], "/a: must not hold the same item twice."),
        ({"contains": {"const": 1}}, [2], "/a: lacks an item that it must hold."),
        ({"type": "object", "minProperties": 1}, {}, "/a: must have at least 1 field. Give 1 more."),
        ({"type": "object", "maxProperties": 1}, {"b": 1, "c": 2}, "/a: must have at most 1 field."),
        ({"not": {"const": 1}}, 1, "/a: is not allowed here."),
        (ID, "12a", "/a: is not of the right form. It must match ^[0-9]+$."),
        (ID, True, "/a: must be a whole number or a text, not true or false."),
        (NULLABLE, {"nam": "x"}, "/a/nam: is not a field here. Did you mean name?"),
        (NULLABLE, {"name": 1}, "/a/name: must be a text, not a whole number."),
        (NULLABLE, 5, "/a: must be an object or null, not a whole number."),
        (BRANCHES, {}, "/a: fits none of its forms. Choose one of: Endpoint, Full URL."),
        (
            BRANCHES,
            {"endpoint": "/x", "full_url": "https://x"},
            "/a: fits more than one form. Choose one of: Endpoint, Full URL.",
        ),
        (BRANCHES, {"full_url": 5}, "/a/full_url: must be a text, not a whole number."),
        (BRANCHES, {"full_url": "x"}, "/a/full_url: must have at least 9 characters."),
        (BRANCHES, {"endpoint": "/x", "other": 1}, "/a/other: is not a field here. Known: endpoint, full_url."),
        (TAGGED, {"kind": "boat"}, "/a/mast: is required. Give it."),
        (
            TAGGED,
            {"kind": "raft", "logs": "3"},
            "/a/logs: must be a whole number, not a text. Leave out the quotation marks.",
        ),
        (TAGGED, {"kind": "ship"}, "/a/kind: must be one of boat, raft."),
        (TAGGED, {"mast": 1}, "/a/kind: is required. Give one of boat, raft."),
        ({"properties": {"b": {}}, "required": ["b"]}, {}, "/a/b: is required. Give it."),
        ({"properties": {"b": {"title": "Berth"}}, "required": ["b"]}, {}, "/a/b: is required. Give Berth."),
        (
            {"properties": {"berth_no": {}}, "required": ["berth_no"]},
            {"berthno": 1},
            "/a/berth_no: is required. Is berthno meant to be berth_no?",
        ),
        ({"dependentRequired": {"b": ["c"]}}, {"b": 1}, "/a: c must be given with b. Give it, or leave the other out."),
        ({"items": {"type": "string"}}, ["x", 5], "/a/1: must be a text, not a whole number."),
        ({"additionalProperties": {"type": "string"}}, {"x/y~z": 5}, "/a/x~1y~0z: must be a text, not a whole number."),
        (
            {"items": {"properties": {"b": {"items": {"type": "null"}}}}},
            [{"b": [None, 0]}],
            "/a/0/b/1: must be null, not a whole number.",
        ),
    ],
)
def test_each_rule_has_its_sentence(schema: Schema, value: Any, sentence: str) -> None:
    assert str(found(field(schema), {"a": value})[0]) == sentence


@pytest.mark.parametrize(
    ("schema", "value"),
    [(ID, "12a"), (BRANCHES, {"full_url": 5}), (TAGGED, {"kind": "boat"}), (NULLABLE, {"name": 1})],
)
def test_only_one_thing_wrong_is_one_problem(schema: Schema, value: Any) -> None:
    assert len(found(field(schema), {"a": value})) == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [("berht", "Did you mean berth?"), ("xyzzy", "Known: berth, dock."), ("", "Known: berth, dock.")],
)
def test_an_unknown_field_gets_the_nearest_name_or_the_known_ones(name: str, hint: str) -> None:
    (problem,) = found({"properties": {"dock": {}, "berth": {}}}, {name: 1})
    assert (problem.pointer, problem.rule, problem.type) == (f"/{name}", "unknown", "integer")
    assert problem.hint == hint


def test_a_long_list_of_known_fields_is_cut() -> None:
    (problem,) = found({"properties": {f"field_{index}": {} for index in range(9)}}, {"zzz": 1})
    assert problem.hint == "Known: field_0, field_1, field_2, field_3, field_4, field_5, field_6, field_7 …."


def test_every_problem_is_told_at_once_with_place_rule_and_type() -> None:
    schema = {"required": ["a"], "properties": {"a": {}, "b": {"type": "string"}, "c": {"maximum": 1}}}
    problems = found(schema, {"b": 1, "c": 2, "d": None})
    assert {(problem.pointer, problem.rule, problem.type) for problem in problems} == {
        ("/a", "required", "absent"),
        ("/b", "type", "integer"),
        ("/c", "maximum", "integer"),
        ("/d", "unknown", "null"),
    }


def test_the_title_of_a_missing_field_is_found_through_references_and_branches() -> None:
    schema = {
        "$defs": {"berth": {"title": "Berth number"}, "more": {"properties": {"dock": {"title": "Dock"}}}},
        "allOf": [{"$ref": "#/$defs/more"}],
        "properties": {"berth": {"$ref": "#/$defs/berth"}},
        "required": ["berth", "dock"],
    }
    assert {problem.hint for problem in found(schema, {})} == {"Give Berth number.", "Give Dock."}


def test_the_whole_input_has_a_name_too() -> None:
    assert str(found({"type": "object"}, [])[0]) == "(input): must be an object, not a list."


def test_what_is_nested_too_deeply_is_said_so() -> None:
    value: Any = "bottom"
    for _ in range(5000):
        value = [value]
    schema = {"$defs": {"lists": {"type": "array", "items": {"$ref": "#/$defs/lists"}}}, "$ref": "#/$defs/lists"}
    assert [str(problem) for problem in found(schema, value)] == [
        "(input): is nested too deeply. Send a flatter value."
    ]


@pytest.mark.parametrize("value", [{"a": {1}}, {"a": object()}, {1: "x"}, {"a": datetime.date(2030, 1, 1)}])
def test_what_json_cannot_say_is_said_so(value: Any) -> None:
    (problem,) = found({"properties": {"a": {"minimum": 1}}}, value)
    assert problem.rule in ("json", "unknown")
    assert problem.message.startswith("is not JSON: ") or problem.pointer == "/1"


def test_a_decimal_is_explained_as_a_type() -> None:
    assert [problem.rule for problem in found(field({"type": "string"}), {"a": decimal.Decimal(1)})] == ["type"]


def test_a_pattern_that_python_does_not_know_is_explained_all_the_same() -> None:
    (problem,) = found(field({"type": "string", "pattern": r"^\p{Lu}+$"}), {"a": "low"})
    assert (problem.pointer, problem.rule, problem.type) == ("/a", "pattern", "string")


@pytest.mark.parametrize("schema", [{}, {"type": "object"}])
def test_an_explanation_is_never_empty(schema: Schema) -> None:
    assert [str(problem) for problem in explain(schema, {})] == ["(input): does not fit."]


LARGE = [{"": number} for number in range(50_000)]
WIDE = {"oneOf": [{"type": "string", "const": str(number)} for number in range(500)]}


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"items": {"type": "string"}}, LARGE, '/0: does not fit: {"":0} is not of type "string".'),
        ({"uniqueItems": True}, [*LARGE, {"": 0}], "(input): does not fit."),
        ({"additionalProperties": False}, {str(name): 1 for name in range(50_000)}, "(input): does not fit"),
        ({"items": {"oneOf": [WIDE, {"type": "object"}], "type": "string"}}, LARGE, "/0: does not fit: "),
    ],
)
def test_of_what_is_large_the_first_problem_is_told(schema: Any, value: Any, said: str) -> None:
    began = perf_counter()
    (problem,) = found(schema, value)
    assert perf_counter() - began < 2
    assert str(problem).startswith(said)
    assert "There may be more" in problem.hint
    assert len(str(problem)) < 500


def test_a_long_text_among_many_forms_is_explained_quickly() -> None:
    forms = [{"type": "object", "properties": {"id": {"const": number}}} for number in range(500)]
    schema = {"properties": {"file": {"pattern": "^(b+)+$"}, "fields": {"items": {"oneOf": forms}}}}
    began, text = perf_counter(), "a" * 9_000_000
    assert [problem.rule for problem in found(schema, {"file": text, "fields": [text]})] == ["pattern", "type"]
    assert perf_counter() - began < 2


def test_there_is_an_end_of_the_problems() -> None:
    assert len(found({"items": {"type": "string"}}, [1] * 1500)) == 100
    assert len(found({"additionalProperties": False}, {str(name): 1 for name in range(500)})) == 100


def test_items_that_are_alike_are_found_quickly() -> None:
    began = perf_counter()
    assert [problem.rule for problem in found({"uniqueItems": True}, [*LARGE[:600], LARGE[0]])] == ["uniqueItems"]
    assert perf_counter() - began < 0.5


def form(number: int) -> Schema:
    value: Schema = {"oneOf": [{"const": f"{number} {choice}"} for choice in range(100)]}
    named: Schema = {"id": {"const": number}, "value": value}
    return {"type": "object", "required": ["id"], "properties": named, "unevaluatedProperties": False}


HUNDREDS: Schema = {"items": {"oneOf": [form(number) for number in range(100)]}}
OFFERED = "8 0, 8 1, 8 2, 8 3, 8 4, 8 5, 8 6, 8 7, 8 8, 8 9, 8 10, 8 11, 8 12, 8 13, 8 14, 8 15, 8 16, 8 17, 8 18, 8 19"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"id": 8, "value": "8"}, f"/0/value: must be one of {OFFERED} …."),
        ({"id": 8, "valu": "8"}, "/0/valu: is not a field here. Did you mean value?"),
        ({"id": 999}, "/0/id: must be one of 0, 1, 2, 3,"),
        ({}, "/0/id: is required. Give one of 0, 1, 2, 3,"),
        ([], "/0: must be an object, not a list."),
    ],
)
def test_one_of_hundreds_of_forms_is_found_quickly(item: Any, said: str) -> None:
    began = process_time()
    assert str(found(HUNDREDS, [item])[0]).startswith(said)
    assert len(found(HUNDREDS, [item] * 50)) >= 50
    assert process_time() - began < 5


def test_a_value_that_two_of_many_forms_take_fits_more_than_one() -> None:
    (problem,) = found({"oneOf": [*HUNDREDS["items"]["oneOf"], form(7)]}, {"id": 7})
    assert str(problem) == "(input): fits more than one form. Choose one of: id."
