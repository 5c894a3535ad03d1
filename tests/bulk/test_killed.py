"""`connector bulk` as a program, killed and interrupted at random moments, against the sandbox on a port."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.store import Store

from ..faults.proxy import HOST
from ..faults.service import SANDBOX, Service

ROOT = Path(__file__).parents[2]
COUNT = 90


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


class Program:
    """`connector bulk` on rows that have a subject each, in a folder of the test's own."""

    def __init__(self, service: Service, folder: Path, operation: str, prefix: str, count: int = COUNT) -> None:
        self.operation, self.count = operation, count
        self.rows = folder / "rows.csv"
        body = "comment.body" if operation == "create_ticket" else "description"
        subjects = [f"{prefix}-{number}" for number in range(1, count + 1)]
        self.rows.write_text("".join([f"subject,{body}\n", *(f"{subject},Hello\n" for subject in subjects)]))
        given = {"BASE_URL": f"http://{HOST}:{service.port}", "EMAIL": SANDBOX["email"]}
        given["API_TOKEN"] = SANDBOX["api_token"]
        self._env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self._env |= {f"ZENDESK_{name}": value for name, value in given.items()}
        self._env |= {"CONNECTOR_DATA": str(folder / "data"), "PYTHONDONTWRITEBYTECODE": "1"}

    def begin(self, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "connector.cli", "bulk", "zendesk", self.operation, "--connection", "env"]
        return subprocess.Popen(
            [*command, "--rows", str(self.rows), "--select", "ticket.subject", *more], cwd=ROOT, env=self._env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def stopped(self, chance: random.Random, number: signal.Signals, *more: str) -> tuple[int, list[dict[str, Any]]]:
        """Begin, and send a signal at a random moment; the exit code and the result lines."""
        with self.begin(*more) as program:
            assert program.stdout
            assert program.stderr
            said = [program.stdout.readline() for _ in range(chance.randrange(1, COUNT // 4))]
            select.select([], [], [], chance.uniform(0, 0.01))
            program.send_signal(number)
            said += program.stdout.readlines()
            assert "Traceback" not in program.stderr.read()
        return program.returncode, [json.loads(line) for line in said if line.endswith("\n")]

    def end(self, *more: str) -> tuple[int, list[dict[str, Any]], str]:
        """Run to the end: the exit code, the result lines, what was said."""
        with self.begin(*more) as program:
            out, err = program.communicate(timeout=120)
        return program.returncode, [json.loads(line) for line in out.splitlines()], err


def check(service: Service, prefix: str, lines: list[dict[str, Any]], count: int = COUNT) -> set[int]:
    """Every row is told once; a success is one ticket, an error none, no row two. The rows that are unknown."""
    made = Counter(service.subjects(f"{prefix}-"))
    assert sorted(line["row"] for line in lines) == [*range(1, count + 1)]
    assert {subject: times for subject, times in made.items() if times > 1} == {}
    for line in lines:
        if line["outcome"] != "unknown":
            assert (line["outcome"] == "success") == (made[f"{prefix}-{line['row']}"] == 1)
    return {line["row"] for line in lines if line["outcome"] == "unknown"}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("operation", ["create_ticket", "import_ticket"])
def test_killed_at_any_moment_no_row_is_done_twice(service: Service, tmp_path: Path, operation: str, seed: int) -> None:
    chance, prefix = random.Random(seed), f"{operation}{seed}"
    program, acknowledged = Program(service, tmp_path, operation, prefix), set()
    for resume in ([], ["--resume"], ["--resume"]):
        _, lines = program.stopped(chance, signal.SIGKILL, *resume)
        acknowledged |= {line["row"] for line in lines if line["outcome"] == "success"}
    code, lines, err = program.end("--resume")
    unknown = check(service, prefix, lines)
    assert acknowledged <= {line["row"] for line in lines if line["outcome"] == "success"}
    if operation == "create_ticket":  # has a key
        assert (code, unknown) == (0, set())
        return
    assert (code, len(unknown) <= 24) == (4 if unknown else 0, True)  # what was under way
    assert f"{COUNT - len(unknown)} done" in err
    store = Store(tmp_path / "data" / "connector.db")
    calls = {row["id"]: json.loads(row["input"])["subject"] for row in store.query("SELECT id, input FROM calls")}
    store.close()
    for line in lines:
        if line["row"] in unknown:
            assert calls[line["call_id"]] == f"{prefix}-{line['row']}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_the_rows_under_way_end(service: Service, tmp_path: Path, number: signal.Signals) -> None:
    prefix = f"interrupted{number}"
    program = Program(service, tmp_path, "import_ticket", prefix)
    code, lines = program.stopped(random.Random(1), number)
    assert code == 130
    assert {line["outcome"] for line in lines} == {"success"}
    assert len(service.subjects(f"{prefix}-")) == len(lines) < COUNT
    code, lines, err = program.end("--resume")
    assert (code, check(service, prefix, lines), f"{COUNT} done.\n" in err) == (0, set(), True)


def test_interrupted_twice_it_waits_for_nothing(service: Service, tmp_path: Path) -> None:
    program = Program(service, tmp_path, "import_ticket", "twice")
    with program.begin("--at-once", "50") as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        while "Stopping: " not in (line := running.stderr.readline()):
            assert line
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    code, lines, _ = program.end("--resume")
    unknown = check(service, "twice", lines)
    assert (code, len(unknown) <= 50) == (4 if unknown else 0, True)


def test_two_programs_on_the_same_rows_do_none_twice(service: Service, tmp_path: Path) -> None:
    program = Program(service, tmp_path, "import_ticket", "both")
    with program.begin() as first:
        assert first.stdout
        first.stdout.readline()
        code, _, err = program.end("--resume")
        first.communicate(timeout=60)
    assert {first.returncode, code} & {0, 2, 4}
    code, lines, err = program.end("--resume")
    assert check(service, "both", lines) == set(), err


MEASURED = """
import resource, sys
from connector.cli import main
code = main(sys.argv[1:])
print("held", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def test_what_is_held_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def held(count: int) -> int:
        rows = tmp_path / f"{count}.csv"
        rows.write_text("subject,comment.body\n" + f"one,{2000 * 'x'}\n" * count)
        command = [sys.executable, "-c", MEASURED, "bulk", "zendesk", "create_ticket", "--rows", str(rows), "--dry-run"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
        return int(done.stderr.split("held ")[1])

    assert held(5000) - held(500) < 2500  # KiB; the rows are 9000 more
