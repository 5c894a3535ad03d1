"""How a list goes on: what each paging style sends, and when it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector import DeclarationError, OutputError, Response
from connector.operation import Operation

from .harbor import Spec, operation

NUMBER: Spec = {"type": "integer", "title": "Number", "description": "A number."}
STYLES: dict[str, Spec] = {
    "pages": {
        "input": {"page": NUMBER, "size": {**NUMBER, "default": 5}},
        "query": {"p": "page", "n": "size"},
        "count": "page",
    },
    "told": {"input": {"page": NUMBER}, "query": {"p": "page"}, "count": "page", "more": "more"},
    "records": {"input": {"skip": NUMBER}, "query": {"skip": "skip"}, "skip": "skip"},
    "cursor": {"input": {"at": {}}, "query": {"at": "at"}, "next": {"at": "next"}, "more": "!last"},
    "header": {"input": {"at": {}}, "query": {"at": "at"}, "next": {"at": '"page[at]"'}, "link": "header"},
    "body": {
        "input": {"at": {}},
        "query": {"at": "at"},
        "next": {"at": "to_number(at)"},
        "link": "links[?rel=='next'].href | [0]",
    },
}


def listed(pagination: Any, **styles: Spec) -> Operation:
    return operation({"request": "GET /x", "pagination": pagination, "records": "rows"}, styles={**STYLES, **styles})


def following(one: Operation, given: Spec, answer: Any, link: str | None = None) -> Spec | None:
    headers = (("Content-Type", "application/json"), *((("LINK", link),) if link else ()))
    response = Response(200, headers, json.dumps(answer).encode())
    return one.next_input(given, response, one.output(response))


ROWS = {"rows": [1, 2, 3]}


@pytest.mark.parametrize(
    ("style", "given", "answer", "following_input"),
    [
        ("pages", {"size": 3}, ROWS, {"size": 3, "page": 2}),
        ("pages", {"page": 7}, ROWS, {"page": 8}),
        ("pages", {}, {"rows": []}, None),
        ("pages", {}, {"rows": None}, None),
        ("pages", {}, {}, None),
        ("told", {}, {**ROWS, "more": True}, {"page": 2}),
        ("told", {}, {**ROWS, "more": "https://x/?page=2"}, {"page": 2}),
        ("told", {}, {**ROWS, "more": False}, None),
        ("told", {}, {**ROWS, "more": None}, None),
        ("told", {}, {**ROWS, "more": 0}, None),
        ("told", {}, {"rows": [], "more": True}, None),
        ("records", {}, ROWS, {"skip": 3}),
        ("records", {"skip": 4}, ROWS, {"skip": 7}),
        ("records", {"skip": 4}, {"rows": []}, None),
        ("cursor", {"q": "x"}, {**ROWS, "next": "c1"}, {"q": "x", "at": "c1"}),
        ("cursor", {"at": "c1"}, {**ROWS, "next": "c2"}, {"at": "c2"}),
        ("cursor", {"at": "c1"}, {**ROWS, "next": "c1"}, None),
        ("cursor", {}, {**ROWS, "next": "c1", "last": True}, None),
        ("cursor", {}, {**ROWS, "next": None}, None),
        ("cursor", {}, {**ROWS, "next": ""}, None),
        ("cursor", {}, ROWS, None),
        ("cursor", {}, {"rows": [], "next": "c1"}, {"at": "c1"}),
        ("body", {}, {"links": [{"rel": "self"}, {"rel": "next", "href": "/x?at=2"}]}, {"at": 2}),
        ("body", {}, {"links": [{"rel": "next", "href": "https://elsewhere.example/x?b=1&at=2"}]}, {"at": 2}),
        ("body", {}, {"links": [{"rel": "next", "href": "/x"}]}, None),
        ("body", {}, {"links": [{"rel": "next", "href": None}]}, None),
        ("body", {}, {"links": []}, None),
        ("body", {}, {}, None),
    ],
)
def test_a_style_finds_the_next_page(style: str, given: Spec, answer: Any, following_input: Spec | None) -> None:
    assert following(listed(style), given, answer) == following_input


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        ('<https://x/?page%5Bat%5D=c1>; rel="next"', "c1"),
        ("</x?page[at]=c1>; rel=next", "c1"),
        ('<https://x/?page[at]=c0>; rel="prev", <https://x/?page[at]=c1>; rel="next"', "c1"),
        ('<https://x/?ids=1,2;3&page[at]=a,b>; title="a, b"; REL="Next"', "a,b"),
        ('<https://x/?page[at]=c1>; rel="last next"', "c1"),
        ('<https://x/?page[at]=c1>; rel="nextish"', None),
        ('<https://x/?page[at]=c1>; rel="prev"; title="rel=next"', None),
        ('<https://x/?page[at]=c1>; rel="prev"', None),
        ("nonsense", None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_header_names_the_next_page(link: str | None, cursor: str | None) -> None:
    assert following(listed("header"), {}, ROWS, link) == (None if cursor is None else {"at": cursor})


def test_the_next_page_is_found_in_any_of_several_link_headers() -> None:
    one = listed("header")
    headers = (("Link", '</x?page[at]=a>; rel="prev"'), ("link", '</x?page[at]=b>; rel="next"'))
    assert one.next_input({}, Response(200, headers, b"{}"), {}) == {"at": "b"}


def test_a_style_sends_what_is_given_and_its_defaults_always() -> None:
    one = listed("pages")
    assert one.request(one.check_input({})).url == "/x?n=5"
    assert one.request(one.check_input({"page": 2, "size": 1})).url == "/x?p=2&n=1"


def test_an_operation_renames_the_inputs_of_its_style() -> None:
    one = listed({"pages": {"page": "sheet"}})
    assert one.input_schema["properties"].keys() == {"sheet", "size"}
    assert one.request({"sheet": 2, "size": 3}).url == "/x?p=2&n=3"
    assert following(one, {"sheet": 2}, ROWS) == {"sheet": 3}


def test_an_operation_may_describe_an_input_of_its_style_anew() -> None:
    one = operation(
        {
            "request": "GET /x",
            "pagination": "pages",
            "input": {"properties": {"size": {"type": "integer", "maximum": 9}}},
        },
        styles=STYLES,
    )
    assert one.input_schema["properties"]["size"] == {"type": "integer", "maximum": 9}
    assert one.check_input({}) == {}


@pytest.mark.parametrize(
    ("style", "given", "later"),
    [
        ("pages", {}, False),
        ("pages", {"page": 1}, False),
        ("pages", {"page": 2}, True),
        ("records", {"skip": 0}, False),
        ("records", {"skip": 1}, True),
        ("cursor", {}, False),
        ("cursor", {"at": None}, False),
        ("cursor", {"at": "c"}, True),
    ],
)
def test_a_page_knows_whether_one_came_before(style: str, given: Spec, later: bool) -> None:
    paging = listed(style).paging
    assert paging is not None
    assert paging.is_later(given) is later


def test_without_paging_a_list_has_no_next_page() -> None:
    assert following(operation({"request": "GET /x", "records": "rows"}), {}, {**ROWS, "next": "c1"}) is None


def test_an_answer_that_a_style_cannot_read_is_an_output_error() -> None:
    one = listed("cut", cut={"input": {"at": {}}, "query": {"at": "at"}, "next": {"at": "join('', cursor)"}})
    with pytest.raises(OutputError, match="The next page cannot be found"):
        following(one, {}, {"cursor": 5})


@pytest.mark.parametrize(
    ("pagination", "key", "sentence"),
    [
        ("page", "pagination", "'page' is no paging style. connector.yaml has: "),
        ({"pages": {"sheet": "x"}}, "pagination/pages", "the style has no input 'sheet'. It has: page, size."),
        ("torn", "pagination/torn", "'next[' is not JMESPath"),
    ],
)
def test_a_wrong_style_fails_at_load(pagination: Any, key: str, sentence: str) -> None:
    with pytest.raises(DeclarationError) as error:
        listed(pagination, torn={"input": {"at": {}}, "query": {}, "next": {"at": "next["}})
    assert error.value.key == key
    assert sentence in error.value.message


@pytest.mark.parametrize(
    ("records", "output", "rows"),
    [
        ("rows", {"rows": [1]}, [1]),
        ("page.rows", {"page": {"rows": [1]}}, [1]),
        ("@", [1, 2], [1, 2]),
        ("@", {"rows": [1]}, []),
        ("rows", {"rows": {"a": 1}}, []),
        ("rows", {}, []),
        ("rows[?live]", {"rows": [{"live": True}, {}]}, [{"live": True}]),
        (None, [1], []),
    ],
)
def test_records_says_where_the_rows_lie(records: str | None, output: Any, rows: list[Any]) -> None:
    assert operation({"request": "GET /x", "records": records}).rows(output) == rows
