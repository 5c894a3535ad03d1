"""Requests and responses as plain values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import OutputError, Request, Response
from connector.message import ABSENT

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_any_json_comes_back_as_it_was_sent(value: Any) -> None:
    assert Response(200, (), Request("POST", "/", json=value).body() or b"").json() == value


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_sent_as_json(text: str) -> None:
    assert json.loads(Request("POST", "/", json=[text]).body() or b"") == json.loads(json.dumps([text]))


def test_a_null_is_a_body_and_nothing_is_none() -> None:
    assert Request("POST", "/", json=None).body() == b"null"
    assert Request("POST", "/").body() is None
    assert Request("POST", "/", content=b"").body() == b""
    assert repr(ABSENT) == "ABSENT"
    assert not ABSENT


def test_a_request_has_json_or_content_not_both() -> None:
    with pytest.raises(ValueError, match="not both"):
        Request("POST", "/", json={}, content=b"{}")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_json_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Request("POST", "/", json=value).body()


def test_a_line_leaves_out_the_query() -> None:
    assert Request("GET", "/tickets/1?code=s3cret").line == "GET /tickets/1"


def test_a_header_may_come_twice() -> None:
    pairs = (("A", "1"), ("A", "2"))
    assert Request("GET", "/", headers=pairs).header_pairs() == [*pairs]
    assert Request("GET", "/", headers={"A": "1"}).header_pairs() == [("A", "1")]


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_a_header_is_found_without_regard_to_case_and_the_first_counts(name: str) -> None:
    response = Response(200, (("retry-After", "1"), ("Retry-After", "2")))
    assert response.header(name) == "1"
    assert response.header("Retry") is None


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text/plain", b"caf\xc3\xa9", "café"),
        ("text/plain; charset=latin-1", b"caf\xe9", "café"),
        ('text/plain; Charset="ISO-8859-1"; x=1', b"caf\xe9", "café"),
        ("text/plain; charset=nonsense", b"caf\xc3\xa9", "café"),
        ("text/plain", b"caf\xe9", "caf\ufffd"),
    ],
)
def test_text_is_read_in_the_charset_that_the_answer_names(kind: str, content: bytes, text: str) -> None:
    assert Response(200, (("Content-Type", kind),), content).text == text


@given(st.sampled_from(["idna", "base64", "undefined", "punycode", "utf-7", "rot13", "\0"]) | st.text(), st.binary())
def test_no_charset_and_no_bytes_break_the_text(charset: str, content: bytes) -> None:
    assert isinstance(Response(200, (("content-type", f"text/plain; charset={charset}"),), content).text, str)


@pytest.mark.parametrize("content", [b"", b" \r\n\t"])
def test_an_empty_body_is_an_empty_object_to_an_operation_and_nothing_to_a_reader(content: bytes) -> None:
    assert Response(204, (), content).json() == {}
    assert Response(204, (), content).body() is None


@pytest.mark.parametrize("content", [b"<html>", b"{", b"\xff", b'{"a": 1}x', b"[" * 100_000, b"x" * 10_000])
def test_what_is_not_json_is_an_output_error_and_text_to_a_reader(content: bytes) -> None:
    response = Response(200, (), content)
    with pytest.raises(OutputError, match="The answer is not JSON"):
        response.json()
    assert response.body() == response.text


@pytest.mark.parametrize("size", [1, 5000])
@pytest.mark.parametrize(
    "text", ['"\\ud83d"', "12345678901234567890123", "1e2", "[1.0, -0.0]", '{"a": 1, "a": 2}', '"\\u0000"', '"é😀"']
)
def test_long_and_short_answers_are_read_alike(text: str, size: int) -> None:
    content = f'[{text}, "{"x" * size}"]'.encode()
    assert repr(Response(200, (), content).json()) == repr(json.loads(content))
