"""The raw HTTP request: what the caller says is what is sent, and to the connection alone."""

from __future__ import annotations

import email
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connector import InputError

from .harbor import KEY, client

ENDPOINT = {"endpoint": "/x"}


def sent(given: dict[str, Any], **more: Any) -> httpx.Request:
    """The request of an input."""
    harbor, requests = client(httpx.Response(204), **more)
    harbor.run("raw_request", {"url": ENDPOINT, **given})
    (request,) = requests
    return request


def refused(given: dict[str, Any]) -> str:
    """The problem of an input, for which nothing is sent."""
    harbor, requests = client()
    with pytest.raises(InputError) as error:
        harbor.run("raw_request", {"url": ENDPOINT, **given})
    assert requests == []
    return error.value.message


# -- where it goes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [
        ("/x", "/v2/x"),
        ("x/y", "/v2/x/y"),
        (" /x ", "/v2/x"),
        ("/x?a=1&b=%20#frag", "/v2/x?a=1&b=%20"),
        ("/é x/%C3%A9", "/v2/%C3%A9%20x/%C3%A9"),
        ('/a"<>\\^`{|}', "/v2/a%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/x?page[size]=1&e=a@b.c:1,2;3", "/v2/x?page[size]=1&e=a@b.c:1,2;3"),
        ("evil.example/x", "/v2/evil.example/x"),
        ("me@evil.example", "/v2/me@evil.example"),
        ("mailto:me", "/v2/mailto:me"),
        ("\\\\evil.example", "/v2/%5C%5Cevil.example"),
    ],
)
def test_an_endpoint_is_a_path_of_the_connection(endpoint: str, target: str) -> None:
    request = sent({"url": {"endpoint": endpoint}})
    assert (request.url.host, request.url.raw_path.decode()) == ("north.harbor.example", target)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            {"endpoint": "https://evil.example/x"},
            "/url/endpoint: is a whole URL. Give the path alone, or use full_url.",
        ),
        ({"endpoint": "//evil.example/x"}, "/url/endpoint: is a whole URL."),
        ({"endpoint": " //evil.example"}, "/url/endpoint: is a whole URL."),
        ({"endpoint": "/a\nb"}, "/url/endpoint: has a line break or another control character. Take it out."),
        ({"endpoint": "http://[x"}, "/url/endpoint: is no URL."),
        ({"endpoint": ""}, "/url/endpoint: must have at least 1 character."),
        ({"full_url": "/x"}, "/url/full_url: is not a whole URL. Start with https://, or use endpoint."),
        ({"full_url": "https:/x"}, "/url/full_url: is not a whole URL."),
        ({"full_url": "https://evil.example/x"}, "evil.example is not a host of this connection."),
        ({"full_url": "https://north.harbor.example@evil.example"}, "evil.example is not a host of this connection."),
        ({"full_url": "http://north.harbor.example/x"}, "is not a host of this connection."),
        ({}, "/url: fits none of its forms. Choose one of: Endpoint, Full URL."),
        ({"endpoint": "/x", "full_url": "https://x"}, "/url: fits more than one form."),
    ],
)
def test_a_url_that_leads_elsewhere_is_refused_and_nothing_is_sent(url: dict[str, str], sentence: str) -> None:
    assert sentence in refused({"url": url})


def test_a_full_url_of_the_own_host_is_signed_and_of_an_allowed_host_is_not() -> None:
    own = sent({"url": {"full_url": "https://north.harbor.example/other?a=1"}})
    assert (str(own.url), own.headers["X-Harbor-Key"]) == ("https://north.harbor.example/other?a=1", KEY)
    allowed = sent({"url": {"full_url": "https://files.example/x"}}, allowed_hosts=frozenset({"files.example"}))
    assert (str(allowed.url), "X-Harbor-Key" in allowed.headers) == ("https://files.example/x", False)


def test_query_parameters_follow_those_of_the_url_and_may_come_twice() -> None:
    pairs = [
        {"key": "a", "value": "1 &é"},
        {"key": "a", "value": True},
        {"key": "b[]", "value": 2.0},
        {"key": "c", "value": ""},
    ]
    request = sent({"url": {"endpoint": "/x?a=0"}, "query_parameters": pairs})
    query = request.url.query.decode()
    assert parse_qsl(query, True) == [("a", "0"), ("a", "1 &é"), ("a", "true"), ("b[]", "2"), ("c", "")]


# -- headers -----------------------------------------------------------------------------------------------------------


def test_headers_are_kept_in_order_and_may_come_twice() -> None:
    pairs = [{"key": "X-A", "value": "1"}, {"key": "X-B", "value": True}, {"key": "X-A", "value": 2}]
    own = [(name, value) for name, value in sent({"headers": pairs}).headers.multi_items() if name.startswith("x-")]
    assert own == [("x-a", "1"), ("x-b", "true"), ("x-a", "2"), ("x-harbor-key", KEY)]


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "CONNECTION"])
def test_headers_that_carry_the_request_are_the_programs_own(name: str) -> None:
    assert "/headers/0/key: is set by the program. Leave it out." in refused({"headers": [{"key": name, "value": "1"}]})


