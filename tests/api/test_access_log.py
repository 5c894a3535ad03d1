"""The access log: a line for each request, by which it is found again, and nothing that is a secret."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from connector.cli.telling import JSONLine

from ..raw_server import RawServer, Reply, answer
from .conftest import Api
from .serving import GET, serve

RUN = "/v1/connectors/zendesk/operations/get_ticket/run"
CALL = {"connection": "sandbox", "input": {"ticket_id": 12345}}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """The lines so far, as JSON; the last is written when its request is answered already."""
    caplog.set_level(logging.INFO, "connector")
    form = JSONLine()

    def found(count: int = 1, event: str = "access") -> list[dict[str, Any]]:
        until = time.monotonic() + 10
        while True:
            told = [record for record in caplog.records if getattr(record, "event", None) == event]
            if len(told) >= count:
                return [json.loads(form.format(record)) for record in told]
            assert time.monotonic() < until
            time.sleep(0.005)

    return found


def test_a_request_is_told_with_who_asked_and_its_call(api: Api, lines: Any) -> None:
    given = api.call("POST", RUN, CALL, tenant="acme", headers={"X-Request-Id": "order-66"})
    (line,) = lines()
    key = api.key("acme").removeprefix("ck_").partition("_")[0]
    assert line.pop("seconds") > 0
    assert line.pop("time")
    assert line.pop("message").startswith("POST /v1/connectors/{connector}/operations/{operation}/run 200 in ")
    assert line == {
        "level": "info",
        "event": "access",
        "method": "POST",
        "route": "/v1/connectors/{connector}/operations/{operation}/run",
        "status": 200,
        "request_id": "order-66",
        "key": key,
        "tenant": "acme",
        "call": given.headers["x-call-id"],
    }
    assert given.headers["x-request-id"] == "order-66"
    assert {told["request_id"] for told in lines(event="call") + lines(event="request")} == {"order-66"}


def test_one_without_a_name_is_given_one(api: Api, lines: Any) -> None:
    ids = [api.http.get("/healthz").headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert [line["request_id"] for line in lines(3)] == ids


@pytest.mark.parametrize("name", ["a b", "a\u00e9", "x" * 65, "", "a{b}"])
def test_a_name_that_is_no_short_word_is_not_taken(api: Api, lines: Any, name: str) -> None:
    given = api.http.get("/healthz", headers={b"X-Request-Id": name.encode()})
    assert given.headers["x-request-id"] != name
    assert lines()[0]["request_id"] == given.headers["x-request-id"]


def test_a_refusal_has_the_name_of_its_request(api: Api, lines: Any) -> None:
    given = api.http.post(RUN, json=CALL)
    assert given.status_code == 401
    (line,) = lines()
    assert line["request_id"] == given.json()["request_id"]
    assert "key" not in line


def test_no_secret_query_or_body_is_told(api: Api, lines: Any, caplog: pytest.LogCaptureFixture) -> None:
    api.call("POST", f"{RUN}?word=of-the-query", {**CALL, "input": {"ticket_id": "of-the-body"}})
    api.call("POST", RUN, {**CALL, "input": {"ticket_id": "of-the-body"}})
    api.http.get("/of-the-path", headers={"Authorization": "Bearer of-the-key"})
    assert len(lines(3)) == 3
    told = caplog.text + json.dumps([vars(record) for record in caplog.records], default=str)
    assert not [word for word in ("of-the", api.key()) if word in told]


def test_a_defect_is_told_with_its_place_and_not_to_whoever_asked(
    api: Api, lines: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr(api.server, "connector", broken)
    given = api.call("POST", RUN, CALL)
    assert given.status_code == 500
    assert "inside" not in given.text
    assert lines()[0]["status"] == 500
    (record,) = [record for record in caplog.records if record.exc_info]
    line = json.loads(JSONLine().format(record))
    assert line["request_id"] == given.json()["request_id"]
    assert "ZeroDivisionError: the inside" in line["trace"]


def test_the_program_writes_it_where_it_is_asked_for() -> None:
    ticket = answer(b'{"ticket": {"id": 1}}', "Content-Type: application/json")
    with RawServer(Reply(ticket)) as service, serve(service.url, "--log", "json") as program:
        assert program.run(GET, {"ticket_id": 1}).status_code == 200
        program.process.terminate()
        lines = program.log()
    assert [line["status"] for line in lines if line.get("event") == "access"] == [200, 200]
    text = json.dumps(lines)
    assert program.told["key"] not in text
    assert "the-secret-of-the-account" not in text


def test_what_a_service_makes_us_warn_of_is_a_line_of_the_log_and_kept_short() -> None:
    odd = {"ticket": {"id": "x", "\nForged line": 1, "long": "x" * 100_000}}
    reply = Reply(answer(json.dumps(odd).encode(), "Content-Type: application/json"))
    with RawServer(reply) as service, serve(service.url, "--log", "json") as program:
        for _ in range(2):
            assert program.run(GET, {"ticket_id": 1}).status_code == 200
        program.process.terminate()
        assert program.process.stderr
        told = program.process.stderr.read().splitlines()
    (line,) = (one for one in told if "does not fit its schema" in one)
    assert json.loads(line)["level"] == "warning"
    assert len(line) < 1000
    assert not [one for one in told if one.startswith("Forged")]
