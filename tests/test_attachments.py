"""Files in an input: by path, as bytes, or as `@file`; and back to bytes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import InputError, UsageError, decode
from connector.attachments import expand_at_files, with_files

from .harbor import HARBOR

FILE = {"type": "object", "format": "file", "properties": {"name": {"type": "string"}, "content": {"type": "string"}}}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    file = tmp_path / "chart.txt"
    file.write_bytes(b"hi")
    return file


@given(st.binary())
def test_bytes_come_back_as_they_were(content: bytes) -> None:
    file = with_files({"file": content})["file"]
    assert file["name"] == "file"
    assert decode(file["content"]) == content
    assert decode(base64.urlsafe_b64encode(content).decode().rstrip("=")) == content


def test_a_path_is_read_at_any_depth(chart: Path) -> None:
    read = {"name": "chart.txt", "content": "aGk="}
    assert with_files({"a": [{"b": chart}, 1], "c": None}) == {"a": [{"b": read}, 1], "c": None}


@pytest.mark.parametrize("value", [{}, {"a": [1, {"b": "chart.txt"}], "c": None}, [], None, "text"])
def test_an_input_without_files_is_kept_as_it_is(value: Any) -> None:
    assert with_files(value) is value


def test_an_input_that_is_nested_too_deeply_is_refused() -> None:
    value: Any = {}
    for _ in range(5000):
        value = {"a": value}
    endless: dict[str, Any] = {"additionalProperties": {"$ref": "#/$defs/more"}, "$defs": {}}
    endless["$defs"]["more"] = {"additionalProperties": {"$ref": "#/$defs/more"}}
    for read in (with_files, lambda given: expand_at_files(given, endless)):
        with pytest.raises(InputError, match="is nested too deeply"):
            read(value)


@pytest.mark.parametrize("name", ["nothing.txt", "."])
def test_a_file_that_cannot_be_read_is_a_usage_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: (No such file or directory|Is a directory)\."):
        with_files({"file": tmp_path / name})


@pytest.mark.parametrize(
    ("content", "decoded"),
    [
        ("aGk=", b"hi"),
        ("aGk", b"hi"),
        ("  aGk=\n", b"hi"),
        ("aG\r\nk=\r\n", b"hi"),
        ("-_8", b"\xfb\xff"),
        ("+/8=", b"\xfb\xff"),
        ("", b""),
    ],
)
def test_base64_is_read_in_either_alphabet_and_with_or_without_padding(content: str, decoded: bytes) -> None:
    assert decode(content) == decoded


@pytest.mark.parametrize("content", ["a", "aGk=a", "a$k=", "é", "aGk==aGk=", "\ud800"])
def test_what_is_not_base64_is_refused_at_its_place(content: str) -> None:
    with pytest.raises(InputError) as error:
        decode(content, "/body/binary/content")
    assert str(error.value.problems[0]) == "/body/binary/content: is not base64. Give the file's content in base64."


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"a": FILE}}, {"a": "@"}),
        ({"properties": {"a": {"$ref": "#/$defs/file"}}, "$defs": {"file": FILE}}, {"a": "@"}),
        ({"properties": {"a": {"type": "array", "items": FILE}}}, {"a": ["@", "@"]}),
        ({"additionalProperties": FILE}, {"x": "@"}),
        ({"allOf": [{"properties": {"a": FILE}}]}, {"a": "@"}),
        ({"oneOf": [{"properties": {"a": FILE}}, {"properties": {"b": {}}}]}, {"a": "@"}),
        ({"additionalProperties": {"anyOf": [{"type": "string"}, FILE]}}, {"x": "@"}),
    ],
)
def test_an_at_sign_reads_a_file_where_the_schema_has_one(schema: Any, value: Any, chart: Path) -> None:
    def named(item: Any, become: Any) -> Any:
        if isinstance(item, dict):
            return {key: named(child, become) for key, child in item.items()}
        return [named(child, become) for child in item] if isinstance(item, list) else become

    read = {"name": "chart.txt", "content": "aGk="}
    assert expand_at_files(named(value, f"@{chart}"), schema) == named(value, read)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"a": {"type": "string"}}}, {"a": "@/etc/passwd"}),
        ({"properties": {"a": FILE}}, {"a": "chart.txt", "b": "@/etc/passwd"}),
        ({"properties": {"a": FILE}}, {"a": {"name": "@x", "content": "aGk="}}),
        ({"properties": {"a": FILE}}, ["@/etc/passwd"]),
        ({}, "@/etc/passwd"),
    ],
)
def test_an_at_sign_elsewhere_is_a_text(schema: Any, value: Any) -> None:
    assert expand_at_files(value, schema) == value


def test_an_at_sign_before_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        expand_at_files({"a": f"@{tmp_path / 'nothing'}"}, {"properties": {"a": FILE}})


def test_the_raw_request_takes_files_in_its_bodies(chart: Path) -> None:
    schema = HARBOR.operation("raw_request").input_schema
    read = {"name": "chart.txt", "content": "aGk="}
    for body in ({"binary": f"@{chart}"}, {"form_data": {"page": f"@{chart}"}}):
        found = expand_at_files({"url": {"endpoint": "@x"}, "body": body}, schema)
        assert found["url"] == {"endpoint": "@x"}
        assert read in (found["body"].get("binary"), found["body"].get("form_data", {}).get("page"))
