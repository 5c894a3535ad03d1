"""Shared schemas in one bundle, closed to unknown names; and two validators that give one verdict."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from connector import DeclarationError, InputError
from connector.schema import Schema, Validator, bundle, closed, declared, defaults, deref, misfit

from .harbor import HARBOR, operation

SHARED: dict[str, Schema] = {
    "boat": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "tender": {"$ref": "boat"}},
    },
    "types": {"$defs": {"day": {"type": "string", "title": "Day"}, "boat": {"type": "integer"}}},
    "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
}


def whole(schema: Schema) -> Schema:
    return closed(bundle(schema, SHARED.__getitem__))


def test_a_bundle_holds_every_schema_that_it_reaches() -> None:
    bundled = bundle({"properties": {"a": {"$ref": "boat"}, "b": {"$ref": "types#boat"}}}, SHARED.__getitem__)
    names = [bundled["properties"][name]["$ref"].removeprefix("#/$defs/") for name in "ab"]
    assert len(set(names)) == 2
    assert bundled["$defs"].keys() == set(names)
    assert bundled["$defs"][names[0]]["properties"]["tender"] == {"$ref": f"#/$defs/{names[0]}"}
    assert bundled["$defs"][names[1]] == {"type": "integer"}


@pytest.mark.parametrize("ref", ["ship", "types#ship", "#/$defs/ship", "#", "https://example.org/ship"])
def test_a_reference_that_leads_nowhere_names_itself_and_the_key(ref: str) -> None:
    broken = operation({"request": "GET /x", "input": {"properties": {"a": {"$ref": ref}}}}, shared=SHARED)
    with pytest.raises(DeclarationError) as error:
        broken.input_schema  # noqa: B018 - reading it is the test
    assert (error.value.file, error.value.key) == ("example.yaml", "input")
    assert ref in error.value.message


def test_what_stands_beside_a_reference_wins() -> None:
    bundled = bundle({"properties": {"a": {"$ref": "types#day", "title": "Arrival"}}}, SHARED.__getitem__)
    found = deref(bundled["properties"]["a"], bundled)
    assert (found["title"], found["type"]) == ("Arrival", "string")


CLOSED = [
    ({"properties": {"a": {}}}, {"a": 1}, True),
    ({"properties": {"a": {}}}, {"b": 1}, False),
    ({"properties": {"a": {"properties": {"b": {}}}}}, {"a": {"c": 1}}, False),
    ({"properties": {"a": {"items": {"properties": {"b": {}}}}}}, {"a": [{"c": 1}]}, False),
    ({"properties": {"a": {"$ref": "boat"}}}, {"a": {"name": "Ida"}}, True),
    ({"properties": {"a": {"$ref": "boat"}}}, {"a": {"name": "Ida", "mast": 1}}, False),
    ({"properties": {"a": {"$ref": "boat"}}}, {"a": {"name": "Ida", "tender": {"name": "Tom", "mast": 1}}}, False),
    ({"allOf": [{"$ref": "boat"}], "properties": {"b": {}}}, {"name": "Ida", "b": 1}, True),
    ({"allOf": [{"$ref": "boat"}], "properties": {"b": {}}}, {"name": "Ida", "c": 1}, False),
    ({"$ref": "boat", "properties": {"b": {}}}, {"name": "Ida", "b": 1}, True),
    (
        {"oneOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]},
        {"a": 1},
        True,
    ),
    (
        {"oneOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]},
        {"a": 1, "c": 1},
        False,
    ),
    ({"properties": {"a": {"type": "object"}}}, {"a": {"anything": 1}}, True),
    ({"properties": {"a": {"$ref": "open"}}}, {"a": {"a": 1, "anything": 1}}, True),
    ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, {"b": "x"}, True),
    ({"properties": {"a": {}}, "patternProperties": {"^x_": {}}}, {"x_1": 1}, True),
    ({"properties": {"a": True, "b": False}}, {"a": 1}, True),
    ({"properties": {"a": True, "b": False}}, {"b": 1}, False),
    (
        {"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "properties": {"a": {}, "b": {}}},
        {"a": 1},
        False,
    ),
]


@pytest.mark.parametrize(("schema", "value", "fits"), CLOSED)
def test_an_object_that_declares_properties_refuses_all_others(schema: Schema, value: Any, fits: bool) -> None:
    assert Validator(whole(schema)).accepts(value) is fits


def test_closing_changes_neither_the_schema_nor_the_shared_ones() -> None:
    schema, before = (
        {"properties": {"a": {"$ref": "boat"}, "b": {"items": {"properties": {"c": {}}}}}},
        copy.deepcopy(SHARED),
    )
    kept = copy.deepcopy(schema)
    whole(schema)
    assert (schema, SHARED) == (kept, before)


def test_declared_names_go_through_references_and_branches() -> None:
    schema = {
        "allOf": [{"$ref": "boat"}],
        "oneOf": [{"properties": {"a": {}}}, {"$ref": "open"}],
        "if": {"properties": {"b": {}}},
        "dependentSchemas": {"a": {"properties": {"c": {}}}},
        "properties": {"d": {}},
    }
    assert declared(whole(schema), whole(schema)).keys() == {"name", "tender", "a", "b", "c", "d"}


def test_defaults_are_those_of_the_top() -> None:
    schema = {"properties": {"a": {"default": 1}, "b": {"properties": {"c": {"default": 2}}}, "d": {"default": None}}}
    assert defaults(whole(schema)) == {"a": 1, "d": None}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [({"type": "strng"}, "/type"), ({"properties": ["a"]}, "/properties"), ({"required": "a"}, "/required")],
)
def test_what_is_no_schema_is_a_declaration_error_with_the_place(schema: Any, pointer: str) -> None:
    assert [wrong.pointer for wrong in [misfit(schema)] if wrong] == [pointer]
    for key in ("input", "output"):
        broken = operation({"request": "GET /x", key: schema})
        with pytest.raises(DeclarationError) as error:
            getattr(broken, f"{key}_schema")
        assert error.value.key == key + pointer


def test_every_schema_of_harbor_is_one() -> None:
    for one in HARBOR.operations():
        assert misfit(one.input_schema) is None
        assert misfit(one.output_schema) is None


def test_an_input_is_refused_with_every_problem_at_once() -> None:
    with pytest.raises(InputError) as error:
        Validator(whole({"required": ["a"], "properties": {"a": {}, "b": {"type": "string"}}})).check({"b": 1, "c": 2})
    assert {problem.pointer for problem in error.value.problems} == {"/a", "/b", "/c"}


def deep(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("value", [deep(300), deep(5000), {"a": {1, 2}}, {1: 2}, object()])
def test_what_no_validator_takes_does_not_fit_and_is_explained(value: Any) -> None:
    judge = Validator(whole({"type": "object", "$ref": "open"}))
    if not judge.accepts(value):
        assert judge.problems(value)
    assert judge.accepts({"a": deep(100)})


# -- one verdict ---------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "d"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "", "a", "12", "1\n", "ä"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"])


def _inside(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    maps: Callable[[], st.SearchStrategy[Schema]] = lambda: st.dictionaries(NAMES, inner, max_size=3)  # noqa: E731
    return st.fixed_dictionaries(
        {},
        optional={
            "type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True),
            "properties": maps(),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": inner | st.booleans(),
            "items": inner,
            "oneOf": st.lists(inner, min_size=1, max_size=3),
            "anyOf": st.lists(inner, min_size=1, max_size=3),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        },
    )


LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": KINDS,
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "const": SCALARS,
        "minimum": st.integers(-2, 2),
        "maxLength": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "pattern": st.sampled_from(["^[0-9]+$", "a", "^$"]),
        "uniqueItems": st.booleans(),
        "title": st.just("Title"),
    },
)
SCHEMAS = st.recursive(LEAVES, _inside, max_leaves=6)


def _ends_in_newline(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_ends_in_newline, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value.endswith("\n")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, VALUES)
def test_the_fast_validator_and_jsonschema_give_one_verdict(schema: Schema, value: Any) -> None:
    """But for one known difference: in Python, `$` also stands before a newline that ends the text."""
    for judged in (schema, closed(schema)):
        fast = Validator(judged).accepts(value)
        if not _ends_in_newline(value):
            assert fast is Draft202012Validator(judged).is_valid(value)
        if not fast:
            problems = Validator(judged).problems(value)
            assert problems
            assert all(problem.message.endswith(".") for problem in problems)


def test_digits_with_a_newline_are_refused_and_explained() -> None:
    judge = Validator({"type": "string", "pattern": "^[0-9]+$"})
    assert Draft202012Validator(judge.schema).is_valid("12\n")
    assert not judge.accepts("12\n")
    assert [problem.rule for problem in judge.problems("12\n")] == ["pattern"]
