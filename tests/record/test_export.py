"""An exported call plays offline to the same result, and tells of nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import connector
from connector import Client, Connection, ConnectorError, UsageError
from connector.record.export import export
from connector.record.kept import Kept, some
from connector.record.replay import Played, compare, play, read
from connector.steps import NoAnswer, NotSent, Steps
from connector.store import Store
from connector.testing import Sample, load
from connector.testing.playing import Player
from connector.testing.playing import play as play_sample
from connector.testing.samples import connection_for

from .office import SAW, Answer, Office

ZENDESK = connector.find("zendesk")


def replayed(call: Kept, found: connector.Connector, folder: Path) -> tuple[dict[str, Any], Played]:
    """The exported file of a call, and what playing it comes to; nothing differs."""
    file = folder / f"{call.id}.json"
    exported = export(call, found)
    file.write_text(json.dumps(exported))
    sample = read(file)
    played = play(sample)
    assert list(compare(sample, played)) == []
    return exported, played


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same but for stand-ins."""
    if isinstance(one, dict):
        return isinstance(other, dict) and len(one) == len(other) and all(map(alike, one.values(), other.values()))
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(alike, one, other))
    stand_ins = ("@example.com", "1555", "***", "token", "sandbox.zendesk.com")
    return bool(one == other or (isinstance(other, str) and any(stand_in in other for stand_in in stand_ins)))


@pytest.mark.parametrize("name", ZENDESK.names)
def test_every_published_sample_is_recorded_exported_and_played(name: str, tmp_path: Path) -> None:
    connection = connection_for(ZENDESK)
    for file in ZENDESK.samples(name):
        store = Store(tmp_path / f"{file.stem}.db")
        sample = load(ZENDESK, file)
        assert isinstance(sample, Sample)
        player = Player(sample, connection.base_url)
        client = Client(ZENDESK, connection, transport=player, retry_for=0, store=store)
        outputs: list[Any] = []
        error = None
        try:
            if "values" in sample.data:
                client.labels(name, sample.data["values"], sample.input)
            elif sample.data.get("all"):
                list(client.stream(name, sample.input))
            else:
                outputs.append(client.run(name, sample.input))
        except ConnectorError as raised:
            error = raised
        calls = some(store, "TRUE ORDER BY at, calls.rowid")
        calls = [call for call in calls if call.attempts]  # a handler may refuse an input
        assert sum(call.attempts for call in calls) == len(sample.calls)
        for call in calls:
            if "." in call.operation:  # it reads for a dropdown, and is no operation of its own
                with pytest.raises(UsageError, match=f"only read for {name}"):
                    export(call, ZENDESK)
                continue
            _, played = replayed(call, ZENDESK, tmp_path)
            assert (played.error is None) == (call.outcome == "success")
        if calls and error:
            assert played.error is not None
            assert alike(error.message, played.error.message)
            assert type(error) is type(played.error)
        elif calls and outputs:
            assert alike(outputs[0], played.output), file
        store.close()


