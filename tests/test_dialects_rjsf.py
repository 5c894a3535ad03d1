"""Schemas for react-jsonschema-form: schema, ui schema and form data that belong together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connector.catalog import find
from connector.dialects.rjsf import rjsf
from connector.schema import Schema, Validator, closed, declared, misfit

CONNECTOR = find("zendesk")
EVERY = pytest.mark.parametrize("name", CONNECTOR.names)


@EVERY
def test_the_schema_takes_what_ours_takes(name: str) -> None:
    operation = CONNECTOR.operation(name)
    form = rjsf(operation.input_schema)
    assert misfit(form["schema"]) is None
    judge = Validator(form["schema"])
    for file in CONNECTOR.samples(operation.name):
        given = json.loads(file.read_bytes()).get("input", {})
        if operation.input_validator.accepts(given):
            judge.check(given)


@EVERY
def test_the_form_data_fit_as_far_as_they_go(name: str) -> None:
    operation = CONNECTOR.operation(name)
    form = rjsf(operation.input_schema)
    if not Validator(form["schema"]).accepts(form["form_data"]):
        problems = Validator(form["schema"]).problems(form["form_data"])
        assert {problem.rule for problem in problems} <= {"required", "minProperties"}


def strays(ui: dict[str, Any], schema: Schema) -> Iterator[str]:
    """The keys of a ui schema that name no property of its schema."""
    fields = declared(schema, schema)
    for key, value in ui.items():
        if key == "ui:order":
            yield from (name for name in value if name not in fields and name != "*")
        elif key == "items" and "items" in schema:
            yield from strays(value, schema["items"])
        elif key in ("oneOf", "anyOf") and isinstance(value, list):
            for shown, branch in zip(value, schema[key], strict=True):
                yield from strays(shown, branch)
        elif key not in ("ui:field", "ui:widget", "ui:options", "ui:enumDisabled"):
            yield from strays(value, fields[key]) if key in fields else [key]


@EVERY
def test_every_key_of_the_ui_names_a_field(name: str) -> None:
    operation = CONNECTOR.operation(name)
    form = rjsf(operation.input_schema)
    assert list(strays(form["ui_schema"], form["schema"])) == []


@EVERY
def test_a_form_meets_no_ref_and_no_word_of_ours(name: str) -> None:
    operation = CONNECTOR.operation(name)
    text = json.dumps(rjsf(operation.input_schema)["schema"])
    assert [word for word in ('"$ref"', '"allOf"', '"lookup": {', '"advanced": true') if word in text] == []


FIELDS = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "note": {"type": ["integer", "string", "null"], "format": "text", "advanced": True},
        "owner": {"type": "integer", "lookup": {"operation": "list_x_ddl"}, "default": 7},
        "secret": {"type": "string", "writeOnly": True},
        "file": {"$ref": "#/$defs/file"},
        "tags": {"type": "array", "items": {"type": "string", "lookup": {"operation": "list_tags"}}},
        "name": {"type": "string"},
    },
    "$defs": {"file": {"type": "object", "format": "file", "properties": {"name": {"type": "string"}}}},
}


def test_how_fields_are_shown() -> None:
    form = rjsf(FIELDS)
    assert form["ui_schema"] == {
        "ui:order": ["name", "owner", "secret", "file", "tags", "note", "*"],
        "note": {"ui:widget": "textarea", "ui:options": {"advanced": True}},
        "owner": {"ui:field": "connector-select", "ui:options": {"lookup": {"operation": "list_x_ddl"}}},
        "secret": {"ui:widget": "password"},
        "file": {"ui:field": "connector-file"},
        "tags": {"items": {"ui:field": "connector-select", "ui:options": {"lookup": {"operation": "list_tags"}}}},
    }
    assert form["form_data"] == {"owner": 7}
    assert form["schema"]["properties"]["note"] == {"type": ["string", "integer", "null"]}


def test_each_branch_of_a_choice_is_shown_for_itself() -> None:
    by_id = {"title": "By ID", "required": ["id"], "properties": {"id": {"type": "integer", "advanced": True}}}
    by_name = {"title": "By name", "required": ["id"], "properties": {"id": {"type": "string", "format": "textarea"}}}
    form = rjsf(closed({"type": "object", "properties": {"note": {"type": "string"}}, "oneOf": [by_id, by_name]}))
    assert form["ui_schema"] == {
        "oneOf": [{"id": {"ui:options": {"advanced": True}}}, {"id": {"ui:widget": "textarea"}}],
    }
    assert [branch["title"] for branch in form["schema"]["oneOf"]] == ["By ID", "By name"]


def test_a_value_that_is_no_longer_chosen_can_still_stand() -> None:
    old = {"oneOf": [{"const": None, "title": "None"}, {"const": "", "title": "None", "deprecated": True}]}
    form = rjsf({"properties": {"team": old}})
    assert form["ui_schema"] == {"team": {"ui:enumDisabled": [""]}}
    Validator(form["schema"]).check({"team": ""})


def test_a_choice_of_what_must_be_given_is_not_shown() -> None:
    schema = {"properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert "anyOf" not in rjsf(schema)["schema"]


def test_what_two_schemas_say_is_said_once() -> None:
    ours = {"allOf": [{"$ref": "#/$defs/both"}], "properties": {"a": {"title": "A"}, "b": True}, "required": ["b"],
            "$defs": {"both": {"title": "Both", "properties": {"a": {"type": "integer", "title": "B"}, "c": False},
                               "required": ["a"]}}}  # fmt: skip
    form = rjsf(closed(ours))
    assert form["schema"] == {
        "properties": {"a": {"title": "A", "type": "integer"}, "b": True, "c": False},
        "required": ["b", "a"],
        "unevaluatedProperties": False,
    }
    assert form["form_data"] == {}


def test_what_holds_itself_stays_a_ref() -> None:
    tree = {"title": "Tree", "type": "array", "items": {"$ref": "#/$defs/tree"}}
    form = rjsf({"properties": {"tree": {"$ref": "#/$defs/tree", "title": "The tree"}}, "$defs": {"tree": tree}})
    assert form["schema"]["properties"]["tree"] == {"title": "The tree", "$ref": "#/$defs/tree"}
    Validator(form["schema"]).check({"tree": [[], [[]]]})
    assert not Validator(form["schema"]).accepts({"tree": [1]})
