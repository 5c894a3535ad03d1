"""Reading declarations: YAML that means one thing only, and refusals that name the place and what would be right."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector import DeclarationError
from connector.files import built_in_home, read_declaration, read_yaml

WORDS = "title: T\ndescription: D.\n"
SERVICE = WORDS + "url: https://x.example\nconnection: {}\n"


def read(folder: Path, text: str | bytes) -> Any:
    file = folder / "example.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(file)


@pytest.mark.parametrize(
    "word",
    "on off yes no Y n = << v1 2030-06-01 2030-06-01T10:00:00Z 12:30 1:2:3 010 0o14 0x1F 1_000 .inf .nan .5 +1".split(),
)
def test_a_word_stays_text(word: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"a: {word}\nb: [{word}]\n") == {"a": word, "b": [word]}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("0.5", 0.5),
        ("-1.50", -1.5),
        ("1e3", 1000.0),
        ("'5'", "5"),
        ("'true'", "true"),
    ],
)
def test_a_plain_value_is_what_json_knows(word: str, value: Any, tmp_path: Path) -> None:
    found = read(tmp_path, f"a: {word}")["a"]
    assert (found, type(found)) == (value, type(value))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text("abz09 :-é'\"{"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abz"), inner),
    )
)
def test_json_is_read_as_json(value: Any, tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(json.dumps({"value": value}))
    os.utime(file, ns=(0, hash(file.read_bytes()) % 10**15))
    assert read_yaml(file) == {"value": value}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' comes twice"),
        ("a:\n  - b: 1\n    b: 2\n", 3, "the key 'b' comes twice"),
        ("a: 1\n5: 2\n", 2, "a key must be text; quote it"),
        ("a: 1\ntrue: 2\n", 2, "a key must be text; quote it"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key must be text; quote it"),
        ("a: 1\nb: [1, 2\n", 3, "did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", 2, "tab character"),
        ("a: *b\n", 1, "found undefined alias"),
        ("a: 1\nb: !!python/name:os.system\n", 2, "could not determine a constructor"),
        ("a: 1\nb: !!timestamp 2030-06-01\n", 2, "could not determine a constructor"),
        ("a: 1\nb: !!set {c}\n", 2, "could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
    ],
)
def test_broken_yaml_names_the_line_and_the_reason(text: str, line: int, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as error:
        read(tmp_path, text)
    assert error.value.file == str(tmp_path / "example.yaml")
    assert error.value.key == f"line {line}"
    assert reason in error.value.problem


def test_what_is_no_text_is_not_yaml(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="is not YAML: "):
        read(tmp_path, b"a: \xff\xfe")


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot be read: No such file or directory"):
        read_yaml(tmp_path / "example.yaml")


# -- what is kept beside a file ----------------------------------------------------------------------------------------


def test_a_file_is_read_anew_when_it_changes(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 1") == {"a": 1}
    assert read_yaml(tmp_path / "example.yaml") == {"a": 1}
    assert read(tmp_path, "a: 12") == {"a": 12}


@pytest.mark.parametrize("content", ["", "{", "null", "5", "[1]", "[1, 2, 3]", '{"a": 1}'])
def test_what_is_kept_is_never_trusted_blindly(content: str, tmp_path: Path) -> None:
    assert read(tmp_path, "a: 1") == {"a": 1}
    for kept in (tmp_path / "__pycache__").iterdir():
        kept.write_text(content)
    assert read_yaml(tmp_path / "example.yaml") == {"a": 1}


def test_a_folder_that_cannot_be_written_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where the folder would be")
    assert read(tmp_path, "a: 1") == {"a": 1}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["__pycache__", "example.yaml"]


# -- the grammar -------------------------------------------------------------------------------------------------------

WHOLE_LINE = "Wanted: A method and an RFC 6570 template of the path, such as GET /tickets/{ticket_id}{?include}."
OPERATIONS = [
    ("", "", "must be an object, not null."),
    ("[]", "", "must be an object, not a list."),
    ("title: T\nrequest: GET /x", "description", "is required. Give Description."),
    ("titel: T\ndescription: D.", "titel", "is not a field here. Did you mean title?"),
    (WORDS + "requst: GET /x", "requst", "is not a field here. Did you mean request?"),
    (WORDS + "request: FETCH /x", "request", f"is not of the right form. {WHOLE_LINE}"),
    (WORDS + "request: GET x", "request", f"is not of the right form. {WHOLE_LINE}"),
    (WORDS + "request: [GET /x, y]", "request/1", f"is not of the right form. {WHOLE_LINE}"),
    (WORDS + "request: []", "request", "must have at least 1 item."),
    (WORDS + "request: 5", "request", "must be a text or a list or null, not a whole number."),
    (WORDS + "effect: reed", "effect", "must be one of read, create, replace, change, destroy. Did you mean read?"),
    (WORDS + "query: {a: 1}", "query/a", "must be a text, not a whole number."),
    (WORDS + "query: {a: ''}", "query/a", "must have at least 1 character."),
    (WORDS + "body: true", "body", "must be a text or an object or a list, not true or false."),
    (WORDS + "pagination: {}", "pagination", "must have at least 1 field. Give 1 more."),
    (WORDS + "pagination: {a: {}, b: {}}", "pagination", "must have at most 1 field."),
    (WORDS + "options: {text: a, value: b, serch: c}", "options/serch", "is not a field here. Did you mean search?"),
    (WORDS + "options: {text: a}", "options/value", "is required. Give Value."),
    (WORDS + "input: []", "input", "must be an object, not a list."),
]
CONNECTORS = [
    ("url: https://x.example\n" + WORDS + "auth: {}", "connection", "is required. Give Connection."),
    (SERVICE + "auth: {a: {title: A, type: basic}}", "auth/a/username", "is required. Give Username."),
    (SERVICE + "auth: {a: {title: A, type: digest}}", "auth/a/type", "must be one of basic, bearer, api_key, oauth2."),
    (
        SERVICE + "auth: {a: {title: A, type: bearer, tokn: t}}",
        "auth/a/tokn",
        "is not a field here. Did you mean token?",
    ),
    (SERVICE + "auth: {a: {title: A, type: api_key, name: K, value: k}}", "auth/a/place", "is required. Give Place."),
    (
        SERVICE + "auth: {}\npagination: {a: {input: {}, query: {}, lnk: b}}",
        "pagination/a/lnk",
        "is not a field here. Did you mean link?",
    ),
    (
        SERVICE.replace("https", "ftp") + "auth: {}",
        "url",
        "is not of the right form. Wanted: The base URL; {name} is a value of the connection.",
    ),
]


@pytest.mark.parametrize(
    ("kind", "text", "key", "sentence"),
    [("operation", *case) for case in OPERATIONS] + [("connector", *case) for case in CONNECTORS],
)
def test_the_grammar_names_the_key_and_what_would_be_right(
    kind: str, text: str, key: str, sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(text)
    with pytest.raises(DeclarationError) as error:
        read_declaration(file, kind)
    assert (error.value.file, error.value.key) == (str(file), key)
    assert error.value.message == f"{file}: {key + ': ' if key else ''}{sentence}"


def test_the_built_in_home_holds_the_grammars() -> None:
    for kind in ("operation", "connector"):
        assert json.loads((built_in_home() / "schemas" / f"{kind}.json").read_bytes())["additionalProperties"] is False
