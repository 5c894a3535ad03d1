"""Tokens are renewed before they end, once for all, kept before they are used; and a dead sign-in says what to do."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import AuthError, Client
from connector.accounts import saved
from connector.clock import SYSTEM
from connector.store import Store
from connector.testing.clock import HeldClock

from .service import ZENDESK, Service, keep, served

TICKET = {"ticket_id": 1}
AGAIN = r"connect again: connector connect zendesk --name acme --replace"


@pytest.fixture
def client(service: Service, store: Store) -> Iterator[Client]:
    service.connected(store)
    with Client(ZENDESK, "acme", store=store, clock=service.clock) as client:
        yield client
    service.asked.clear()


def held(store: Store) -> dict[str, Any]:
    return saved.open_secrets(store, "acme").tokens or {}


def test_tokens_are_used_until_shortly_before_they_end(client: Client, service: Service, store: Store) -> None:
    service.asked.clear()
    first = held(store)
    assert first["due"] == first["expires"] - 60 == service.clock.now() + 1740
    client.run("get_ticket", TICKET)
    assert isinstance(service.clock, HeldClock)
    service.clock.advance(1739)
    client.run("get_ticket", TICKET)
    assert (service.asked, held(store)) == ([], first)
    service.clock.advance(1)
    client.run("get_ticket", TICKET)
    client.run("get_ticket", TICKET)
    second = held(store)
    assert service.asked == ["refresh_token"]
    assert (first["access"] != second["access"], first["refresh"] != second["refresh"]) == (True, True)
    assert saved.find(store, "acme").expires == second["expires"] == service.clock.now() + 1800


def test_a_client_that_slept_past_the_end_goes_on(client: Client, service: Service) -> None:
    assert isinstance(service.clock, HeldClock)
    service.clock.advance(86_400)
    assert client.run("get_ticket", TICKET)["ticket"]["id"] == 1


def test_a_token_that_is_refused_is_renewed_once_and_the_call_goes_on(client: Client, service: Service) -> None:
    store = client._store
    token = saved.open_secrets(store, "acme").tokens
    assert token
    revoke(service, token["access"])
    service.asked.clear()
    assert client.run("get_ticket", TICKET)["ticket"]["id"] == 1
    assert service.asked == ["refresh_token"]


def revoke(service: Service, access: str) -> None:
    """Revoke the access token alone."""
    from sandbox.zendesk.auth import digest

    with service.app.store.transaction():
        row = service.app.store.first("tokens", _access=digest(access))
        assert row
        row["_access"] = ""
        service.app.store.put("tokens", row)


def test_tokens_that_another_renewed_are_taken_from_the_store(service: Service, store: Store, tmp_path: Path) -> None:
    service.connected(store)
    one = Client(ZENDESK, "acme", store=store, clock=service.clock)
    other = Client(ZENDESK, "acme", store=store, clock=service.clock)
    with one, other:
        one.run("get_ticket", TICKET)
        other.run("get_ticket", TICKET)
        revoke(service, held(store)["access"])
        service.asked.clear()
        one.run("get_ticket", TICKET)
        other.run("get_ticket", TICKET)
    assert service.asked == ["refresh_token"]


def test_a_revoked_sign_in_says_how_to_connect_again(client: Client, service: Service, store: Store) -> None:
    url, bearer = f"{service.url}/api/v2/oauth/tokens/current", {"Authorization": f"Bearer {held(store)['access']}"}
    assert httpx.delete(url, headers=bearer, trust_env=False).status_code == 204
    tokens = held(store)
    with pytest.raises(AuthError, match=r"Zendesk no longer accepts the sign-in of acme\. .*" + AGAIN) as raised:
        client.run("get_ticket", TICKET)
    assert not [token for token in (tokens["access"], tokens["refresh"]) if token in str(raised.value.as_dict())]


def test_the_client_itself_is_given_tokens(service: Service, store: Store) -> None:
    connection = service.connection("client")
    keep(store, connection, None, service.clock)
    with Client(ZENDESK, "acme", store=store, clock=service.clock) as client:
        client.run("get_ticket", TICKET)
        assert isinstance(service.clock, HeldClock)
        service.clock.advance(1750)
        client.run("get_ticket", TICKET)
    assert service.asked == ["client_credentials"] * 2
    assert held(store)["refresh"] is None


def test_a_client_of_the_environment_keeps_its_tokens_in_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONNECTOR_DATA", str(tmp_path / "none"))
    values = {"BASE_URL": service.url, "CLIENT_ID": "sandbox-app", "CLIENT_SECRET": "sandbox-secret"}
    for name, value in values.items():
        monkeypatch.setenv(f"ZENDESK_{name}", value)
    with Client(ZENDESK, "env", clock=service.clock, record=False) as client:
        for _ in range(3):
            client.run("get_ticket", TICKET)
        assert "***" in str(client.plan("get_ticket", TICKET))
    assert service.asked == ["client_credentials"]
    assert not (tmp_path / "none" / "key").exists()


def test_tasks_renew_once(service: Service, store: Store) -> None:
    service.connected(store)
    service.asked.clear()
    assert isinstance(service.clock, HeldClock)
    service.clock.advance(1800)

    async def many() -> list[Any]:
        async with Client(ZENDESK, "acme", store=store) as client:
            # the real clock, or those who wait would let the held one run away
            client._context.credentials._clock = service.clock  # type: ignore[union-attr]
            return await asyncio.gather(*(client.arun("get_ticket", TICKET) for _ in range(20)))

    assert len(asyncio.run(many())) == 20
    assert service.asked == ["refresh_token"]


def test_new_tokens_are_kept_although_nobody_waits_for_them_any_more(service: Service, store: Store) -> None:
    first = service.connected(store).access
    assert isinstance(service.clock, HeldClock)
    service.clock.advance(1800)

    async def impatient() -> None:
        async with Client(ZENDESK, "acme", store=store, clock=service.clock) as client:
            call = asyncio.create_task(client.arun("get_ticket", TICKET))
            while not service.asked[1:]:
                await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            while held(store)["access"] == first:
                await asyncio.sleep(0.001)
            assert (await client.arun("get_ticket", TICKET))["ticket"]["id"] == 1

    asyncio.run(asyncio.wait_for(impatient(), 30))
    assert service.asked == ["authorization_code", "refresh_token"]


def _call(file: Path, gate: Any, done: Any) -> None:
    store = Store(file)
    with Client("zendesk", "acme", store=store) as client:
        gate.wait()
        done.put(client.run("get_ticket", TICKET)["ticket"]["id"])
    store.close()


def test_processes_renew_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "connector.db")
    with served(SYSTEM) as service:
        connection = service.connection()
        tokens = service.sign_in(connection).as_dict()
        now = time.time()
        saved.keep(
            store, connection, base_url=service.url, tokens={**tokens, "expires": now, "due": now}, renews=True,
            who=None, now=now,
        )  # fmt: skip
        store.close()
        service.asked.clear()
        context = multiprocessing.get_context("spawn")
        gate, done = context.Barrier(4), context.Queue()
        running = [context.Process(target=_call, args=(tmp_path / "connector.db", gate, done)) for _ in range(4)]
        for process in running:
            process.start()
        assert [done.get(timeout=60) for _ in running] == [1] * 4
        for process in running:
            process.join()
        assert service.asked == ["refresh_token"]
