"""An API on the sandboxes, and keys of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connector.access import keys
from connector.access.scopes import SCOPES
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings

from ..serving import served

ORIGIN = "https://app.example"


@dataclass
class Api:
    """A running API; `call` sends with a key of the tenant."""

    server: Server
    http: httpx.Client
    keys: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    def key(self, tenant: str = "", scopes: frozenset[str] = frozenset(SCOPES)) -> str:
        """A key of a tenant, made once."""
        if (tenant, scopes) not in self.keys:
            made = keys.create(self.server.store, name="test", tenant=tenant, scopes=scopes, now=time.time())
            self.keys[tenant, scopes] = made
        return self.keys[tenant, scopes]

    def call(
        self, method: str, path: str, body: Any = None, *, tenant: str = "", key: str | None = None, **more: Any
    ) -> httpx.Response:
        """One request, by a key of the tenant or the key (or embed token) given."""
        headers = {"Authorization": f"Bearer {key or self.key(tenant)}", **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return self.http.request(method, path, headers=headers, **more)


@pytest.fixture
def api() -> Iterator[Api]:
    """An API that may be called from pages of ORIGIN."""
    server = Server(Settings(origins=(ORIGIN,)), retry_for=0)
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http)
