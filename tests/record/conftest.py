"""What the tests of the record share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .office import Office


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    folder = tmp_path / "office"
    folder.mkdir()
    monkeypatch.setenv("CONNECTOR_PATH", str(folder / "home"))
    found = Office(folder)
    yield found
    found.close()
