"""The wheel carries the data folders, and an installed engine finds them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to import from that holds what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed), "CONNECTOR_DATA": str(installed.parent)}
    program = "import sys; from connector.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(
        command, cwd=installed.parent, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_an_installed_engine_has_the_operations(installed: Path) -> None:
    found = json.loads(run(installed, "list", "--json"))
    assert found == [{"name": "zendesk", "title": "Zendesk", "operations": 107}]


def test_an_installed_engine_runs_on_its_sandbox(installed: Path) -> None:
    output = run(installed, "run", "zendesk", "get_ticket", "--input", '{"ticket_id": 12345}')
    assert json.loads(output)["ticket"]["id"] == 12345


def test_an_installed_engine_passes_its_own_check(installed: Path) -> None:
    run(installed, "check", "zendesk", "get_ticket")


def test_the_wheel_holds_nothing_but_the_engine(installed: Path) -> None:
    [wheel] = installed.parent.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"connector", "connector_runtime"}
    assert [name for name in names if "__pycache__" in name] == []
    folders = {name.split("/")[2] for name in names if name.startswith("connector/home/")}
    assert folders == {"operations", "samples", "sandbox", "schemas"}
