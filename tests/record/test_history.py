"""The commands `calls` and `replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import ConnectorError
from connector.record.kept import find
from connector.steps import NoAnswer
from connector.store import Store

from ..command_line import CommandLine, Done, refused
from .office import SAW, Office


@pytest.fixture
def shell(cli: CommandLine, desk: Office, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line on the store of the desk."""
    monkeypatch.setenv("CONNECTOR_DATA", str(desk.folder))
    monkeypatch.setenv("CONNECTOR_PATH", str(desk.folder / "home"))
    return cli


@pytest.fixture
def three(desk: Office) -> list[str]:
    """The ids of three calls: a success, an error, one whose outcome is unknown."""
    desk.client(SAW).run("get_tool", {"id": 1})
    desk.store.flush()
    desk.clock.advance(1)
    with pytest.raises(ConnectorError):
        desk.client(httpx.Response(404, json={"error": "gone"})).run("get_tool", {"id": 2})
    desk.clock.advance(1)
    with pytest.raises(ConnectorError):
        desk.client(NoAnswer("cut")).run("make_tool", {"tool": "saw"})
    return [call.id for call in desk.calls]


def ids(done: Done) -> list[str]:
    assert done.code == 0
    return [one["id"] for one in done.json]


def test_the_list_has_the_newest_at_its_end(shell: CommandLine, three: list[str]) -> None:
    done = shell("calls")
    head, *rows = done.out.splitlines()
    assert head.split() == ["CALL", "TIME", "CONNECTION", "OPERATION", "OUTCOME", "SECONDS"]
    assert [row.split()[0] for row in rows] == three
    assert [row.split()[5] for row in rows] == ["success", "error", "unknown"]
    assert rows[1].endswith("GET /tools/2 answered 404 Not Found. gone.")
    assert ids(shell("calls", "--json")) == three


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--last", "2"], [1, 2]),
        (["--outcome", "unknown"], [2]),
        (["--operation", "get_tool"], [0, 1]),
        (["--operation", "get_tool", "--outcome", "error"], [1]),
        (["--connection", "desk", "--last", "1"], [2]),
        (["--connection", "other"], []),
    ],
)
def test_the_list_is_narrowed(shell: CommandLine, three: list[str], options: list[str], found: list[int]) -> None:
    assert ids(shell("calls", "list", "--json", *options)) == [three[index] for index in found]


