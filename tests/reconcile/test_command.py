"""`connector reconcile`."""

from __future__ import annotations

import json

import httpx
import pytest

from connector import Client, OutcomeUnknown
from connector.sandbox import sandbox_app

from ..command_line import CommandLine
from .lost import ZENDESK, Losing, published


def lost(name: str, lose: str = "after") -> str:
    """A call on the sandbox of the command line whose answer is lost; its id."""
    app = sandbox_app(ZENDESK)
    transport = Losing(app, None, None)
    transport.lose = lose
    with Client(ZENDESK, transport=transport, retry_for=0) as client, pytest.raises(OutcomeUnknown) as raised:
        client.run(name, published(name))
    app.close()
    return str(raised.value.call_id)


def test_what_happened_is_said_with_what_there_is(cli: CommandLine) -> None:
    done = cli("reconcile", lost("create_group")[:6])
    assert (done.code, done.err) == (0, "")
    message, _, row = done.out.partition("\n")
    assert message == "It happened: what it was to make is there. (GET /api/v2/groups)"
    assert json.loads(row)["name"] == published("create_group")["name"]


def test_json_is_whole(cli: CommandLine) -> None:
    call = lost("create_brand")
    found = cli("reconcile", call, "--json").json
    assert (found["call"], found["operation"], found["verdict"]) == (call, "create_brand", "happened")
    assert cli("reconcile", call, "--json").json == found


def test_what_cannot_be_told_is_exit_code_4(cli: CommandLine) -> None:
    done = cli("reconcile", lost("upload_attachment"))
    assert (done.code, done.err) == (4, "")
    assert done.out == "An upload that no comment uses goes away by itself. Upload the file again.\n"


def test_a_call_without_a_key_is_not_finished(cli: CommandLine) -> None:
    done = cli("reconcile", lost("create_group"), "--finish")
    assert (done.code, done.out) == (2, "")
    assert "cannot be finished" in done.err


def test_an_unknown_call_is_refused(cli: CommandLine) -> None:
    done = cli("reconcile", "abc")
    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: There is no call abc. See connector calls.\n"


def test_it_is_finished(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**published("create_ticket"), "idempotency_key": "k-1"}
    down = httpx.MockTransport(lambda request: httpx.Response(503))
    with Client(ZENDESK, transport=down, retry_for=0) as client, pytest.raises(OutcomeUnknown) as raised:
        client.run("create_ticket", given)
    call = str(raised.value.call_id)
    assert f"\nTo finish it: connector reconcile {call} --finish\n" in cli("reconcile", call).out
    done = cli("reconcile", call, "--finish")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("It had not happened. Now it has, once.\n")
