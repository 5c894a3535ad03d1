"""`connector connect` asks at a terminal: which way, which values, and shows no secret as it is typed."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connector.clock import SYSTEM
from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN, CLIENT_ID

from .accounts.service import Service, press, served

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with served(SYSTEM) as service:
        yield service


@pytest.fixture
def home(service: Service, tmp_path: Path) -> Path:
    """A connector of the service on a port, so that no address need be given."""
    folder = tmp_path / "home" / "operations" / "desk"
    folder.mkdir(parents=True)
    source = (ROOT / "operations" / "zendesk" / "connector.yaml").read_text()
    source = source.replace("https://{subdomain}.zendesk.com", service.url).replace(
        "required: [subdomain]", "required: []"
    )
    (folder / "connector.yaml").write_text(source)
    return tmp_path / "home"


def talk(home: Path, *arguments: str, says: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """The exit code and all that the terminal showed; each answer is typed when its question is there.

    In an answer `OPEN` is what comes of opening the address that was shown.
    """
    ours, theirs = pty.openpty()
    variables = {"CONNECTOR_PATH": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    kept = {name: os.environ[name] for name in ("PATH", "CONNECTOR_DATA", "PYTHON_KEYRING_BACKEND")}
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
        env=kept | variables, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, after = "", 0
    waiting = list(says)
    while True:
        try:
            part = os.read(ours, 4096).decode()
        except OSError:  # the program is over
            break
        if not part:
            break
        shown += part
        while waiting and waiting[0][0] in shown[after:]:
            question, answer = waiting.pop(0)
            after = shown.index(question, after) + len(question)
            if answer == "OPEN":
                answer = press(re.findall(r"http\S+/oauth/\S+", shown)[-1])
            os.write(ours, answer.encode() + b"\n")
    os.close(ours)
    code = process.wait(30)
    assert waiting == [], shown
    return code, shown.replace("\r\n", "\n")


def test_it_asks_for_the_way_and_its_values_and_shows_no_secret(home: Path) -> None:
    says = [
        ("Which one? [1] ", "9"),
        ("Which one? [1] ", "3"),
        ("Subdomain (may be left out): ", "a.b"),
        ("Subdomain (may be left out): ", ""),
        ("Email: ", ""),
        ("Email: ", ADMIN_EMAIL),
        ("API token: ", API_TOKEN),
    ]
    code, shown = talk(home, "connect", "desk", says=says)
    assert (code, f"Connected to Zendesk as {ADMIN_EMAIL}." in shown) == (0, True), shown
    assert "Answer with a number from 1 to 4." in shown
    assert "3  Email and API token (until 2027-04-30)" in shown
    assert "Zendesk makes no new API tokens after 2026-10-27" in shown
    assert "Subdomain is not of the right form." in shown
    assert "Email is needed." in shown
    assert API_TOKEN not in shown


def test_a_person_signs_in_and_pastes_the_address(home: Path) -> None:
    says = [("Which one? [1] ", ""), ("Subdomain (may be left out): ", ""), ("Client identifier: ", CLIENT_ID),
            ("Client secret (may be left out): ", ""), ("Paste the address that it shows: ", "OPEN")]  # fmt: skip
    code, shown = talk(home, "connect", "desk", "--no-browser", says=says)
    assert (code, "Connected to Zendesk" in shown) == (0, True), shown
    assert "The OAuth client must allow this redirect address: http://127.0.0.1:28482/callback" in shown
    again = [("There is a connection desk already. Replace it? [y/N] ", "")]
    code, shown = talk(home, "connect", "desk", says=again)
    assert (code, "Give another name, or replace it." in shown) == (2, True), shown
    again = [("Replace it? [y/N] ", "y"), ("Which one? [1] ", "\x04")]
    code, shown = talk(home, "connect", "desk", says=again)
    assert (code, "Nobody answers." in shown) == (2, True), shown
