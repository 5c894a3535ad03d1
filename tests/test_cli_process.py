"""The command line as a program of its own: its streams, its signals, a sandbox on a port, shell completion."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .command_line import CommandLine
from .raw_server import RawServer, Reply, answer

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "connector.cli"]


def environment(cli: CommandLine, **more: str) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "CONNECTOR_PATH", "CONNECTOR_DATA") if key in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}


def program(cli: CommandLine, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], input=stdin, env=environment(cli, **more), capture_output=True, text=True,
        timeout=60, check=False, cwd=cli.folder, encoding="utf-8",
    )  # fmt: skip


@contextmanager
def served(cli: CommandLine, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A sandbox on a port, and the environment that it tells its users to set."""
    process = subprocess.Popen(
        [*PROGRAM, "sandbox", "shed", "--port", "0", *arguments], env=environment(cli), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cli.folder,
    )  # fmt: skip
    with process:
        assert process.stderr
        told: dict[str, str] = {}
        for line in process.stderr:
            if found := re.match(r"\s+export (\w+)=(\S+)$", line):
                told[found[1]] = found[2]
            if line.strip().startswith("connector run"):
                break
        try:
            yield process, told
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list"], 0),
        (["check", "shed"], 1),
        (["run", "shed", "get_tool", "--input", "{"], 2),
        (["run", "shed", "get_tool", "--input", '{"id": 99}'], 3),
        (["run", "shed", "make_tool", "--input", '{"tool": "boom"}'], 4),
        (["run", "shed", "broken"], 5),
    ],
)
def test_every_exit_code_is_that_of_the_process(arguments: list[str], code: int, cli: CommandLine) -> None:
    (cli.home / "operations" / "shed" / "broken.yaml").write_text("title: [")
    done = program(cli, *arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert bool(done.stdout) == (code < 2)


def test_an_output_that_does_not_fit_is_a_warning_on_stderr(cli: CommandLine) -> None:
    with RawServer(Reply(answer(b'{"tool": 7, "new": "caf\xc3\xa9 \\ud83d"}'))) as server:
        done = program(
            cli, "run", "shed", "get_tool", "--input", '{"id": 1}', "--connection", "env",
            SHED_KEY="k", SHED_BASE_URL=server.url, PYTHONIOENCODING="ascii",
        )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)) == (0, {"tool": 7, "new": "café \ud83d"})
    assert (
        done.stderr
        == "Warning: The output of get_tool does not fit its schema: /tool: must be a text, not a whole number.\n"
    )


@pytest.mark.parametrize("arguments", [["list", "zendesk"], ["run", "shed", "list_tools", "--all"]])
def test_a_reader_that_has_seen_enough_is_no_error(arguments: list[str], cli: CommandLine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [*PROGRAM, *arguments], env=environment(cli), stdout=closed, stderr=subprocess.PIPE, timeout=60,
            check=False, cwd=cli.folder,
        )  # fmt: skip
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_a_sandbox_on_a_port_serves_who_sets_what_it_says(cli: CommandLine) -> None:
    with served(cli) as (_, told):
        assert told.keys() == {"SHED_BASE_URL", "SHED_KEY"}
        made = program(cli, "run", "shed", "make_tool", "--input", '{"tool": "vise"}', "--connection", "env", **told)
        assert (made.returncode, json.loads(made.stdout), made.stderr) == (0, {"tool": "vise"}, "")
        wrong = program(cli, "run", "shed", "list_tools", "--connection", "env", **{**told, "SHED_KEY": "no"})
        assert wrong.returncode == 3
        port = told["SHED_BASE_URL"].rpartition(":")[2]
        again = program(cli, "sandbox", "shed", "--port", port)
        assert (again.returncode, f"Port {port} is in use." in again.stderr) == (2, True)
    assert cli.run("get_tool", {"id": 4}).json == {"tool": "vise"}  # they keep their state in one place


def test_a_sandbox_begins_anew_where_it_is_told_to(cli: CommandLine) -> None:
    data = cli.folder / "own.json"
    data.write_text('["only"]')
    with served(cli, "--data", str(data)) as (_, told):
        kept = program(cli, "run", "shed", "get_tool", "--input", '{"id": 1}', "--connection", "env", **told)
        assert json.loads(kept.stdout) == {"tool": "only"}
    with served(cli, "--data", str(data), "--reset"):
        assert json.loads(data.read_text()) == ["saw", "axe", "awl"]
    assert not cli.touched


def test_ctrl_c_ends_a_sandbox_without_a_traceback(cli: CommandLine) -> None:
    with served(cli) as (process, _):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode in (0, 130)
    assert "Traceback" not in said


def complete(cli: CommandLine, line: str) -> list[str]:
    """What a shell is offered for an unfinished line: argcomplete answers on file descriptor 8."""
    done = subprocess.run(
        ["bash", "-c", f"exec 8>offered 9>/dev/null; {' '.join(PROGRAM)}"], cwd=cli.folder, timeout=60, check=False,
        capture_output=True, env=environment(
            cli, _ARGCOMPLETE="1", _ARGCOMPLETE_IFS="\n", _ARGCOMPLETE_SUPPRESS_SPACE="1", COMP_LINE=line,
            COMP_POINT=str(len(line)), COMP_TYPE="9",
        ),
    )  # fmt: skip
    assert done.returncode == 0
    return [word.strip() for word in (cli.folder / "offered").read_text().split("\n")]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("connector pl", ["plan"]),
        ("connector run sh", ["shed"]),
        ("connector run shed get", ["get_tool"]),
        ("connector show shed li", ["list_tools"]),
        ("connector list ze", ["zendesk"]),
        ("connector run shed get_tool --sel", ["--select"]),
        ("connector run nowhere x", [""]),
    ],
)
def test_a_shell_completes_commands_connectors_and_operations(line: str, offered: list[str], cli: CommandLine) -> None:
    assert complete(cli, line) == offered


def test_the_program_starts_without_what_it_does_not_need(cli: CommandLine) -> None:
    def imported(*arguments: str, **more: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *PROGRAM[1:], *arguments], env=environment(cli, **more),
            capture_output=True, text=True, timeout=60, check=False, cwd=cli.folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}

    heavy: set[Any] = {"pydantic", "jsonschema", "httpx", "aiohttp", "starlette", "anyio", "asyncio", "tqdm",
        "cryptography", "keyring", "oauthlib", "opentelemetry"}  # fmt: skip
    assert (
        imported("--help") & (heavy | {"yaml", "jmespath", "jsonschema_rs", "json", "http", "importlib.metadata"})
        == set()
    )
    with RawServer(Reply(answer(b'{"tool": "saw"}'))) as server:
        run = ["run", "shed", "get_tool", "--input", '{"id": 1}', "--connection", "env"]
        found = imported(*run, SHED_KEY="k", SHED_BASE_URL=server.url)
    assert found & heavy == set()
    assert {"http", "jsonschema_rs"} <= found
