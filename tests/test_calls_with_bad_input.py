"""Inputs that no request can say, or that would say something else: refused or encoded, and nothing slips through."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import DeclarationError, InputError

from .small_home import client, unasked


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1, 2}, object()], ids=lambda value: type(value).__name__
)
def test_what_json_cannot_say_is_the_callers_and_nothing_is_sent(value: Any, tmp_path: Path) -> None:
    one = client(tmp_path, unasked)
    with pytest.raises(InputError):
        one.run("make_tool", {"tool": value})
    with pytest.raises(InputError):
        one.plan("make_tool", {"tool": value})


def test_half_a_surrogate_pair_is_sent_as_its_escape_and_refused_in_a_url(tmp_path: Path) -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={"tool": "x"})

    one = client(tmp_path, answer)
    one.run("make_tool", {"tool": "\ud83d"})
    assert sent == [b'{"tool":"\\ud83d"}']
    with pytest.raises(InputError):
        one.run("name_tool", {"name": "\ud83d"})


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_with_a_line_break_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line break"):
        client(tmp_path, unasked).run("name_tool", {"name": name})


def test_a_value_is_encoded_wherever_it_stands(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path == b"/v1/names?name=caf%C3%A9%20%26%20more"
        assert dict(request.headers.raw)[b"X-Name"] == "café & more".encode()
        return httpx.Response(200, json={})

    assert client(tmp_path, answer).run("name_tool", {"name": "café & more"}) == {}


@pytest.mark.parametrize("given", ["1/../../users", "1?x=y", "1#x", "%2e%2e", "a b", "é", "1\\..", "//evil.example"])
def test_an_id_stays_one_segment_of_the_path(given: str, tmp_path: Path) -> None:
    one = client(tmp_path)
    (request,) = one.plan("get_tool", {"id": given})["requests"]
    url = httpx.URL(request["url"])
    assert url.host == "shed.example"
    assert url.raw_path.count(b"/") == 3
    assert b"?" not in url.raw_path
    assert "#" not in request["url"]


@pytest.mark.parametrize("given", ["..", ".", "", "a\nb", "\x7f"])
def test_an_id_that_would_change_the_path_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="/id"):
        client(tmp_path, unasked).run("get_tool", {"id": given})


def test_an_expression_that_cannot_be_computed_is_a_defect_of_the_connector(tmp_path: Path) -> None:
    broken: Mapping[str, Any] = {
        "join": {"request": "GET /x", "query": {"q": "join(',', ids)"}, "input": {"properties": {"ids": {}}}}
    }
    with pytest.raises(DeclarationError, match=r"join\.yaml"):
        client(tmp_path, unasked, operations=broken).run("join", {"ids": 1})


def test_a_url_has_an_end(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the URL is longer than 32768 characters"):
        client(tmp_path, unasked).run("name_tool", {"name": "x" * 2**15})
