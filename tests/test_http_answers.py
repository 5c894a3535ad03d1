"""The raw HTTP request: its answer comes back as it is, whatever it is."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from connector import ConnectorError, OutcomeUnknown, OutputError
from connector.http_request import LIMIT

from .harbor import client

ENDPOINT = {"endpoint": "/x"}


def answered(response: httpx.Response, **given: Any) -> Any:
    """What is answered to an input."""
    harbor, _ = client(response)
    return harbor.run("raw_request", {"url": ENDPOINT, **given})["response"]


JSON, XML = b'{"a": [1]}', b"<a><b>1</b><b>2</b></a>"
XML_READ = {"a": {"b": ["1", "2"]}}
PNG = b"\x89PNG\xff"


@pytest.mark.parametrize(
    ("how", "kind", "content", "body"),
    [
        ("true", "application/json", JSON, {"a": [1]}),
        ("true", "APPLICATION/JSON ; Charset=UTF-8", JSON, {"a": [1]}),
        ("true", "application/problem+JSON", JSON, {"a": [1]}),
        ("true", "application/json", b"{", "{"),
        ("true", "Text/XML", XML, XML_READ),
        ("true", "application/atom+xml; charset=utf-8", XML, XML_READ),
        ("true", "application/xml", b"<a>", "<a>"),
        ("true", "text/plain", JSON, JSON.decode()),
        ("true", None, JSON, JSON.decode()),
        ("true", "text/plain; charset=latin-1", b"\xe9", "é"),
        ("true", "text/plain; charset=nonsense", "é".encode(), "é"),
        ("true", "image/png", PNG, {"name": "body.png", "content": "iVBORz8="}),
        ("true", None, PNG, {"name": "body", "content": "iVBORz8="}),
        ("true", "application/json", b"", None),
        ("true", "application/json", b" \n", None),
        ("json", "text/plain", JSON, {"a": [1]}),
        ("json", None, b"5", 5),
        ("xml", "text/plain", XML, XML_READ),
        ("false", "application/json", JSON, JSON.decode()),
        ("false", "application/xml", XML, XML.decode()),
        ("false", "application/json", b"", ""),
        ("false", "image/png", PNG, {"name": "body.png", "content": "iVBORz8="}),
    ],
)
def test_an_answer_is_read_as_asked(how: str, kind: str | None, content: bytes, body: Any) -> None:
    if isinstance(body, dict) and "name" in body:
        body = {**body, "content": base64.b64encode(content).decode()}
    headers = {"content-type": kind} if kind else {}
    assert answered(httpx.Response(200, headers=headers, content=content), parse_response=how)["body"] == body


@pytest.mark.parametrize(("how", "content"), [("json", b"<a/>"), ("json", b"\xff"), ("xml", JSON), ("xml", b"<a>")])
def test_an_answer_that_is_not_what_was_asked_is_an_output_error_or_unknown(how: str, content: bytes) -> None:
    with pytest.raises(OutputError, match=f"The answer is not {how.upper()}"):
        answered(httpx.Response(200, content=content), parse_response=how)
    with pytest.raises(OutcomeUnknown, match="was carried out, but the answer cannot be read"):
        answered(httpx.Response(200, content=content), parse_response=how, method="POST")


def test_xml_cannot_grow_by_entities() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    assert answered(httpx.Response(200, headers={"content-type": "text/xml"}, content=bomb))["body"] == bomb.decode()


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 429, 500, 503])
def test_every_status_is_an_answer_to_a_read(status: int) -> None:
    assert answered(httpx.Response(status))["status_code"] == status


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 429])
def test_every_status_below_500_is_an_answer_to_a_write(status: int) -> None:
    assert answered(httpx.Response(status), method="POST")["status_code"] == status


@pytest.mark.parametrize("status", [500, 503])
def test_after_a_5xx_nobody_knows_whether_a_write_was_done(status: int) -> None:
    with pytest.raises(OutcomeUnknown, match=str(status)):
        answered(httpx.Response(status), method="POST")


def test_headers_of_an_answer_come_by_name_and_as_a_list_where_there_are_several() -> None:
    headers = [("Set-Cookie", "a=1"), ("X-One", "1"), ("Set-Cookie", "b=2"), ("Set-Cookie", "c=3")]
    found = answered(httpx.Response(204, headers=headers))["headers"]
    assert found == {"Set-Cookie": ["a=1", "b=2", "c=3"], "X-One": "1"}


def test_the_raw_body_is_given_where_it_is_asked_for() -> None:
    response = httpx.Response(200, json={"a": 1})
    assert "raw_body" not in answered(response)
    found = answered(response, include_raw_body=True)
    assert json.loads(found["raw_body"]) == found["body"] == {"a": 1}
    assert answered(httpx.Response(204), include_raw_body=True)["raw_body"] == ""


@pytest.mark.parametrize(("method", "kind"), [("GET", OutputError), ("POST", OutcomeUnknown)])
def test_an_answer_beyond_the_limit_is_refused(method: str, kind: type[ConnectorError]) -> None:
    assert len(answered(httpx.Response(200, content=b"x" * LIMIT))["body"]) == LIMIT
    with pytest.raises(kind, match=f"is larger than {LIMIT} bytes"):
        answered(httpx.Response(200, content=b"x" * (LIMIT + 1)), method=method)


def test_a_redirect_is_an_answer_and_no_credentials_leave() -> None:
    moved = httpx.Response(307, headers={"Location": "https://evil.example/"})
    harbor, requests = client(moved)
    found = harbor.run("raw_request", {"method": "POST", "url": ENDPOINT, "body": {"raw": "x"}})
    assert found["response"]["headers"]["Location"] == "https://evil.example/"
    assert [request.url.host for request in requests] == ["north.harbor.example"]
