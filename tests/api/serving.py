"""`connector serve` as a program, on a service of scripted bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
GET, LIST, UPDATE = "get_ticket", "list_tickets", "update_ticket"


@dataclass
class Program:
    """The program, and what calls it; `told` is what it said of itself: address, url, docs, key."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.told['key']}"}

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.told["address"] + path, headers=self.headers, trust_env=False)

    def run(self, operation: str, given: Any, query: str = "") -> httpx.Response:
        """Run an operation on the service."""
        path = f"/v1/connectors/zendesk/operations/{operation}/run{query}"
        body = {"connection": "env", "input": given}
        return httpx.post(self.told["address"] + path, json=body, headers=self.headers, timeout=30, trust_env=False)

    def log(self) -> list[dict[str, Any]]:
        """The lines that it wrote until its end, where it was started with `--log json`."""
        assert self.process.stderr
        return [json.loads(line) for line in self.process.stderr if line.startswith("{")]


def environment(service: str = "http://127.0.0.1:9") -> dict[str, str]:
    given = {"ZENDESK_BASE_URL": service, "ZENDESK_ACCESS_TOKEN": "the-secret-of-the-account"}
    return os.environ | given | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "connector.cli", "serve", "--port", "0", *arguments]


@contextmanager
def serve(service: str, *arguments: str) -> Iterator[Program]:
    """The program, from when it listens; killed at the end where it has not ended."""
    said = command("--json", "--allow-network", "127.0.0.0/8", *arguments)
    pipe = subprocess.PIPE
    with subprocess.Popen(said, env=environment(service), stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout
            program = Program(process, json.loads(process.stdout.readline() or "{}"))
            httpx.get(f"{program.told['address']}/healthz", trust_env=False, timeout=30)
            yield program
        finally:
            process.kill()
