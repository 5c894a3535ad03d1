"""A new account for each test, driven inside the process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN, create_app


class HeldClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


class Api:
    """Requests to one sandbox, as the admin unless told otherwise."""

    def __init__(self, **options: Any) -> None:
        self.clock = HeldClock()
        self.app = create_app(**{"clock": self.clock, **options})
        self.auth: Any = (f"{ADMIN_EMAIL}/token", API_TOKEN)

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> httpx.Response:
        url = path if path.startswith(("/", "http")) else f"/api/v2/{path}"
        if json is not None:
            more["json"] = json
        return asyncio.run(self._send(method, url, more))

    async def _send(self, method: str, url: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test", auth=self.auth) as client:
            return await client.request(method, url, **more)

    def ok(self, method: str, path: str, json: Any = None, **more: Any) -> Any:
        """The body of an answer that must be a success."""
        response = self(method, path, json, **more)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def get(self, path: str, **query: Any) -> Any:
        return self.ok("GET", path, params=query or None)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new account in a file, to be copied: seeding takes longer than most tests."""
    file = tmp_path_factory.mktemp("sandbox") / "seeded.db"
    create_app(file).close()
    return file


@pytest.fixture
def api(seeded: Path, tmp_path: Path) -> Iterator[Api]:
    api = Api(data=shutil.copy(seeded, tmp_path / "state.db"))
    yield api
    api.app.close()