@pytest.mark.parametrize(
    ("operation", "given", "answers", "outcome"),
    [
        ("get_tool", {"id": 1}, [httpx.Response(404, json={"error": "gone"})], "error"),
        ("get_tool", {"id": 1}, [NotSent("refused"), httpx.Response(503), NoAnswer("cut"), SAW], "success"),
        ("get_tool", {"id": 1}, [httpx.Response(429, headers={"Retry-After": "30"}), SAW], "success"),
        ("get_tool", {"id": 1}, [httpx.Response(429, headers={"Retry-After": "7"})] * 20, "error"),
        ("get_tool", {"id": 1}, [NoAnswer("slow", timed_out=True)] * 99, "error"),
        ("get_tool", {"id": 1}, [httpx.Response(200, text="<html>")], "error"),
        ("get_tool", {"id": 1}, [httpx.Response(200, content=b'{"tool": "\xff"}')], "error"),
        ("make_tool", {"tool": "saw"}, [httpx.Response(201, json={"tool": "saw"})], "success"),
        ("make_tool", {"tool": "saw"}, [NotSent("refused"), SAW], "success"),
        ("make_tool", {"tool": "saw"}, [NoAnswer("cut")], "unknown"),
        ("make_tool", {"tool": "saw"}, [httpx.Response(502, text="<html>bad gateway</html>")], "unknown"),
        ("make_tool", {"tool": {"name": "é\ud800", "n": 2**70, "f": 1.50}}, [SAW], "success"),
        ("put_tool", {"id": 1}, [NoAnswer("cut"), httpx.Response(404, json={"error": "no such tool"})], "unknown"),
        ("put_tool", {"id": 1}, [httpx.Response(500), httpx.Response(200, json={})], "success"),
        ("move_tool", {}, [SAW, SAW, httpx.Response(200, json={"tool": "here"})], "success"),
        ("move_tool", {}, [SAW, SAW, httpx.Response(422, json={"error": "no"})], "error"),
        ("move_tool", {}, [NoAnswer("cut"), SAW, NoAnswer("cut")], "unknown"),
        ("name_tool", {"name": "a b&c=ann@acme.example+1"}, [SAW], "success"),
        ("list_tools", {"after": "x"}, [httpx.Response(200, json={"rows": [1, 2], "next": "y"})], "success"),
    ],
)  # fmt: skip
def test_what_happened_happens_again(
    desk: Office, tmp_path: Path, operation: str, given: Any, answers: list[Answer], outcome: str
) -> None:
    output, error = None, None
    try:
        output = desk.client(*answers, retry_for=60).run(operation, given)
    except ConnectorError as raised:
        error = raised
    call = desk.call
    assert call.outcome == outcome
    exported, played = replayed(call, desk.connector, tmp_path)
    assert len(played.sent) == call.attempts == len(desk.service.heard)
    assert alike(output, played.output)
    if error:
        assert played.error is not None
        assert (type(error), error.code, error.message) == (type(played.error), played.error.code, played.error.message)
        assert exported["error"]["message"] == error.message


def test_an_export_is_a_golden_test(desk: Office, tmp_path: Path) -> None:
    client = desk.client(NotSent("refused"), httpx.Response(503), NoAnswer("cut"), retry_for=0.8)
    with pytest.raises(ConnectorError):
        client.run("put_tool", {"id": 1})
    file = tmp_path / "put_tool.json"
    file.write_text(json.dumps(export(desk.call, desk.connector)))
    sample = load(desk.connector, file)
    assert isinstance(sample, Sample)
    assert list(play_sample(sample)) == []
    sample.data["calls"][1]["status"] = 404
    assert [found.place for found in play_sample(sample)] == ["calls/2", "error"]


def test_a_raw_request_is_played_to_the_letter(desk: Office, tmp_path: Path) -> None:
    full = {"method": "POST", "url": {"full_url": "https://other.example/x?b=1"}, "include_raw_body": True}
    form = {"name": "ann", "mail": "ann@acme.example", "file": {"name": "a.txt", "content": "YW5uQGFjbWUuZXhhbXBsZQ=="}}
    answer = httpx.Response(
        200, text='{ "a":  1.0 }', headers=[("Content-Type", "application/json"), ("A", "1"), ("A", "2")]
    )
    output = desk.client(answer).run("raw", {**full, "body": {"form_data": form}})
    exported, played = replayed(desk.call, desk.connector, tmp_path)
    assert played.output == output
    assert played.output["response"]["raw_body"] == '{ "a":  1.0 }'
    assert "ann@acme.example" not in json.dumps(exported)
    assert "YW5uQGFjbWUuZXhhbXBsZQ" not in json.dumps(exported)


