"""Every published input runs over a real socket against the sandbox, each on a fresh account, and its output fits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

import connector
from connector import Client, Connection

from .serving import served

ZENDESK = connector.find("zendesk")
SANDBOX = ZENDESK.sandbox()


class Current:
    """An application that hands over to another, which each test puts in its place."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def current() -> Iterator[tuple[Current, str]]:
    """A server on a free port, and its URL."""
    current = Current()
    with served(current) as url:
        yield current, url


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account as it begins, to copy."""
    file = tmp_path_factory.mktemp("seeded") / "account.db"
    SANDBOX.create_app(file)
    return file


@pytest.fixture
def client(current: tuple[Current, str], seeded: Path, tmp_path: Path) -> Iterator[Client]:
    """A client on a fresh account; an output that does not fit is an error."""
    server, url = current
    for part in seeded.parent.glob(f"{seeded.name}*"):
        shutil.copy(part, tmp_path / part.name)
    server.app = SANDBOX.create_app(tmp_path / seeded.name)
    with Client(ZENDESK, Connection("published", ZENDESK, url, ZENDESK.spec["sandbox"]), strict=True) as client:
        yield client


def published(name: str) -> Any:
    file = ZENDESK.home / "samples" / "zendesk" / f"{name}.json"
    return json.loads(file.read_bytes())["input"]


@pytest.mark.parametrize("name", ZENDESK.names)
def test_the_published_input_succeeds(client: Client, name: str) -> None:
    client.run(name, published(name))


@pytest.mark.parametrize("name", [name for name in ZENDESK.names if ZENDESK.operation(name).options])
def test_the_dropdown_has_choices(client: Client, name: str) -> None:
    assert client.options(name, published(name))["result"]


@pytest.mark.parametrize("name", [name for name in ZENDESK.names if ZENDESK.operation(name).records])
def test_the_list_is_followed_to_its_end(client: Client, name: str) -> None:
    given = {
        key: value for key, value in published(name).items() if key not in ("page", "page_after", "next_page_token")
    }
    rows = list(client.stream(name, given))
    keys = [json.dumps(row.get("id", row) if isinstance(row, dict) else row) for row in rows]
    assert rows
    assert len(keys) == len(set(keys))


def test_what_is_created_is_read_back(client: Client) -> None:
    created = client.run("create_ticket", {"subject": "Printer", "comment": {"body": "It does not print."}})["ticket"]
    assert client.run("get_ticket", {"ticket_id": created["id"]})["ticket"]["subject"] == "Printer"
    client.run("delete_ticket", {"ticket_id": created["id"]})
    with pytest.raises(connector.APIError, match="404"):
        client.run("get_ticket", {"ticket_id": created["id"]})
