"""What several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

from .command_line import CommandLine


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on the small connector, its sandbox in the test's own folder."""
    return CommandLine(tmp_path, capsys, monkeypatch)
