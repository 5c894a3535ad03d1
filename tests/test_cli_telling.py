"""What the command line tells on stderr: logs, waits, traces; and `connector limits`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import Client
from connector.cli.telling import calls, waits
from connector.steps import Wait

from .command_line import CommandLine, refused
from .small_home import connected, shed
from .test_cli_process import PROGRAM, environment

ROOT = Path(__file__).parents[1]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """A command leaves the loggers of the process as they were."""
    before = [(one.level, one.propagate, list(one.handlers)) for one in (calls, waits)]
    yield
    assert [(one.level, one.propagate, list(one.handlers)) for one in (calls, waits)] == before


@pytest.mark.parametrize("where", ["before", "after", "environment"])
def test_the_log_is_json_on_stderr(cli: CommandLine, where: str) -> None:
    command = ["run", "shed", "get_tool", "--input", '{"id": 1}']
    if where == "environment":
        cli.patch.setenv("CONNECTOR_LOG", "json")
    done = cli(
        *(["--log", "json", *command] if where == "before" else command), *["--log", "json"][: 2 * (where == "after")]
    )
    assert done.json == {"tool": "saw"}
    request, call = lines(done.err)
    assert list(request) == [
        "time", "level", "message", "event", "call", "connector", "operation", "connection", "request", "status",
        "attempt", "seconds",
    ]  # fmt: skip
    assert (request["level"], request["request"], request["status"]) == ("info", "GET /tools/1", 200)
    assert request["time"].endswith("Z")
    assert (call["event"], call["outcome"], call["call"]) == ("call", "success", request["call"])


def test_the_log_is_text(cli: CommandLine) -> None:
    done = cli.run("get_tool", {"id": 1}, "--log", "text")
    assert " INFO GET /tools/1 answered 200 in " in done.err
    assert " INFO get_tool: success in " in done.err


def test_without_it_nothing_is_told(cli: CommandLine) -> None:
    assert cli.run("get_tool", {"id": 1}, "--connection", "sandbox").err == ""


def test_a_log_of_another_form(cli: CommandLine) -> None:
    refused(cli("list", "--log", "xml"), "invalid choice: 'xml'")
    cli.patch.setenv("CONNECTOR_LOG", "xml")
    refused(cli("list"), "CONNECTOR_LOG is 'xml'. It can be json or text.")


WAITS = [(0.4, ""), (11.2, "Waiting 12 s: GET /tools: the service's limit is reached.\n")]


@pytest.mark.parametrize(("seconds", "said"), WAITS)
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_long_wait_is_told_unless_stderr_is_json(
    cli: CommandLine, seconds: float, said: str, more: list[str]
) -> None:
    from connector import drive

    def waiting(given: Any) -> int:
        drive._tell(Wait(seconds, "GET /tools: the service's limit is reached"))
        return 0

    cli.patch.setitem(sys.modules["connector.cli.commands"].COMMANDS, "list", waiting)
    assert cli("list", *more).err == ("" if more else said)


def traced(cli: CommandLine, **more: str) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, "run", "shed", "get_tool", "--input", '{"id": 1}']
    return subprocess.run(command, env=environment(cli, **more), cwd=ROOT, capture_output=True, text=True, check=True)


def test_traces_go_where_the_environment_says(cli: CommandLine) -> None:
    done = traced(cli, OTEL_TRACES_EXPORTER="console")
    assert json.loads(done.stdout) == {"tool": "saw"}
    assert '"name": "shed get_tool"' in done.stderr
    assert '"service.name": "connector"' in done.stderr


def test_traces_without_their_exporter(cli: CommandLine) -> None:
    done = traced(cli, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert json.loads(done.stdout) == {"tool": "saw"}
    assert "pip install opentelemetry-sdk opentelemetry-exporter-otlp" in done.stderr


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_traces_that_are_turned_off(cli: CommandLine, off: dict[str, str]) -> None:
    assert "OpenTelemetry" not in traced(cli, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **off).stderr


def asked(cli: CommandLine, *answers: tuple[int, dict[str, str]], **more: Any) -> Client:
    """A client whose service gives these answers, and which keeps what it hears where the command line looks."""
    waiting, connector = iter(answers), shed(cli.folder / "other", **more)

    def answer(_: httpx.Request) -> httpx.Response:
        status, headers = next(waiting)
        return httpx.Response(status, json={"tool": "saw"}, headers=headers)

    return Client(connector, connected(connector), transport=httpx.MockTransport(answer), retry_for=0)


class TestLimits:
    def test_what_is_known(self, cli: CommandLine) -> None:
        headers = {
            "RateLimit-Limit": "100", "RateLimit-Remaining": "93", "RateLimit-Reset": "30", "Retry-After": "9",
            "Acme-a": "total=9; remaining=8; resets=600", "Acme-each": "total=5; remaining=4; resets=5",
        }  # fmt: skip
        again = {**headers, "Acme-each": "total=5; remaining=2; resets=5"}
        rates = {"buckets": "Acme-*", "apart": {"each": "path"}}
        answers = [(200, headers), (200, headers), (200, again), (429, headers)]
        with asked(cli, *answers, rates=rates) as ours:
            for number in (1, 2, 2):
                ours.run("get_tool", {"id": number})
            with pytest.raises(Exception, match="429"):
                ours.run("list_tools")
        done = cli("limits", "test")
        assert done.code == 0
        assert [line.split()[:4] for line in done.out.splitlines()] == [
            ["CONNECTION", "LIMIT", "LEFT", "OF"],
            ["shed:test", "a", "8", "9"],
            ["shed:test", "account", "93", "100"],
            ["shed:test", "each", "2", "5"],
            ["shed:test", "list_tools", "0", "?"],
        ]
        assert done.out.splitlines()[2].endswith("in 30 s")
        found = cli("limits", "shed:test", "--json").json
        assert [one["limit"] for one in found] == ["a", "account", "each", "list_tools"]
        assert found[3]["total"] is None
        assert 8 < found[3]["resets_in"] <= 9
        assert found[1] | {"resets_in": 0} == {
            "connection": "shed:test", "limit": "account", "total": 100, "remaining": 93, "resets_in": 0,
        }  # fmt: skip

    def test_a_window_that_is_over(self, cli: CommandLine) -> None:
        said = {"RateLimit-Limit": "100", "RateLimit-Remaining": "3", "RateLimit-Reset": "0.001"}
        with asked(cli, (200, said)) as ours:
            ours.run("get_tool", {"id": 1})
        assert "account  100   100  none used" in cli("limits", "test").out

    def test_nothing_is_known(self, cli: CommandLine) -> None:
        done = cli("limits", "env")
        assert (done.code, done.out) == (
            0, "Nothing is known of the limits of env: no answer to a call has told of one.\n",
        )  # fmt: skip
        assert cli("limits", "sandbox", "--json").json == []

    def test_no_such_connection(self, cli: CommandLine) -> None:
        refused(cli("limits", "acme"), "There is no connection 'acme'.")