@pytest.mark.parametrize("name", ["X A", "X:A", "X\nA", "X\tA", "é", "X\r\nY", "X\0"])
def test_what_is_no_name_of_a_header_is_refused(name: str) -> None:
    assert "/headers/1/key: " in refused({"headers": [{"key": "X", "value": "1"}, {"key": name, "value": "1"}]})


@pytest.mark.parametrize("value", ["a\nb", "a\r\nX: 1", "a\0"])
def test_a_header_value_with_a_line_break_is_refused(value: str) -> None:
    assert "has a line break" in refused({"headers": [{"key": "X-A", "value": value}]})


# -- bodies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        ({"raw": {"a": [1, None, "é"]}}, '{"a":[1,null,"é"]}', "application/json"),
        ({"raw": []}, "[]", "application/json"),
        ({"raw": '{"a": 1}'}, '{"a": 1}', "application/json"),
        ({"raw": "{"}, "{", "text/plain; charset=utf-8"),
        ({"raw": "é"}, "é", "text/plain; charset=utf-8"),
        ({"raw": ""}, "", "text/plain; charset=utf-8"),
        (
            {"form_urlencoded": {"a": "1 &", "b": [1, True], "c": 2.0}},
            "a=1+%26&b=1&b=true&c=2",
            "application/x-www-form-urlencoded",
        ),
        ({"form_urlencoded": {}}, "", "application/x-www-form-urlencoded"),
        ({"binary": {"name": "a.png", "content": "aGk="}}, "hi", "image/png"),
        ({"binary": {"name": "a.unheard-of", "content": "aGk="}}, "hi", "application/octet-stream"),
        ({"binary": {"name": "a.png", "content": "aGk=", "mime_type": "text/x"}}, "hi", "text/x"),
        ({"none": None}, "", None),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_each_kind_of_body_is_sent_with_its_content_type(
    method: str, body: Any, content: str, kind: str | None
) -> None:
    request = sent({"method": method, "body": body})
    assert (request.method, request.content.decode()) == (method, content)
    assert request.headers.get("content-type") == kind


@pytest.mark.parametrize(
    "form", [{"a": "1", "n": 2.0, "b": True}, {"f": {"name": "a.txt", "content": "aGk="}, "a": "é\r\n"}, {'a"b': "x"}]
)
def test_a_form_with_files_is_multipart_in_the_order_given(form: dict[str, Any]) -> None:
    request = sent({"method": "POST", "body": {"form_data": form}})
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content)
    assert message.get_content_type() == "multipart/form-data"
    parts: Any = message.get_payload()
    assert len(parts) == len(form)
    for part, (name, value) in zip(parts, form.items(), strict=True):
        assert part.get_param("name", header="content-disposition") in (name, name.replace('"', "%22"))
        if isinstance(value, dict):
            assert (part.get_filename(), part.get_content_type()) == ("a.txt", "text/plain")
            assert part.get_payload(decode=True) == b"hi"
        else:
            assert part.get_filename() is None
            assert part.get_payload(decode=True).decode() == {2.0: "2", True: "true"}.get(value, value)


def test_the_same_form_is_the_same_request() -> None:
    given = {"method": "POST", "body": {"form_data": {"f": {"name": "a", "content": "aGk="}}}}
    assert sent(given).content == sent(given).content


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_reading_request_leaves_its_body_out(method: str) -> None:
    request = sent({"method": method, "body": {"raw": "x"}})
    assert (request.content, request.headers.get("content-type")) == (b"", None)


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_a_content_type_of_the_callers_wins(name: str) -> None:
    request = sent(
        {"method": "POST", "body": {"raw": {}}, "headers": [{"key": name, "value": "application/vnd.x+json"}]}
    )
    assert request.headers.get_list("content-type") == ["application/vnd.x+json"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "/body: fits none of its forms. Choose one of: Raw, Form, Form with files, File, None."),
        ({"raw": "x", "none": None}, "/body: fits more than one form."),
        ({"rw": "x"}, "/body"),
        ({"raw": 5}, "/body/raw: must be a text or an object or a list, not a whole number."),
        ({"binary": {"name": "a", "content": "$"}}, "/body/binary/content: is not base64."),
        ({"binary": {"name": "a"}}, "/body/binary/content: is required."),
        ({"form_data": {"f": {"name": "a", "content": "$"}}}, "/body/form_data/f/content: is not base64."),
    ],
)
def test_a_body_that_cannot_be_is_refused_at_its_place(body: Any, sentence: str) -> None:
    assert sentence in refused({"method": "POST", "body": body})