class Renewing:
    """Credentials that are renewed once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def fresh(self, refused: Connection | None = None) -> Steps:
        yield from ()
        return self.connection


def test_a_call_whose_credentials_were_renewed(desk: Office, tmp_path: Path) -> None:
    client = desk.client(httpx.Response(401), SAW)
    client._context.credentials = Renewing(desk.connection)
    client.run("get_tool", {"id": 1})
    _, played = replayed(desk.call, desk.connector, tmp_path)
    assert played.output == {"tool": "saw"}


def test_a_call_whose_program_was_ended(desk: Office, tmp_path: Path) -> None:
    seen: list[Kept] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.extend(desk.calls)
        return SAW

    desk.client(answer).run("make_tool", {"tool": "saw"})
    exported, _ = replayed(seen[0], desk.connector, tmp_path)
    assert exported["error"]["error"] == "OutcomeUnknown"
    assert exported["calls"][0]["failure"]["kind"] == "no_answer"


def test_the_same_person_is_the_same_everywhere_and_nobody(desk: Office, tmp_path: Path) -> None:
    mail, other, phone = "Ann.O'Hara@acme.example", "joann@acme.example", "+44 20 7946 0958"
    body = {
        "tool": f"of {mail} and {other}", "mails": [mail, mail.lower(), other], "phone": phone, "fax": "020 7946 0958",
        "link": "https://shed.example/v1/tools/1?by=Ann.O%27Hara%40acme.example",
        "file": "https://shed.example/attachments/token/AbC123dEf/?name=x",
        "text": json.dumps({"from": mail}), "at": "2026-01-01T00:00:00+00:00", "number": 360001234567,
        "id": "360001234567", other: True,
    }  # fmt: skip
    desk.client(httpx.Response(200, json=body)).run("name_tool", {"name": mail})
    exported, played = replayed(desk.call, desk.connector, tmp_path)
    text = json.dumps(exported)
    for told in (mail, mail.lower(), other, "acme.example", "shed.example/v1", phone, "7946", "AbC123dEf", "%27Hara"):
        assert told not in text.replace(connection_for(desk.connector).base_url, "")
    found = played.output
    assert found["mails"] == ["Person1@example.com", "person1@example.com", "person2@example.com"]
    assert exported["input"]["name"] == "Person1@example.com"
    assert found["tool"] == "of Person1@example.com and person2@example.com"
    assert "by=Person1%40example.com" in found["link"]
    assert json.loads(found["text"]) == {"from": "Person1@example.com"}
    assert found["person2@example.com"] is True
    assert found["file"].endswith("/token/token1/?name=x")
    assert (found["at"], found["number"], found["id"]) == (body["at"], body["number"], body["id"])
    assert (found["phone"][:5], found["fax"][:4]) == ("+1555", "1555")


@pytest.mark.parametrize(
    ("operation", "given", "answer", "why"),
    [
        ("get_tool", {"id": 1}, httpx.Response(200, json={"tool": "x" * 2**20}), "is too long to be kept whole"),
        ("get_tool", {"id": 1}, httpx.Response(400, content=b"\xff" * 2**15), "is too long to be kept whole"),
        ("make_tool", {"tool": "x" * 2**19}, SAW, "its input has a text that is too long to be kept"),
        ("lock_tool", {"pin": "12345", "tool": "1"}, SAW, None),
    ],
)
def test_what_was_not_kept_whole_is_not_exported(
    desk: Office, operation: str, given: Any, answer: httpx.Response, why: str | None, tmp_path: Path
) -> None:
    try:
        desk.client(answer).run(operation, given)
    except ConnectorError:
        assert why
    if why is None:
        replayed(desk.call, desk.connector, tmp_path)
        return
    with pytest.raises(UsageError, match=why) as raised:
        export(desk.call, desk.connector)
    assert desk.call.id in raised.value.message


def test_what_was_never_sent_is_not_exported(desk: Office) -> None:
    with pytest.raises(ConnectorError):
        desk.client().run("raw", {"method": "GET", "url": {"full_url": "https://third.example/"}})
    with pytest.raises(UsageError, match="there is nothing to play"):
        export(desk.call, desk.connector)


def test_a_call_that_ends_otherwise_is_not_exported(desk: Office) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.client(SAW, broken).run("move_tool")
    call = desk.call
    call.exchanges.pop()
    with pytest.raises(UsageError, match="played again it ends otherwise"):
        export(call, desk.connector)
