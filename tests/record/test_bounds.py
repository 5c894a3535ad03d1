"""The record is bounded: in the length of a body, in size, in age."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import Client, ConnectorError, UsageError
from connector.record.exchanges import BINARY, LONGEST
from connector.record.written import FILE
from connector.store import Store

from ..small_home import connected, shed
from .office import Office

DAY = 86400


def read_all(desk: Office, *answers: Any) -> None:
    client = desk.client(*answers)
    for number in range(len(answers)):
        client.run("get_tool", {"id": number})
        desk.store.flush()
        desk.clock.advance(1)


def saw(length: int) -> httpx.Response:
    noise = hashlib.shake_256(b"saw").hexdigest(length // 2)  # that cannot be zipped away
    return httpx.Response(200, json={"tool": noise})


def test_a_long_body_is_zipped(desk: Office) -> None:
    answer = httpx.Response(200, json={"tool": "saw " * 10_000})
    desk.client(answer).run("get_tool", {"id": 1})
    assert desk.call.exchanges[0]["response"]["body"] == answer.text
    ((size, long),) = desk.store.query("SELECT size, length(said) FROM calls, blocks")
    assert long < size < 2000


def test_a_body_that_is_too_long_is_cut_and_says_so(desk: Office) -> None:
    answer = httpx.Response(200, json={"tool": "é" * LONGEST})
    desk.client(answer).run("get_tool", {"id": 1})
    body = desk.call.exchanges[0]["response"]["body"]
    assert body == {"text": answer.text[:LONGEST][: len(body["text"])], "bytes": len(answer.content)}
    assert LONGEST // 2 < len(body["text"]) <= LONGEST


def test_no_secret_is_cut_in_half(desk: Office) -> None:
    secret = desk.connection.values["key"]
    for before in (len(secret), len(secret) // 2, 1):
        answer = httpx.Response(200, text="x" * (LONGEST - before) + secret + "y" * LONGEST)
        with pytest.raises(ConnectorError):
            desk.client(answer).run("get_tool", {"id": 1})
    for call in desk.calls:
        body = call.exchanges[0]["response"]["body"]
        assert len(body["text"]) <= LONGEST
        assert secret[:3] not in body["text"]


@pytest.mark.parametrize("length", [BINARY, BINARY + 1])
def test_a_body_that_is_no_text(desk: Office, length: int) -> None:
    content = b"\xff" * length
    with pytest.raises(ConnectorError):
        desk.client(httpx.Response(200, content=content)).run("get_tool", {"id": 1})
    body = desk.call.exchanges[0]["response"]["body"]
    digest = {"digest": f"{length} bytes, sha256 {hashlib.sha256(content).hexdigest()}"}
    assert (body == digest) == (length > BINARY)
    assert body.keys() <= {"digest", "base64"}


def test_a_long_file_is_kept_as_its_digest(desk: Office) -> None:
    desk.client(httpx.Response(200, json={"tool": "saw"})).run("make_tool", {"tool": ["a" * FILE, "b" * (FILE + 1)]})
    kept = desk.call.input["tool"]
    assert kept[0] == "a" * FILE
    assert kept[1] == f"*** {FILE + 1} bytes, sha256 {hashlib.sha256(b'b' * (FILE + 1)).hexdigest()}"


def test_the_oldest_go_when_there_is_too_much(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD_MB", "0.05")
    read_all(desk, *(saw(10_000) for _ in range(20)))
    numbers = [call.input["id"] for call in desk.calls]
    assert numbers == list(range(20))[-len(numbers) :]
    ((size,),) = desk.store.query("SELECT sum(size) FROM calls")
    assert 0.8 * 0.05 * 2**20 < size < 1.2 * 0.05 * 2**20


def test_short_processes_keep_the_bound_as_well(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD_MB", "0.1")
    for number in range(150):
        desk.client(saw(3000)).run("get_tool", {"id": number})  # each client has a journal of its own
        desk.store.flush()
        desk.clock.advance(1)
    ((size,),) = desk.store.query("SELECT sum(size) FROM calls")
    assert size < 2 * 0.1 * 2**20


def test_what_is_too_old_goes(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD_DAYS", "2")
    read_all(desk, saw(10))
    desk.clock.advance(2 * DAY - 2)
    read_all(desk, saw(20))
    assert len(desk.calls) == 2
    desk.clock.advance(2)
    read_all(desk, saw(30))
    assert len(desk.calls) == 2


def test_an_unknown_outcome_is_kept_until_it_is_too_old(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD_MB", "0.02")
    with pytest.raises(ConnectorError):
        desk.client(httpx.Response(503)).run("make_tool", {"tool": "saw"})
    read_all(desk, *(saw(10_000) for _ in range(10)))
    assert desk.calls[0].outcome == "unknown"
    assert len(desk.calls) < 6
    desk.clock.advance(31 * DAY)
    read_all(desk, saw(10))
    assert len(desk.calls) == 1


@pytest.mark.parametrize("given", ["much", "-1", "inf", "nan"])
def test_a_bound_that_is_no_number_is_refused(desk: Office, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD_MB", given)
    with pytest.raises(UsageError, match="CONNECTOR_RECORD_MB must be a number, such as 64"):
        desk.client()


def test_a_bound_of_nothing_keeps_nothing_but_the_unknown(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD_MB", "0")
    read_all(desk, saw(10), saw(10))
    assert desk.calls == []


def test_a_store_that_cannot_be_opened_for_a_while_loses_only_that_while(tmp_path: Path) -> None:
    (tmp_path / "later").write_text("a file, where the folder is to be")
    store = Store(tmp_path / "later" / "connector.db")
    found = shed(tmp_path / "home")
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"tool": "saw"}))
    with Client(found, connected(found), transport=transport, store=store) as client:
        client.run("get_tool", {"id": 1})
        store.flush()
        (tmp_path / "later").unlink()
        (tmp_path / "later").mkdir()
        for number in range(40):
            client.run("get_tool", {"id": number + 2})
        store.flush()
    (count,) = store.query("SELECT count(*) FROM calls")[0]
    assert count == 40
    store.close()
