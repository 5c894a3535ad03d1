"""The three small languages: JMESPath expressions, URI templates, body trees."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uritemplate import URITemplate

from connector import InputError
from connector.message import ABSENT
from connector.template import Body, Expression, RequestLine, query_pairs, wire

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("source", "data", "found"),
    [
        ("boat", {"boat": None}, None),
        ("boat", {}, ABSENT),
        ("boat.name", {"boat": {"name": "Ida"}}, "Ida"),
        ("boat.name", {"boat": None}, ABSENT),
        ("boat.name", {"boat": ["Ida"]}, ABSENT),
        ("boat || `null`", {"boat": None}, ABSENT),
        ("lower(boat)", {"boat": "IDA"}, "ida"),
        ("lower(boat)", {}, ABSENT),
        ("from_items(pairs[].[key, value])", {"pairs": [{"key": "a", "value": 1}, {"key": 2}]}, {"a": 1, "2": None}),
        ("from_items(pairs)", {}, ABSENT),
        ("from_items(pairs)", {"pairs": [["a", 1], ["b", None]]}, {"a": 1, "b": None}),
        ("join('', [a, '/token'])", {"a": "me"}, "me/token"),
        ("`[1]`", {}, [1]),
    ],
)
def test_an_expression_tells_a_given_null_from_nothing(source: str, data: Any, found: Any) -> None:
    assert Expression(source).find(data) == found


def test_a_call_of_an_expression_gives_none_for_nothing() -> None:
    assert Expression("boat")({}) is None
    assert Expression("boat[0]")({}) is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("boat.name", {"boat"}),
        ("boats[?length > `3`].name", {"boats"}),
        ("boats[*].berth | [0]", {"boats"}),
        ("a && b || !c", {"a", "b", "c"}),
        ("{x: a, y: b.c}", {"a", "b"}),
        ("join(a, [b, 'x'])", {"a", "b"}),
        ("sort_by(boats, &length)[0].name", {"boats"}),
        ("map(&join('', [name, sign]), boats)", {"boats"}),
        ("boats[].{n: name}", {"boats"}),
        ("boats[1:3]", {"boats"}),
        ("a == b", {"a", "b"}),
        ('`{"a": 1}`', set()),
        ("@", None),
        ("keys(@)", None),
    ],
)
def test_an_expression_knows_the_inputs_that_it_reads(source: str, names: set[str] | None) -> None:
    assert Expression(source).reads == (None if names is None else frozenset(names))


@pytest.mark.parametrize("source", ["", "a[", "a ==", "lowr(name)", "sort_by(a, &lowr(b))", "a.`1`"])
def test_what_is_not_jmespath_is_refused_with_its_source(source: str) -> None:
    with pytest.raises(ValueError, match="is not JMESPath") as error:
        Expression(source)
    assert repr(source) in str(error.value)


@pytest.mark.parametrize(
    ("source", "data"),
    [("lower(size)", {"size": 3}), ("join(' ', [a, b])", {"a": "x"}), ("from_items(a)", {"a": [1]}), ("length(a)", {})],
)
def test_what_cannot_be_computed_is_a_value_error_with_the_source(source: str, data: Any) -> None:
    with pytest.raises(ValueError, match="cannot be computed") as error:
        Expression(source)(data)
    assert repr(source) in str(error.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (ABSENT, None),
        ([], None),
        ([None], None),
        (True, "true"),
        (False, "false"),
        (5.0, "5"),
        (0.5, "0.5"),
        (0, "0"),
        ("", ""),
        ([1, True, "a", None], ["1", "true", "a"]),
        (("a", "b"), ["a", "b"]),
    ],
)
def test_a_value_stands_on_the_wire_as_http_writes_it(value: Any, text: Any) -> None:
    assert wire(value) == text


@pytest.mark.parametrize(
    ("line", "values", "target"),
    [
        ("GET /a/{id}", {"id": 7}, "/a/7"),
        ("GET /a/{id}", {"id": "x/../y?z=1#f %2e"}, "/a/x%2F..%2Fy%3Fz%3D1%23f%20%252e"),
        ("GET /a/{id}", {"id": [1, 2]}, "/a/1,2"),
        ("GET /a/{id}", {"id": ["a,b", "c"]}, "/a/a%2Cb,c"),
        ("GET /a{/part}", {}, "/a"),
        ("GET /a{/part}", {"part": "b/c"}, "/a/b%2Fc"),
        ("GET /a{?x,y}", {"x": None, "y": False}, "/a?y=false"),
        ("GET /a{?x}", {"x": ["u", "v w"]}, "/a?x=u,v%20w"),
        ("GET /a{?x}", {"x": []}, "/a"),
        ("GET /a{?x}", {"x": ""}, "/a?x="),
        ("GET /a?f=1{&x}", {"x": 2}, "/a?f=1&x=2"),
        ("GET /a/{boat.sign}", {"boat.sign": "é"}, "/a/%C3%A9"),
    ],
)
def test_a_request_line_expands(line: str, values: dict[str, Any], target: str) -> None:
    assert RequestLine(line).expand(values) == target


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "\x00", "\x7f", [".."], ["a", ".."]])
def test_a_path_value_that_leads_elsewhere_is_refused(value: Any) -> None:
    with pytest.raises(InputError) as error:
        RequestLine("GET /a{/id*}").expand({"id": value})
    assert error.value.problems[0].pointer == "/id"


@given(
    TEXT.filter(lambda text: text not in ("", ".", "..") and all(ord(char) > 31 and ord(char) != 127 for char in text))
)
def test_a_path_value_comes_back_as_it_was_and_leaves_the_path_alone(text: str) -> None:
    target = RequestLine("GET /a/{id}/b").expand({"id": text})
    parts = urlsplit(target)
    assert (parts.query, parts.fragment) == ("", "")
    assert [unquote(part) for part in parts.path.split("/")] == ["", "a", text, "b"]


VALUES = st.none() | st.integers() | TEXT.filter(bool) | st.text("ab19", min_size=1) | st.lists(TEXT)


@pytest.mark.parametrize(
    "target", ["/a/{x}", "/{x}/b.json{?y}", "/{x}{?y,z}", "/{x}/{y}", "/{x}/{x}", "/b%20/{x}", "/b"]
)
@given(values=st.fixed_dictionaries({"x": VALUES, "y": VALUES}))
def test_a_line_expands_as_the_standard_has_it(target: str, values: dict[str, Any]) -> None:
    line = RequestLine(f"GET {target}")
    try:
        found = line.expand(values)
    except InputError:
        return
    texts = {name: text for name, value in values.items() if (text := wire(value)) is not None}
    assert found == URITemplate(target).expand(texts)


@given(TEXT.filter(bool), TEXT)
def test_a_query_pair_comes_back_as_it_was(name: str, value: str) -> None:
    (pair,) = query_pairs(name, value)
    assert pair.isascii()
    assert parse_qsl(pair, keep_blank_values=True) == [(name, value)]


def test_a_list_is_joined_by_commas_or_repeated_under_a_name_with_brackets() -> None:
    assert list(query_pairs("ids", [1, "a,b", None])) == ["ids=1,a%2Cb"]
    assert list(query_pairs("ids[]", [1, "a,b"])) == ["ids%5B%5D=1", "ids%5B%5D=a%2Cb"]
    assert list(query_pairs("ids", [])) == []


def test_a_line_fits_when_every_path_variable_that_must_be_there_has_a_value() -> None:
    line = RequestLine("GET /a/{id}{/part}{?x}")
    assert line.fits({"id": 1})
    assert not line.fits({"part": "b", "x": 1})
    assert not line.fits({"id": None})
    assert not line.fits({"id": []})


def test_a_request_line_names_its_variables() -> None:
    line = RequestLine("PUT /a/{id}{/part}{?x,y}{&z}")
    assert (line.method, line.path_names, line.query_names) == ("PUT", ["id", "part"], ["x", "y", "z"])


@pytest.mark.parametrize("line", ["GET /a/{id", "GET /a/id}", "GET /a/{{id}}", "GET /a/{}"])
def test_a_template_whose_braces_do_not_pair_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="is no URI template"):
        RequestLine(line)


@pytest.mark.parametrize(
    ("tree", "data", "body"),
    [
        ("boat", {"boat": {"name": None}}, {"name": None}),
        ("boat", {"boat": None}, None),
        ("boat", {}, {}),
        ({"a": "x", "b": "y"}, {"x": None}, {"a": None}),
        ({"a": "x || `null`"}, {"x": None}, {}),
        ({"a": {"b": "x"}}, {}, {}),
        ({"a": {"b": "x"}}, {"x": {}}, {"a": {"b": {}}}),
        ({"a": "`5`"}, {}, {"a": 5}),
        ("*", {"x": 1, "y": None}, {"x": 1, "y": None}),
        ({"a": "x", "rest": "*"}, {"x": 1, "y": 2}, {"a": 1, "rest": {"y": 2}}),
        ({"a": "x", "rest": "*"}, {"x": 1}, {"a": 1}),
        (["*", {"y": "`0`"}], {"y": 2, "z": 3}, {"y": 0, "z": 3}),
        ([{"y": "`0`"}, "*"], {"y": 2}, {"y": 2}),
        ([{"y": "`0`"}, "more"], {"more": {"y": 1}, "z": 3}, {"y": 1}),
        ([{"y": "`0`"}, "more"], {"more": None}, {"y": 0}),
        ({"list": ["one", "two"]}, {}, {}),
    ],
)
def test_a_body_is_built_from_the_input(tree: Any, data: dict[str, Any], body: Any) -> None:
    assert Body(tree).build(data, frozenset()) == body


def test_the_rest_is_what_nothing_else_reads() -> None:
    body = Body({"a": "x.y", "rest": "*"})
    assert body.takes_rest
    assert body.reads == frozenset({"x"})
    assert body.build({"x": {"y": 1}, "id": 2, "z": 3}, frozenset({"id"})) == {"a": 1, "rest": {"z": 3}}


@pytest.mark.parametrize(("leaf", "written"), [(5, "`5`"), (True, "`true`"), (None, "`null`"), (1.5, "`1.5`")])
def test_a_literal_leaf_is_refused_with_the_way_to_write_it(leaf: Any, written: str) -> None:
    with pytest.raises(ValueError, match="write a literal in backticks") as error:
        Body({"a": [leaf]})
    assert written in str(error.value)
