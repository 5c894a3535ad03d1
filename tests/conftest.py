"""What several test files share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from .command_line import CommandLine
from .limited import Shed


@pytest.fixture(autouse=True)
def _data_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a test does is kept where the user keeps things."""
    folder = tmp_path_factory.getbasetemp() / "data" / uuid.uuid4().hex  # made where something is kept
    monkeypatch.setenv("CONNECTOR_DATA", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("CONNECTOR_KEY", raising=False)


@pytest.fixture(autouse=True)
def _no_way_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's proxies and CAs are no matter of the tests."""
    for key in list(os.environ):
        if key.lower().endswith("_proxy") or key in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(key)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shed]:
    """The small service under limits, its clock and its store."""
    monkeypatch.setenv("CONNECTOR_RECORD", "off")  # the store has the limits alone
    found = Shed(tmp_path)
    yield found
    for one in found.opened:
        one.close()


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on the small connector, its sandbox in the test's own folder."""
    return CommandLine(tmp_path, capsys, monkeypatch)
