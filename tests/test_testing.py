"""The conformance suite: a sound connector passes, and each fault of a broken one is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from connector import Connector, testing

from .harbor import HARBOR, HOME, Spec, change, copy

PIER = Connector("pier", HOME.parent / "harbor_pkg" / "harbor_pkg")
Alter: TypeAlias = Callable[[Spec], object]


def put(*path: Any, value: Any) -> Alter:
    """Sets a value at a path of keys; with None as the value, takes it away."""

    def alter(spec: Any) -> None:
        for key in path[:-1]:
            spec = spec[key]
        if value is None:
            del spec[path[-1]]
        else:
            spec[path[-1]] = value

    return alter


def findings(connector: Connector, *names: str, strength: bool = False) -> list[tuple[str, str, str]]:
    """What is found: file name, place, and what is wrong with how to mend it."""
    found = testing.check(connector, names, strength=strength)
    return [(one.file.name, one.place, f"{one.message} {one.hint}".strip()) for one in found]


@pytest.mark.parametrize("name", HARBOR.names)
def test_harbor_has_nothing_wrong(name: str) -> None:
    assert findings(HARBOR, name, strength=True) == []


@pytest.mark.parametrize("connector", [HARBOR, PIER], ids=lambda connector: connector.name)
def test_a_sound_connector_has_nothing_wrong_as_a_whole(connector: Connector) -> None:
    assert list(testing.check(connector)) == []


# -- declarations ------------------------------------------------------------------------------------------------------

BERTH, LIST, BOOK = "get_berth", "list_berths", "create_booking"
NUMBER = {"type": "integer", "title": "Number", "description": "A number."}
DECLARATIONS: list[tuple[str, Alter, str, str]] = [
    ("pick_berth", put("records", value=None), "records", "is missing. A dropdown is a list."),
    (BERTH, put("title", value="Get berth."), "title", "ends with a full stop."),
    (BERTH, put("description", value="Read it"), "description", "is not a sentence. End it with a full stop."),
    (BERTH, put("output", value=None), "output", "is missing. Say what the operation answers."),
    (BERTH, put("requst", value="GET /x"), "requst", "is not a field here. Did you mean request?"),
    (BERTH, put("result", value="berth["), "result", "'berth[' is not JMESPath: Incomplete expression."),
    (
        BERTH,
        put("input", "properties", "part", "enumm", value=["a"]),
        "input/properties/part",
        "enumm is no keyword. Did you mean enum?",
    ),
    (
        BERTH,
        put("input", "properties", "part", "title", value=None),
        "input/properties/part",
        "has no title. People see it in forms.",
    ),
    (
        BERTH,
        put("input", "properties", "part", "description", value=""),
        "input/properties/part",
        "has no description. People see it in forms.",
    ),
    (
        BERTH,
        put("input", "properties", "part", "default", value="deck"),
        "input/properties/part/default",
        "does not fit its own schema.",
    ),
    (
        BERTH,
        put("input", "properties", "language", "pattern", value=r"^\p{L}"),
        "input/properties/language/pattern",
        "is no regular expression that every validator knows.",
    ),
    (
        BERTH,
        put("input", "required", value=["berth_no", "parts"]),
        "input/required",
        "parts is not among the properties.",
    ),
    (
        BERTH,
        put("input", "properties", "part", "type", value="strng"),
        "input/properties/part/type",
        "is no JSON Schema: must be one of array, boolean, integer, null, number, object, string. Did you mean string?",
    ),
    (
        BERTH,
        put("output", value={"$ref": "bert"}),
        "output",
        "$ref leads nowhere: bert (there is no schemas/harbor/bert.yaml).",
    ),
    (
        BERTH,
        put("request", value="GET /berths/{berth_number}{/part}{?show}"),
        "request",
        "berth_number is read, and is no input. Did you mean berth_no?",
    ),
    (BERTH, put("path", value={"wing": "part"}), "path/wing", "is in no request template."),
    (
        BERTH,
        put("headers", value=None),
        "input/properties/language",
        "is never sent. Map it in path, query, headers or body.",
    ),
    (LIST, put("records", value=None), "records", "is missing. A list says where its rows lie."),
    (
        LIST,
        put("pagination", value="slices"),
        "pagination",
        "'slices' is no paging style. connector.yaml has: slice, web, trail.",
    ),
    (
        LIST,
        put("input", "properties", "count", value={**NUMBER, "default": 0, "minimum": 1}),
        "input/properties/count/default",
        "does not fit its own schema.",
    ),
]


@pytest.mark.parametrize(("name", "alter", "place", "message"), DECLARATIONS)
def test_a_fault_of_a_declaration_is_found(name: str, alter: Alter, place: str, message: str, tmp_path: Path) -> None:
    broken = copy(tmp_path)
    change(broken.folder / f"{name}.yaml", alter)
    found = [(file, where, text.replace(f"{broken.home}/", "")) for file, where, text in findings(broken, name)]
    if "never sent" in message or "berth_number" in message:  # what is wired wrongly is also sent wrongly
        assert (f"{name}.yaml", place, message) in found
    else:
        assert found[:1] == [(f"{name}.yaml", place, message)]
        assert {file for file, _, _ in found} == {f"{name}.yaml"}


CONNECTOR: list[tuple[Alter, str, str]] = [
    (put("titel", value="x"), "titel", "is not a field here. Did you mean title?"),
    (
        put("url", value="https://{quay}.example"),
        "url",
        "quay is a value that a connection may lack. Name it in connection/required.",
    ),
    (
        put("connection", "type", value="objct"),
        "connection/type",
        "is no JSON Schema: must be one of array, boolean, integer, null, number, object, string. Did you mean object?",
    ),
    (
        put("auth", "office", "value", value="api_kee"),
        "auth/office/value",
        "api_kee is no value of the connection. Did you mean api_key?",
    ),
    (
        put("auth", "office", "value", value="join("),
        "auth/office/value",
        "'join(' is not JMESPath: Incomplete expression.",
    ),
    (put("errors", 0, value="faults["), "errors/0", "'faults[' is not JMESPath: Incomplete expression."),
    (
        put("sandbox", value={"marina": 5}),
        "sandbox",
        "is no connection: /marina: must be a text, not a whole number.",
    ),
    (
        put("pagination", "web", "query", "after", value="aft"),
        "pagination/web/query/after",
        "aft is no input of the style. Did you mean after?",
    ),
    (
        put("pagination", "web", "next", value={"aftr": "after"}),
        "pagination/web/next/aftr",
        "aftr is no input of the style. Did you mean after?",
    ),
    (
        put("pagination", "web", "next", value={"after": "a["}),
        "pagination/web/next/after",
        "'a[' is not JMESPath: Incomplete expression.",
    ),
    (
        put("pagination", "slice", "skip", value="skp"),
        "pagination/slice/skip",
        "skp is no input of the style. Did you mean skip?",
    ),
    (
        put("pagination", "slice", "more", value="a["),
        "pagination/slice/more",
        "'a[' is not JMESPath: Incomplete expression.",
    ),
]


@pytest.mark.parametrize(("alter", "place", "message"), CONNECTOR)
def test_a_fault_of_the_connector_is_found_and_ends_the_check(
    alter: Alter, place: str, message: str, tmp_path: Path
) -> None:
    broken = copy(tmp_path)
    change(broken.file, alter)
    assert findings(broken) == [("connector.yaml", place, message)]


def test_a_handler_that_cannot_be_imported_is_found(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    (broken.folder / "move_booking.py").write_text("import nothing_of_this_name")
    ((file, place, message),) = findings(broken)
    assert (file, place) == ("move_booking.yaml", "")
    assert "cannot be loaded: " in message
    assert "move_booking.py: cannot be imported: ModuleNotFoundError" in message


def test_broken_yaml_is_found_with_its_line(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    (broken.folder / "get_berth.yaml").write_text("title: Berth\ntitle: Berth\n")
    assert findings(broken) == [("get_berth.yaml", "line 2", "is not YAML: the key 'title' comes twice.")]


def test_what_belongs_to_no_operation_is_found(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    (broken.folder / "get_boat.py").write_text("")
    (broken.home / "samples/harbor/get_boat.json").write_text('{"output": {}}')
    (broken.home / "schemas/harbor/mast.yaml").write_text("{type: object}")
    change(broken.home / "schemas/harbor/types.yaml", put("$defs", "mast", value={"type": "object"}))
    assert findings(broken) == [
        ("get_boat.py", "", "belongs to no operation. Write get_boat.yaml beside it, or begin its name with _."),
        ("get_boat.json", "", "belongs to no operation. Take it away, or name it after one."),
        ("mast.yaml", "", "is used by no operation. Take it away."),
        ("types.yaml", "mast", "is used by no operation. Take it away."),
    ]


def test_a_lookup_inside_a_shared_schema_is_looked_at_where_it_is_used(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    lookup = {"operation": "pick_berth", "input": {"dock": "name", "quay": "length"}}
    change(broken.home / "schemas/harbor/boat.yaml", put("properties", "length", "lookup", value=lookup))
    place = "input/properties/boat/properties/length/lookup"
    assert findings(broken, "create_booking") == [
        ("create_booking.yaml", place, "pick_berth has no input 'quay'. Known: dock.")
    ]


def test_a_schema_may_ask_for_what_stands_around_it(tmp_path: Path) -> None:
    sound = copy(tmp_path)
    rule = {"if": {"required": ["part"]}, "then": {"required": ["language"]}}
    change(sound.folder / "get_berth.yaml", lambda spec: spec["input"].update(rule))
    assert findings(sound, "get_berth") == []
