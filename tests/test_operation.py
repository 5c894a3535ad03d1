"""One operation: what of its input is sent, what of its answer comes out, and what its author may not write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import DeclarationError, InputError, OutputError, Response
from connector.message import ABSENT

from . import small_home
from .harbor import HARBOR, Spec, operation, sent

ANY: Spec = {"properties": {name: {} for name in "abcd"}}


def answered(spec: Spec, content: bytes, status: int = 200) -> Any:
    return operation({"request": "GET /x", **spec}).output(Response(status, (), content))


# -- the request -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "given", "url", "body"),
    [
        ({"request": "GET /x{?a}", "query": {"b": "b"}}, {}, "/x", ABSENT),
        ({"request": "GET /x{?a}", "query": {"b": "b"}}, {"a": None, "b": None}, "/x", ABSENT),
        ({"request": "GET /x{?a}", "query": {"b[c]": "b"}}, {"a": 1, "b": [2, 3]}, "/x?a=1&b%5Bc%5D=2,3", ABSENT),
        ({"request": "GET /x?f=1", "query": {"b": "b"}}, {"b": True}, "/x?f=1&b=true", ABSENT),
        ({"request": "GET /x/{id}", "path": {"id": "a.id"}}, {"a": {"id": 5}}, "/x/5", ABSENT),
        ({"request": "GET /x/{a.id}"}, {"a": {"id": 5}}, "/x/5", ABSENT),
        ({"request": "GET /x/{a}", "path": {"a": "lower(a)"}}, {"a": "UP"}, "/x/up", ABSENT),
        ({"request": "POST /x"}, {"a": 1}, "/x", ABSENT),
        ({"request": "POST /x", "body": "a"}, {}, "/x", {}),
        ({"request": "POST /x", "body": "a"}, {"a": None}, "/x", None),
        ({"request": "POST /x", "body": {"a": "a", "b": "b"}}, {"a": None}, "/x", {"a": None}),
        ({"request": "POST /x", "body": {"a": "a && a"}}, {"a": None}, "/x", {}),
        (
            {"request": "POST /x/{a}{?b}", "body": "*"},
            {"a": 1, "b": 2, "c": 3, "d": None},
            "/x/1?b=2",
            {"c": 3, "d": None},
        ),
        (
            {"request": "POST /x", "query": {"q": "join(a, b)"}, "body": "*"},
            {"a": "-", "b": ["1", "2"], "c": 3},
            "/x?q=1-2",
            {"c": 3},
        ),
        (
            {"request": "POST /x", "body": {"all": "*", "own": "a.b"}},
            {"a": {"b": 1}, "c": 2},
            "/x",
            {"all": {"c": 2}, "own": 1},
        ),
        ({"request": "POST /x", "headers": {"X": "a"}, "body": "*"}, {"a": "h", "b": 1}, "/x", {"b": 1}),
    ],
)
def test_absent_and_null_are_sent_by_the_rules_of_presence(spec: Spec, given: Spec, url: str, body: Any) -> None:
    request = sent(spec, given)
    assert (request.url, request.json) == (url, body)


def test_a_header_takes_text_and_lists_and_leaves_out_nothing() -> None:
    spec = {"request": "GET /x", "headers": {"A": "a", "B": "b", "C": "c", "D": "d"}}
    assert sent(spec, {"a": ["x", 2], "b": True, "c": None}).header_pairs() == [("A", "x, 2"), ("B", "true")]


@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\nb", "a\0", ["a", "b\r"]])
def test_a_header_with_a_line_break_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="the header X-A has a line break"):
        sent({"request": "GET /x", "headers": {"X-A": "a"}}, {"a": value})


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"a": 1}, "/a/1"),
        ({"a": 1, "b": 2}, "/a/1"),
        ({"b": 2}, "/b/2"),
        ({"a": None, "b": 2}, "/b/2"),
        ({"a": [], "b": 2}, "/b/2"),
        ({"c": 3}, "/all?c=3"),
    ],
)
def test_the_first_line_whose_path_is_given_is_sent(given: Spec, url: str) -> None:
    assert sent({"request": ["GET /a/{a}", "GET /b/{b}", "GET /all{?c}"]}, given).url == url


def test_without_a_line_that_fits_the_names_are_told() -> None:
    with pytest.raises(InputError) as error:
        sent({"request": ["GET /a/{a}", "GET /b/{b}/{c}"]}, {"b": 1})
    assert "a or b or c is required." in error.value.message


def test_each_line_has_its_own_method() -> None:
    spec = {"request": ["PUT /x/{a}", "POST /x"], "body": "*"}
    assert (sent(spec, {"a": 1}).line, sent(spec, {"b": 1}).line) == ("PUT /x/1", "POST /x")


@pytest.mark.parametrize(
    ("method", "effect"),
    [
        ("GET", "read"),
        ("HEAD", "read"),
        ("OPTIONS", "read"),
        ("POST", "create"),
        ("PUT", "replace"),
        ("PATCH", "change"),
        ("DELETE", "destroy"),
    ],
)
def test_the_effect_is_read_from_the_method_unless_it_is_stated(method: str, effect: str) -> None:
    assert operation({"request": f"{method} /x"}).effect == effect
    assert operation({"request": f"{method} /x", "effect": "change"}).effect == "change"
    assert operation({"request": [f"{method} /x", "GET /y"]}).effect_of({}) == effect


def test_the_raw_request_has_the_effect_of_its_method() -> None:
    raw = HARBOR.operation("raw_request")
    assert raw.effect == "change"
    assert [raw.effect_of({"method": method}) for method in ("GET", "POST", "DELETE")] == ["read", "create", "destroy"]
    assert raw.effect_of({}) == "read"


# -- the answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "content", "output"),
    [
        (None, b'{"a": 1}', {"a": 1}),
        (None, b"", {}),
        (None, b" \n", {}),
        (None, b"[]", []),
        (None, b"null", None),
        ("a", b'{"a": 1}', 1),
        ("a", b'{"a": []}', []),
        ("a", b'{"a": false}', False),
        ("a", b"", {}),
        ("a", b"{}", {}),
        ("a", b"null", {}),
        ("a.b", b'{"a": {"b": 2}}', 2),
        ("a[0].b", b'{"a": [{"b": 2}]}', 2),
        ("{total: count, rows: rows}", b'{"count": 1, "rows": []}', {"total": 1, "rows": []}),
    ],
)
def test_the_output_is_the_answer_or_what_result_finds(result: str | None, content: bytes, output: Any) -> None:
    assert answered({"result": result}, content) == output


@pytest.mark.parametrize(
    ("result", "content", "sentence"),
    [
        ("a", b'{"b": 1}', "The answer has no a."),
        ("a", b'{"a": null}', "The answer has no a."),
        ("a", b"[]", "The answer has no a."),
        ("a[0]", b'{"a": []}', r"The answer has no a\[0\]."),
        ("length(a)", b'{"a": null}', "The answer is not as expected: 'length"),
        ("a", b"<html>", "The answer is not JSON\\."),
        (None, b"\xff", "The answer is not JSON"),
        (None, b"[" * 100_000, "The answer is not JSON"),
    ],
)
def test_a_result_that_finds_nothing_is_an_error_and_never_none(
    result: str | None, content: bytes, sentence: str
) -> None:
    with pytest.raises(OutputError, match=sentence):
        answered({"result": result}, content)


# -- the input -------------------------------------------------------------------------------------------------------


def test_defaults_fill_what_is_absent_and_leave_the_input_as_it_was() -> None:
    one = operation({"request": "GET /x", "input": {"properties": {"a": {"default": 1}, "b": {}, "c": {"default": 2}}}})
    given: Spec = {"b": 3, "c": None}
    assert one.check_input(given) == {"a": 1, "b": 3, "c": None}
    assert given == {"b": 3, "c": None}


@pytest.mark.parametrize("given", [[], "x", None, 5])
def test_an_input_is_an_object(given: Any) -> None:
    with pytest.raises(InputError, match="must be an object"):
        operation({"request": "GET /x"}).check_input(given)


def test_an_operation_without_properties_takes_an_empty_object_only() -> None:
    bare = operation({"request": "GET /x"})
    assert bare.check_input({}) == {}
    with pytest.raises(InputError, match="is not a field here"):
        bare.check_input({"a": 1})


def test_an_output_may_hold_what_its_schema_does_not_name() -> None:
    one = operation({"request": "GET /x", "output": {"required": ["a"], "properties": {"a": {"type": "integer"}}}})
    assert one.output_validator.accepts({"a": 1, "new": {}})
    assert not one.output_validator.accepts({"new": {}})
    assert not one.output_validator.accepts([])


# -- what an author may not write ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "key", "sentence"),
    [
        ({}, "request", "has neither a request nor a handler. Keep the request, or example.py beside the file."),
        ({"request": "GET /x/{a"}, "request", "'/x/{a' is no URI template: a brace has no partner."),
        ({"request": "GET /x", "query": {"a": "b["}}, "query/a", "'b[' is not JMESPath"),
        ({"request": "GET /{a}", "path": {"a": "b("}}, "path/a", "'b(' is not JMESPath"),
        ({"request": "GET /x", "headers": {"A": "lowr(b)"}}, "headers/A", "there is no function lowr()"),
        ({"request": "GET /x", "body": {"a": [{"b": "c d"}]}}, "body", "'c d' is not JMESPath"),
        ({"request": "GET /x", "body": {"a": True}}, "body", "write a literal in backticks, as '`true`'."),
        ({"request": "GET /x", "result": "a["}, "result", "'a[' is not JMESPath"),
        ({"request": "GET /x", "records": "a["}, "records", "'a[' is not JMESPath"),
        ({"request": "GET /x", "options": {"text": "a[", "value": "b"}}, "options/text", "'a[' is not JMESPath"),
        ({"request": "GET /x", "options": {"text": "a", "value": "b", "active": "!"}}, "options/active", "'!' is not"),
    ],
)
def test_an_authors_mistake_fails_at_load_with_file_and_key(spec: Spec, key: str, sentence: str) -> None:
    with pytest.raises(DeclarationError) as error:
        operation(spec)
    assert (error.value.file, error.value.key) == ("example.yaml", key)
    assert sentence in error.value.message


@pytest.mark.parametrize(
    "key", ["effect", "path", "query", "headers", "body", "pagination", "result", "records", "options"]
)
def test_a_key_without_a_value_is_as_if_it_were_not_there(key: str) -> None:
    assert sent({"request": "GET /x", key: None}, {}).url == "/x"


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        ({"request": "GET /x", "query": {"q": "lower(a)"}}, {"a": 5}),
        ({"request": "POST /x", "body": [{"b": "b"}, "a"]}, {"a": 5}),
        ({"request": "POST /x", "body": "from_items(a)"}, {"a": [1]}),
    ],
)
def test_what_a_declaration_cannot_compute_of_an_input_names_its_file(spec: Spec, given: Spec, tmp_path: Path) -> None:
    shed = small_home.client(tmp_path, small_home.unasked, operations={"lend": {"input": ANY, **spec}})
    with pytest.raises(DeclarationError, match=r"lend\.yaml: cannot be applied to this input"):
        shed.run("lend", given)
