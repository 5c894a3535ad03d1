"""What can go wrong when tokens are renewed: lost answers, refusals, dead processes, a new sign-in meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import AuthError, Client, Connection, UnreachableError
from connector.accounts import saved
from connector.accounts.renewal import LEASE
from connector.connections import made
from connector.store import Store
from connector.testing.clock import HeldClock

from .. import small_home


def held(store: Store) -> dict[str, Any]:
    return saved.open_secrets(store, "acme").tokens or {}


SHED = {
    "auth": {"way": {"title": "Way", "type": "oauth2", "grant": "authorization_code", "token": "/tokens"}},
    "connection": {"type": "object", "properties": {"client_id": {"type": "string"}}},
}


def shed(folder: Path, store: Store, clock: HeldClock, *answers: Any) -> tuple[Client, list[httpx.Request]]:
    """A client of the small home whose tokens are at their end, and what it sent."""
    connector = small_home.shed(folder, **SHED)
    connection = made("acme", connector, {"client_id": "c"}, scheme="way")
    tokens = {"access": "old", "refresh": "r-old", "expires": clock.now() + 10, "due": clock.now()}
    saved.keep(store, connection, base_url=None, tokens=tokens, renews=True, who=None, now=clock.now())
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        found = answers[len(sent) - 1]
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return Client(connector, "acme", transport=httpx.MockTransport(answer), store=store, clock=clock), sent


NEW = {"access_token": "new", "token_type": "bearer", "expires_in": 100, "refresh_token": "r-new"}
TOOL = {"tool": "saw"}


def bearers(sent: list[httpx.Request]) -> list[str]:
    return [request.headers.get("authorization", request.url.path) for request in sent]


def test_an_answer_that_was_lost_is_asked_for_once_more(tmp_path: Path, store: Store) -> None:
    client, sent = shed(tmp_path, store, HeldClock(), httpx.ReadTimeout("late"), NEW, TOOL)
    client.run("get_tool", {"id": 1})
    assert bearers(sent) == ["/v1/tokens", "/v1/tokens", "Bearer new"]
    assert (held(store)["access"], held(store)["refresh"]) == ("new", "r-new")


def test_a_token_that_still_lasts_is_used_where_there_is_no_new_one(tmp_path: Path, store: Store) -> None:
    client, sent = shed(tmp_path, store, HeldClock(), httpx.Response(503), httpx.Response(503), TOOL, NEW, TOOL)
    client.run("get_tool", {"id": 1})
    client.run("get_tool", {"id": 1})
    assert bearers(sent) == ["/v1/tokens", "/v1/tokens", "Bearer old", "/v1/tokens", "Bearer new"]


def test_an_answer_lost_twice_is_an_error_where_the_token_is_at_its_end(tmp_path: Path, store: Store) -> None:
    clock = HeldClock()
    lost = httpx.ReadError("cut")
    client, _ = shed(tmp_path, store, clock, lost, lost, NEW, TOOL)
    clock.advance(10)
    with pytest.raises(UnreachableError, match=r"POST https://shed\.example/v1/tokens had no answer"):
        client.run("get_tool", {"id": 1})
    assert client.run("get_tool", {"id": 1}) == TOOL


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (400, '{"error": "invalid_grant"}'),
        (400, '{"error": {"no": 1}}'),
        (200, "{}"),
        (200, "[]"),
        (401, "no"),
        (302, ""),
    ],
)
def test_an_old_pair_that_is_dead_says_how_to_connect_again(
    tmp_path: Path, store: Store, status: int, content: str
) -> None:
    clock = HeldClock()
    client, _ = shed(tmp_path, store, clock, httpx.ReadError("cut"), httpx.Response(status, content=content))
    clock.advance(10)
    with pytest.raises(AuthError, match="connector connect shed --name acme --replace"):
        client.run("get_tool", {"id": 1})


def test_the_lease_of_a_dead_process_runs_out(tmp_path: Path, store: Store) -> None:
    clock = HeldClock()
    client, sent = shed(tmp_path, store, clock, NEW, TOOL)
    assert saved.lease(store, "acme", clock.now(), clock.now() + LEASE)
    clock.advance(10)
    began = clock.now()
    client.run("get_tool", {"id": 1})
    assert LEASE - 10 <= clock.now() - began <= LEASE
    assert bearers(sent) == ["/v1/tokens", "Bearer new"]


def test_nobody_waits_for_another_while_the_old_token_lasts(tmp_path: Path, store: Store) -> None:
    clock = HeldClock()
    client, sent = shed(tmp_path, store, clock, TOOL)
    assert saved.lease(store, "acme", clock.now(), clock.now() + LEASE)
    client.run("get_tool", {"id": 1})
    assert (bearers(sent), clock.waits) == (["Bearer old"], [])


def test_a_new_sign_in_is_not_overwritten_by_the_tokens_of_the_old_one(tmp_path: Path, store: Store) -> None:
    clock = HeldClock()
    client, sent = shed(tmp_path, store, clock, lambda: None)
    version = saved.open_secrets(store, "acme").version
    connection = Connection("acme", client.connector, client.connection.base_url, {"client_id": "c"}, scheme="way")
    again = {"access": "again", "refresh": None, "expires": None, "due": None}
    saved.keep(store, connection, base_url=None, tokens=again, renews=False, who=None, now=clock.now(), replace=True)
    assert not saved.keep_tokens(store, version, {"access": "late", "refresh": None, "expires": None, "due": None})
    assert (held(store), sent) == (again, [])
