"""Schemas in draft-04 and Tray's words: they take what ours take, and say it as Tray does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from time import process_time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from connector.catalog import find
from connector.dialects.draft04 import draft04
from connector.operation import Operation
from connector.schema import Schema, Validator, closed

CONNECTOR = find("zendesk")
KEYS = {"required", "advanced", "additionalProperties"}
EVERY = pytest.mark.parametrize("name", CONNECTOR.names)


def strict(schema: Any) -> Any:
    """Without the empty `required` that Tray has and draft-04 forbids."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: strict(value) for key, value in schema.items() if (key, value) != ("required", [])}


def validator(schema: Schema) -> Draft4Validator:
    written = strict(draft04(schema))
    Draft4Validator.check_schema(written)
    return Draft4Validator(written)


def objects(schema: Any, under: str = "") -> Iterator[Schema]:
    """Every schema inside one that says something of an object."""
    if isinstance(schema, list):
        for one in schema:
            yield from objects(one)
    elif isinstance(schema, dict):
        if under not in ("properties", "definitions") and (
            "properties" in schema or "object" in schema.get("type", ())
        ):
            yield schema
        for key, value in schema.items():
            if key not in ("default", "const", "enum", "lookup"):
                yield from objects(value, key if under not in ("properties", "definitions") else "")


def samples(operation: Operation) -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in CONNECTOR.samples(operation.name)]


@EVERY
def test_it_takes_what_ours_take(name: str) -> None:
    operation = CONNECTOR.operation(name)
    for schema, ours, key in (
        (operation.input_schema, operation.input_validator, "input"),
        (operation.output_schema, operation.output_validator, "output"),
    ):
        theirs = validator(schema)
        values = [sample[key] for sample in samples(operation) if key in sample and ours.accepts(sample[key])]
        assert [error.message for value in values for error in theirs.iter_errors(value)] == []


@EVERY
def test_every_object_has_the_three_keys_of_tray(name: str) -> None:
    operation = CONNECTOR.operation(name)
    for schema in (operation.input_schema, operation.output_schema):
        written = draft04(schema)
        for found in objects(written):
            assert found.keys() >= KEYS
            assert set(found["advanced"]) <= found["properties"].keys()
        assert '"advanced": true' not in json.dumps(written)
    assert all(found["additionalProperties"] is not True for found in objects(draft04(operation.input_schema))
               if found["properties"])  # fmt: skip


@EVERY
def test_a_ref_leads_only_to_what_holds_itself(name: str) -> None:
    operation = CONNECTOR.operation(name)
    assert "$ref" not in json.dumps(draft04(operation.input_schema))
    written = draft04(operation.output_schema)
    for name, schema in written.get("definitions", {}).items():
        assert f'"#/definitions/{name}"' in json.dumps(schema)
    assert json.dumps(written).count("$ref") >= len(written.get("definitions", {}))


def test_labels_stand_beside_the_values() -> None:
    order = draft04(
        {"type": "string", "oneOf": [{"const": "asc", "title": "Ascending"}, {"const": "desc", "title": "Descending"}]}
    )
    assert order["enum"] == ["asc", "desc"]
    assert order["enumLabels"] == ["Ascending", "Descending"]
    assert "oneOf" not in order


def test_a_lookup_names_its_siblings_in_braces() -> None:
    given = {"lookup": {"operation": "list_sections_ddl", "input": {"category_id": "category_id"}}}
    assert draft04(given)["lookup"] == {
        "operation": "list_sections_ddl",
        "input": {"category_id": "{{{category_id}}}"},
    }
    assert draft04({"lookup": {"operation": "list_x_ddl"}})["lookup"]["input"] == {}


def test_words_of_draft_04() -> None:
    assert draft04({"exclusiveMinimum": 3, "minimum": 1, "maximum": 9}) == {
        "$schema": "http://json-schema.org/draft-04/schema#", "minimum": 3, "exclusiveMinimum": True, "maximum": 9,
    }  # fmt: skip
    assert "exclusiveMaximum" not in draft04({"exclusiveMaximum": 9, "maximum": 5})
    assert draft04({"const": 1})["enum"] == [1]
    assert draft04({"format": "date-time"})["format"] == "datetime"
    assert draft04({"properties": {"a": True}, "dependentRequired": {"a": ["b"], "c": []}})["dependencies"] == {
        "a": ["b"]
    }
    assert not validator({"properties": {"a": False}}).is_valid({"a": 1})
    assert draft04({"properties": {"a": {"advanced": True}, "b": {}}})["advanced"] == ["a"]


FORMS = {
    "title": "Where",
    "type": "object",
    "properties": {"note": {"type": "string"}},
    "oneOf": [
        {"title": "By ID", "required": ["id"], "properties": {"id": {"type": "integer"}}},
        {"title": "By name", "required": ["name"], "properties": {"name": {"type": "string"}}},
    ],
}


def test_a_choice_of_forms_is_made_of_whole_objects() -> None:
    written = draft04(closed(FORMS))
    assert [branch["title"] for branch in written["oneOf"]] == ["By ID", "By name"]
    assert [list(branch["properties"]) for branch in written["oneOf"]] == [["id", "note"], ["name", "note"]]
    assert all(branch["type"] == "object" and branch["additionalProperties"] is False for branch in written["oneOf"])
    theirs = validator(closed(FORMS))
    assert theirs.is_valid({"id": 1, "note": "x"})
    assert not theirs.is_valid({"id": 1, "name": "x"})
    assert not theirs.is_valid({"note": "x"})