def test_an_empty_list(shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("calls").out == "No calls are recorded.\n"
    monkeypatch.setenv("CONNECTOR_RECORD", "off")
    assert shell("calls").out == "CONNECTOR_RECORD is off: no calls are recorded.\n"


def test_a_call_is_shown(shell: CommandLine, three: list[str]) -> None:
    out = shell("calls", "show", three[1][:8]).out
    assert out.startswith("get_tool of shed on desk, ")
    for line in (
        "Outcome: error in 0.00 seconds, 1 request",
        "Error: GET /tools/2 answered 404 Not Found. gone.",
        "> GET https://shed.example/v1/tools/2",
        "> Authorization: Bearer ***",
        "< 404  after 0.000 seconds",
        '  "error": "gone"',
    ):
        assert line in out.splitlines()
    assert f"To find out: connector reconcile {three[2]}" in shell("calls", "show", three[2]).out
    assert "< no answer: cut" in shell("calls", "show", three[2]).out


def test_a_call_is_shown_as_json(shell: CommandLine, three: list[str]) -> None:
    found = shell("calls", "show", three[1], "--json").json
    assert (found["id"], found["outcome"], found["input"]) == (three[1], "error", {"id": 2})
    assert found["exchanges"][0]["response"]["body"] == {"error": "gone"}


def test_bodies_that_were_not_kept_whole_are_shown_as_such(shell: CommandLine, desk: Office) -> None:
    answers = httpx.Response(200, json={"tool": "x" * 2**20}), httpx.Response(400, content=b"\xff" * 2**15)
    desk.client(answers[0]).run("get_tool", {"id": 1})
    with pytest.raises(ConnectorError):
        desk.client(answers[1]).run("get_tool", {"id": 1})
    cut, digest = (shell("calls", "show", call.id).out for call in desk.calls)
    assert "(cut: it has 1048587 bytes)" in cut
    assert "(32768 bytes, sha256 " in digest


def test_a_call_without_an_end(shell: CommandLine, desk: Office) -> None:
    seen: list[Done] = []

    def answer(request: httpx.Request) -> httpx.Response:
        (call,) = desk.calls
        seen.extend([shell("calls", "show", call.id), shell("calls", "--outcome", "unknown"), shell("calls")])
        return SAW

    desk.client(answer).run("make_tool", {"tool": "saw"})
    assert "No end is recorded: its program was ended, or is still at it." in seen[0].out
    assert "< no answer is recorded" in seen[0].out
    assert all("no end is recorded" in done.out for done in seen[1:])


def test_what_was_found_out_is_told(shell: CommandLine, desk: Office, three: list[str]) -> None:
    told = json.dumps({"verdict": "did_not_happen", "message": "It is not there.", "at": 0, "found": []})
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE calls SET reconciled = ?, outcome = 'error' WHERE id = ?", (told, three[2]))
    assert "found out: did not happen" in shell("calls").out
    assert "Found out: did not happen. It is not there." in shell("calls", "show", three[2]).out


def test_an_id_may_be_short_but_not_too_short(shell: CommandLine, desk: Office, three: list[str]) -> None:
    with desk.store.transaction() as cursor:
        cursor.execute("UPDATE calls SET id = 'abc' || substr(id, 4)")
    refused(shell("calls", "show", "ab"), "There is more than one call ab. Give more of its id.")
    refused(shell("calls", "show", "xyz"), "There is no call xyz. See connector calls.")
    refused(shell("calls", "show"), "Name a call: connector calls show CALL.")
    refused(shell("calls", "--last", "0"), "--last must be 1 or more.")


@pytest.mark.parametrize(("index", "code"), [(0, 0), (1, 3), (2, 4)])
def test_an_exported_call_is_replayed_with_its_exit_code(
    shell: CommandLine, tmp_path: Path, three: list[str], index: int, code: int
) -> None:
    file = tmp_path / "call.json"
    file.write_text(shell("calls", "export", three[index]).out)
    done = shell("replay", str(file))
    assert done.code == code
    assert done.out == ('{\n  "tool": "saw"\n}\n' if code == 0 else "")
    assert ("Error: GET /tools/2 answered 404 Not Found. gone." in done.err) == (code == 3)
    assert ("Outcome unknown: POST /tools was sent" in done.err) == (code == 4)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("output", {"tool": "axe"}, 'Differs: output is {"tool": "saw"}, not {"tool": "axe"}.'),
        ("input", {"id": 5}, "Differs: calls/0/request is GET /tools/5, not GET /tools/1."),
        ("calls", [], "Differs: calls/0 is not there, and the call asks for GET /tools/1."),
    ],
)
def test_a_replay_says_where_it_differs(
    shell: CommandLine, tmp_path: Path, three: list[str], key: str, value: Any, said: str
) -> None:
    exported = json.loads(shell("calls", "export", three[0]).out)
    file = tmp_path / "call.json"
    file.write_text(json.dumps({**exported, key: value}))
    done = shell("replay", str(file))
    assert done.code == 1
    assert said in done.err.splitlines()


def test_a_replay_that_succeeds_in_place_of_an_error(shell: CommandLine, tmp_path: Path, three: list[str]) -> None:
    exported = json.loads(shell("calls", "export", three[1]).out)
    exported["calls"][0] |= {"status": 200, "response": {"tool": "saw"}}
    exported["calls"] *= 2
    file = tmp_path / "call.json"
    file.write_text(json.dumps(exported))
    done = shell("replay", str(file))
    assert done.code == 1
    assert "Differs: calls/1 was not made." in done.err
    assert "Differs: error did not come; the call succeeded." in done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory."),
        ("{", "is not JSON: "),
        ("[]", "is no exported call: it names no connector and operation. See connector calls export."),
        ('{"connector": "nothing", "operation": "x"}', "There is no connector 'nothing'."),
        ('{"connector": "shed", "operation": "x"}', "shed has no operation 'x'."),
        ('{"connector": "shed", "operation": "get_tool"}', "must hold either an output or an error."),
        (
            '{"connector": "shed", "operation": "get_tool", "output": {}, "calls": [{"failure": {"kind": "odd"}}]}',
            "calls/0/failure: is of no kind. Known: not_sent, no_answer, too_large.",
        ),
    ],
)
def test_a_file_that_is_no_exported_call_is_refused(
    shell: CommandLine, tmp_path: Path, content: str | None, said: str
) -> None:
    file = tmp_path / "call.json"
    if content is not None:
        file.write_text(content)
    refused(shell("replay", str(file)), said)


def test_a_call_of_the_command_line_is_recorded(cli: CommandLine) -> None:
    cli.run("get_tool", {"id": 1})
    store = Store(cli.folder / "data" / "connector.db")
    (one,) = store.query("SELECT id, connection FROM calls")
    assert one["connection"] == "sandbox"
    assert find(store, one["id"]).input == {"id": 1}
    store.close()
