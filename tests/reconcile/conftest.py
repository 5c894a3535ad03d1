"""A fresh account for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.testing.clock import HeldClock

from .lost import SANDBOX, Account, time


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account as it was an hour before the tests begin, to copy."""
    file: Path = tmp_path_factory.mktemp("seeded") / "account.db"
    SANDBOX.create_app(file, clock=lambda: time(HeldClock().now() - 7200)).close()
    return file


@pytest.fixture
def account(seeded: Path, tmp_path: Path) -> Iterator[Account]:
    account = Account(tmp_path, seeded)
    yield account
    account.close()
