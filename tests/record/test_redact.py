"""No secret is written: not by its place, not by its name, not by its value, however it is written down."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector import ConnectorError
from connector.record.export import export
from connector.record.redact import without_named
from connector.steps import NoAnswer

from .office import Office, office


def once_escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": once_escaped,
    "JSON in JSON": lambda text: once_escaped(once_escaped(text)),
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "percent": lambda text: quote(text, safe=""),
    "a path": quote,
    "a form": quote_plus,
    "HTML": escape,
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 after a letter": lambda text: b64encode(f"a:{text}".encode()).decode(),
    "base64 after two": lambda text: b64encode(f"ab{text}:more".encode()).decode(),
    "base64 in a URL": lambda text: quote(b64encode(f"user:{text}".encode()).decode(), safe=""),
}

written = st.sampled_from(sorted(WRITTEN))
secrets = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.sampled_from("/+=&%\"'\\<>? *~é€"),
    min_size=6, max_size=24,
).map(lambda text: f"Zq{text}")  # fmt: skip
NBSP = "\xa0"
spoken = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=24).map("Zq{}".format)


def needles(secret: str) -> set[bytes]:
    """The bytes that betray a secret: no more than the letters at its edges differ from one base64 to another."""
    found = {make(secret).encode() for name, make in WRITTEN.items() if "base64" not in name}
    content = secret.encode()
    inside = {b64encode(content[start:][: len(content[start:]) // 3 * 3]) for start in range(3)}
    return found | {one for one in inside if len(one) >= 8}


def everything(desk: Office) -> bytes:
    """Every byte in the folder of the data, and what is zipped in it unzipped."""
    calls = desk.calls
    desk.store.flush()
    files = b"".join(file.read_bytes() for file in desk.folder.iterdir() if file.is_file())
    unzipped = json.dumps([[call.input, call.exchanges, call.error] for call in calls], ensure_ascii=False)
    return files + unzipped.encode("utf-8", "surrogatepass")


def bodies(key: str, pin: str, token: str, ways: list[str]) -> dict[str, Any]:
    echoes = [WRITTEN[way](secret) for way, secret in zip(ways, (key, pin, token), strict=True)]
    return {"tool": "saw", "combination": token, "echo": echoes, **dict.fromkeys(echoes, 1), "access_token": token}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    key="Zq000000",
    pin=f"Zq000::::{NBSP * 13}ࠀ𐀀𐀀𐀀",
    token=f"Zq000{NBSP * 5}𐀀𐀀",
    ways=["base64 after a letter", "a form", "base64 in a URL"],
    how=3,
)  # an excerpt of the answer in the error once ended in the middle of it
@given(key=spoken, pin=secrets, token=secrets, ways=st.lists(written, min_size=3, max_size=3), how=st.integers(0, 7))
def test_no_planted_secret_is_written_anywhere(
    key: str, pin: str, token: str, ways: list[str], how: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    body = bodies(key, pin, token, ways)
    headers = {"Set-Cookie": f"session={quote(token)}; Path=/", "X-Echo": quote(key), "X-Auth-Token": quote(token)}
    text = "\n".join(body["echo"])
    answers: list[Any] = [
        httpx.Response(200, json=body, headers=headers),
        httpx.Response(422, json={"error": text, **body}, headers=headers),
        httpx.Response(503, text=f"{text}\n{json.dumps(body)}", headers=headers),
        httpx.Response(200, text=f"<html>{text}&access_token={quote(token, safe='')}"),
        httpx.Response(400, content=b"\xff" + f"{WRITTEN[ways[0]](key)} {WRITTEN[ways[1]](pin)}".encode()),
        httpx.Response(400, content=f"{key} {pin}".encode("utf-16-le")),
        NoAnswer(f"{key} was not taken, nor {pin}"),
        httpx.Response(302, headers={"Location": f"https://shed.example/?access_token={quote(token, safe='')}"}),
    ]
    with TemporaryDirectory() as folder, caplog.at_level(logging.DEBUG, "connector"):
        desk = Office(Path(folder), key)
        raised = ""
        try:
            desk.client(answers[how]).run(
                "lock_tool", {"tool": "saw", "pin": pin, "safe": {"code": token, "room": "1"}}
            )
        except ConnectorError as error:
            raised = str(error.call_id)
        found = everything(desk) + caplog.text.encode("utf-8", "surrogatepass")
        call = desk.call
        try:
            found += json.dumps(export(call, desk.connector), ensure_ascii=False).encode("utf-8", "surrogatepass")
        except ConnectorError as error:
            found += error.message.encode("utf-8", "surrogatepass")
        desk.close()
    assert raised in ("", call.id)
    assert call.input["pin"] == call.input["safe"]["code"] == "***"
    for secret in (key, pin, token):
        assert [needle for needle in needles(secret) if needle in found] == []


def test_what_is_no_secret_stays(desk: Office) -> None:
    answer = httpx.Response(200, json={"tool": "saw", "next_page_token": "after-the-first", "token_type": "bearer"})
    desk.client(answer).run("lock_tool", {"tool": "saw", "safe": {"room": "one"}})
    call = desk.call
    assert call.input == {"tool": "saw", "safe": {"room": "one"}}
    assert json.loads(call.exchanges[0]["response"]["body"]) == json.loads(answer.content)


@pytest.mark.parametrize("pin", ["1", "abc"])
def test_a_short_secret_goes_where_it_stands_alone(desk: Office, pin: str) -> None:
    answer = httpx.Response(200, json={"tool": "abc1", "pin": pin, "list": [pin, 1]})
    desk.client(answer).run("lock_tool", {"tool": "saw", "pin": pin})
    (exchange,) = desk.call.exchanges
    assert json.loads(exchange["request"]["body"]) == {"tool": "saw", "pin": "***"}
    assert json.loads(exchange["response"]["body"]) == {"tool": "abc1", "pin": "***", "list": ["***", 1]}


def test_what_the_output_hides_is_hidden_in_the_answer(desk: Office) -> None:
    answer = httpx.Response(200, json={"tool": "saw", "combination": "12-34-56"})
    desk.client(answer).run("lock_tool", {"tool": "12-34-56!"})
    call = desk.call
    assert "12-34-56" not in json.dumps([call.input, call.exchanges])


def test_a_header_that_the_caller_names_is_secret_by_its_name(desk: Office) -> None:
    headers = [
        {"key": "X-Door-Secret", "value": "open-sesame"},
        {"key": "X-Idempotency-Key", "value": "same-each-time"},
    ]
    given = {"method": "POST", "url": {"full_url": "https://other.example/x?api_key=open-barley"}, "headers": headers}
    desk.client(httpx.Response(200, json={"heard": "open-sesame"})).run("raw", given)
    kept = json.dumps([desk.call.input, desk.call.exchanges])
    assert "open-sesame" not in kept
    assert "open-barley" not in kept
    assert "same-each-time" in kept


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"client_secret": "abc\\"def"}', '{"client_secret": "***"}'),
        ('{"api-key":"abc", "page_token": "x"}', '{"api-key":"***", "page_token": "x"}'),
        ('{"accessToken":"abc"}', '{"accessToken":"***"}'),
        ('{"password_changed_at":"2026-01-01"}', '{"password_changed_at":"2026-01-01"}'),
        ('{"secret": 5, "token": null, "tokens": ["a"]}', '{"secret": 5, "token": null, "tokens": ["a"]}'),
        ('{"secret": "cut off', '{"secret": "***'),
        ("user=me&password=abc&x=1", "user=me&password=***&x=1"),
        ("https://a.example/?token=abc#top", "https://a.example/?token=***#top"),
        ("https://a.example/?page_token=abc", "https://a.example/?page_token=abc"),
    ],
)
def test_by_name(text: str, masked: str) -> None:
    assert without_named(text)[0] == masked


def test_a_secret_in_the_address_of_the_service(tmp_path: Path) -> None:
    desk = Office(tmp_path, "shed.example")  # an account whose key is a part of its URL
    desk.client(httpx.Response(200, json={"tool": "saw"})).run("get_tool", {"id": 1})
    assert desk.call.base_url == "https://***/v1"
    assert desk.call.exchanges[0]["request"]["url"] == "https://***/v1/tools/1"
    desk.close()


def test_a_connection_that_cannot_sign_keeps_its_secret(tmp_path: Path) -> None:
    desk = Office(tmp_path, "two\nlines", office(tmp_path))
    with pytest.raises(ConnectorError):
        desk.client().run("get_tool", {"id": 1})
    assert desk.call.outcome == "error"
    assert b"two" not in everything(desk)
    desk.close()