@pytest.mark.parametrize(
    ("branches", "key"),
    [
        ([{"type": "string"}, {"type": "number"}], "oneOf"),
        ([{"type": "integer"}, {"type": "number"}], "anyOf"),
        ([{"properties": {"kind": {"const": kind}}, "required": ["kind"]} for kind in "ab"], "oneOf"),
        ([{"properties": {"kind": {"const": kind}}} for kind in "ab"], "anyOf"),
        ([{"properties": {"a": {}, "b": {}}, "required": ["a", "b"]}, {"properties": {"a": {}, "b": {}},
           "maxProperties": 1}], "oneOf"),
        ([{"properties": {"a": {"not": {"const": 1}}}, "required": ["a"]},
          {"properties": {"a": {"const": 1}}, "required": ["a"]}], "anyOf"),  # `not` is dropped: they may overlap
    ],
)  # fmt: skip
def test_exactly_one_is_asked_for_only_where_no_two_can_fit(branches: list[Schema], key: str) -> None:
    around = {"type": "object", "additionalProperties": False} if "properties" in branches[0] else {}
    assert key in draft04({**around, "oneOf": branches})


INSIDE = (None, 1, "p", {"a": 1}, ["q"])
OBJECTS = [
    {name: value for name, value in zip("abc", values, strict=True) if value is not Ellipsis}
    for values in product((..., *INSIDE), repeat=3)
]
VALUES: list[Any] = [None, True, 0, 1, 2, "", "p", "q", [], [1], ["p", {}], *OBJECTS]
TYPES = ["string", "integer", "number", "null", "boolean", "array", "object"]


class Maker:
    """Makes schemas by chance. hypothesis draws them a hundred times slower."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def bundle(self) -> Schema:
        flat: Schema = self.chance.choice([{}, {"properties": {"a": {"type": "integer"}}}, {"type": "object"}])
        x, y = {"properties": {"a": self.schema(1)}}, {"items": self.schema(1)}
        return {**self.object(2), "$defs": {"x": x, "y": y, "z": flat}}

    def schema(self, depth: int) -> Any:
        choose = self.chance.choice
        if depth and choose([True, False]):
            return self.object(depth - 1)
        constants = self.chance.sample([None, True, 0, 1, 2, "p", "q"], 2)
        return choose(
            [
                choose([True, False]),
                {"$ref": f"#/$defs/{choose('xyz')}"},
                {"type": self.chance.sample(TYPES, 2)},
                {"type": choose(TYPES), "title": "A type"},
                {"const": choose(constants)},
                {"exclusiveMinimum": choose([0, 1, 2]), "minimum": 1},
                {"oneOf": [{"const": value} for value in constants]},
            ]
        )

    def part(self, depth: int) -> Schema:
        """An object, or a part of one; it refers in place only to what refers to nothing."""
        choose, some = self.chance.choice, self.chance.sample
        words: dict[str, Callable[[], Any]] = {
            "type": lambda: choose(["object", ["object", "null"]]),
            "properties": lambda: {name: self.schema(depth) for name in some("abc", choose([1, 2]))},
            "required": lambda: some("abc", choose([0, 1, 2])),
            "additionalProperties": lambda: self.schema(depth),
            "unevaluatedProperties": lambda: choose([True, False]),
            "patternProperties": lambda: {choose(["^a", "[bc]"]): self.schema(depth)},
            "dependentRequired": lambda: {choose("abc"): some("abc", choose([0, 1]))},
            "propertyNames": lambda: {"enum": ["a", "b"]},
            "maxProperties": lambda: choose([0, 1, 2]),
            "items": lambda: self.schema(depth),
            "$ref": lambda: "#/$defs/z",
        }
        return {word: words[word]() for word in some(list(words), choose([1, 2, 3, 4]))}

    def object(self, depth: int) -> Schema:
        parts = [self.part(depth) for _ in range(3)]
        words: dict[str, Any] = {
            **{word: parts[: self.chance.choice([1, 2, 3])] for word in ("oneOf", "anyOf", "allOf")},
            **{word: self.part(depth) for word in ("not", "if", "then", "else")},
            "dependentSchemas": {"a": self.part(depth)},
        }
        if depth:
            words["allOf"].append({"oneOf": parts[:2]})
        return self.part(depth) | {word: words[word] for word in self.chance.sample(list(words), 2)}


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=True), st.booleans())
def test_whatever_a_schema_takes_it_takes_in_draft_04(chance: Random, close: bool) -> None:
    bundle = Maker(chance).bundle()
    schema = closed(bundle) if close else bundle
    ours, theirs = Validator(schema), jsonschema_rs.Draft4Validator(strict(draft04(schema)))
    for value in VALUES:
        if ours.accepts(value):
            assert theirs.is_valid(value), (schema, value, draft04(schema))


def test_hundreds_of_forms_are_told_apart_quickly() -> None:
    named = [{"type": "object", "required": ["id"], "properties": {"id": {"const": number}}} for number in range(1500)]
    began = process_time()
    assert len(draft04({"oneOf": named})["oneOf"]) == 1500
    assert process_time() - began < 4
    assert len(draft04({"oneOf": [*named[:30], named[7]]})["anyOf"]) == 31
    assert len(draft04({"oneOf": [*named[:30], {**named[7], "required": []}]})["anyOf"]) == 31
