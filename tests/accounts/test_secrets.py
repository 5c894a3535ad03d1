"""No secret of a connection stands in the clear in any file, and every file is its owner's alone."""

from __future__ import annotations

import base64
import json
import stat
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector import Client
from connector.accounts import saved
from connector.connections import made
from connector.store import Store
from connector.testing.clock import HeldClock

from ..harbor import HARBOR
from .service import ZENDESK, Service, keep


def forms(secret: str) -> list[bytes]:
    """A secret as it is, and as JSON, URLs and Basic write it."""
    plain = secret.encode()
    return [
        plain,
        json.dumps(secret)[1:-1].encode(),
        quote(secret, safe="").encode(),
        base64.b64encode(plain).rstrip(b"="),
    ]


def clear(folder: Path, secrets: list[str]) -> list[tuple[str, str]]:
    """The files that hold a secret, in whatever form."""
    files = [(file, file.read_bytes()) for file in sorted(folder.rglob("*")) if file.is_file()]
    assert files
    return [
        (file.name, secret)
        for file, content in files
        for secret in secrets
        if any(form in content for form in forms(secret))
    ]


def closed(folder: Path) -> bool:
    return not [file for file in folder.rglob("*") if file.is_file() and stat.S_IMODE(file.stat().st_mode) != 0o600]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=12, max_size=300),
    token=st.binary(min_size=9),
)
def test_nothing_that_is_kept_stands_in_the_clear(
    secret: str, token: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    access = base64.urlsafe_b64encode(token).decode()
    store = Store(folder / "connector.db")
    connection = made("north", HARBOR, {"marina": "north", "api_key": secret}, scheme="office")
    tokens = {"access": access, "refresh": f"{access}.r", "expires": 1.0, "due": 1.0}
    new = {**tokens, "access": f"n.{access}"}
    planted = [secret, access]
    saved.keep(store, connection, base_url=None, tokens=tokens, renews=True, who=None, now=1.0)
    assert clear(folder, planted) == []
    assert saved.keep_tokens(store, saved.open_secrets(store, "north").version, new)
    saved.rekey(store)
    saved.rename(store, "north", "south")
    assert clear(folder, planted) == []
    assert closed(folder)
    assert {"connector.db", "connector.db-wal", "connector.db-shm", "key"} == {file.name for file in folder.iterdir()}
    found = saved.open_secrets(store, "south")
    assert (found.values, found.tokens) == ({"api_key": secret}, new)
    saved.remove(store, "south")
    store.close()
    assert clear(folder, planted) == []


def test_nor_anything_of_a_sign_in_that_is_used_and_renewed(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR_DATA", str(tmp_path))
    with closing(Store()) as store:
        keep(store, service.connection("client"), None, service.clock)
        first = service.connected(store, "person")
        planted = ["sandbox-secret", first.access, str(first.refresh)]
        for name in ("acme", "person"):
            with Client(ZENDESK, name, clock=service.clock) as client:
                for _ in range(2):
                    client.run("get_ticket", {"ticket_id": 1})
                    client.run("add_comment_to_ticket", {"ticket_id": 1, "comment_body": "a", "comment_public": True})
                    assert isinstance(service.clock, HeldClock)
                    service.clock.advance(1800)
                    tokens = saved.open_secrets(store, name).tokens or {}
                    planted += [tokens["access"], tokens["refresh"] or tokens["access"]]
                assert clear(tmp_path, planted) == []
    assert len(set(planted)) == 9
    assert closed(tmp_path)
