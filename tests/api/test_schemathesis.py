"""The running API, tried by its own OpenAPI document: what it answers, what it takes, what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connector.access import keys
from connector.api.app import create_app
from connector.api.protocol import uvicorn_options
from connector.api.server import Server
from connector.api.settings import Settings
from connector.testing.clock import HeldClock

from ..accounts import service
from ..serving import served
from .asking import account
from .conftest import ORIGIN
from .desk import LOOPBACK

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize(
    ("phases", "examples"),
    [("examples,coverage", 1), ("fuzzing", 10), ("stateful", 10)],
)
def test_whatever_is_sent_is_answered_as_the_document_says(phases: str, examples: int, tmp_path: Path) -> None:
    settings = Settings(origins=(ORIGIN,), allow_networks=LOOPBACK, rate=10**6)
    server = Server(settings, retry_for=0)
    key = keys.create(server.store, name="test", now=time.time())
    with service.served(HeldClock()) as there, served(create_app(server), **uvicorn_options(settings)) as url:
        account(server.store, there.url)
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run",
             f"{url}/openapi.json", "--header", f"Authorization: Bearer {key}", "--phases", phases,
             "--max-examples", str(examples), "--request-timeout", "20", "--continue-on-failure"],
            capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"NO_COLOR": "1"}, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
