"""Killed at any moment, the store opens, what was acknowledged is there, and no secret lies in the clear."""

from __future__ import annotations

import base64
import json
import os
import random
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.accounts import saved
from connector.store import Store

from .faults.proxy import HOST
from .faults.service import SANDBOX, Service
from .faults.writer import PLANTED

ROOT = Path(__file__).parents[1]
ROUNDS = 5  # in each, two writers in one folder are killed; two seeds make 20
_PAIR = f"{SANDBOX['email']}/token:{SANDBOX['api_token']}".encode()
SECRETS = (SANDBOX["api_token"].encode(), base64.b64encode(_PAIR), PLANTED.encode())


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


def environment(service: Service, folder: Path) -> dict[str, str]:
    given = {"BASE_URL": f"http://{HOST}:{service.port}", "EMAIL": SANDBOX["email"], "API_TOKEN": SANDBOX["api_token"]}
    return os.environ | {f"ZENDESK_{name}": value for name, value in given.items()} | {"CONNECTOR_DATA": str(folder)}


def writer(service: Service, folder: Path, prefix: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.writer", prefix]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment(service, folder), stdout=pipe, stderr=pipe, text=True)


def killed(program: subprocess.Popen[str], chance: random.Random) -> list[list[str]]:
    """What it said before it was killed, in words: soon after it began, or while it writes."""
    with program:
        assert program.stdout
        assert program.stderr
        said = [program.stdout.readline() for _ in range(chance.choice((1, 1, 2, 6)))]
        select.select([], [], [], chance.uniform(0, 0.1))
        program.kill()
        said += program.stdout.read().splitlines()
        assert program.stderr.read() == ""
    assert said[0] == "ready\n"
    return [line.split() for line in said[1:]]


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_nothing_acknowledged_is_lost(service: Service, tmp_path: Path, seed: int) -> None:
    chance, said = random.Random(seed), []
    for number in range(ROUNDS):
        programs = [writer(service, tmp_path, f"k{seed}-{number}-{one}") for one in range(2)]
        said += [words for program in programs for words in killed(program, chance)]
    acknowledged = {word: "success" for what, word in said if what == "acknowledged"}
    kept = {word: f"{PLANTED}-{word}" for what, word in said if what == "kept"}
    recorded, secrets = opened(tmp_path, kept)
    assert len(kept) > ROUNDS
    assert {word: recorded.get(word) for word in acknowledged} == acknowledged
    assert [word for word in service.subjects(f"k{seed}-") if recorded.get(word) not in ("sent", "success")] == []
    assert secrets == kept
    told = {"sent": "unknown"}  # it began, and nobody was left to say how it ended
    assert listed(service, tmp_path) == sorted(told.get(outcome, outcome) for outcome in recorded.values())
    for file in (one for one in tmp_path.rglob("*") if one.is_file()):
        assert file.stat().st_mode & 0o077 == 0, file
        assert [secret for secret in SECRETS if secret in file.read_bytes()] == [], file


def opened(folder: Path, names: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The outcome of each create_ticket by its subject, and the secret of each connection; the file is whole."""
    store = Store(folder / "connector.db")
    assert [tuple(row) for row in store.query("PRAGMA integrity_check")] == [("ok",)]
    rows = store.query("SELECT input, outcome FROM calls WHERE operation = 'create_ticket'")
    secrets = {name: saved.open_secrets(store, name).values["api_token"] for name in names}
    store.close()
    return {json.loads(given)["subject"]: outcome for given, outcome in rows}, secrets


def listed(service: Service, folder: Path) -> list[str]:
    """The outcomes of every create_ticket that `connector calls` lists."""
    command = [
        sys.executable,
        "-m",
        "connector.cli",
        "calls",
        "--json",
        "--last",
        "100000",
        "--operation",
        "create_ticket",
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(service, folder), capture_output=True, text=True, check=True
    )
    return sorted(call["outcome"] for call in json.loads(done.stdout))
