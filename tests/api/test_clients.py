"""The server's clients: one a connection, renewed when it changes, closed when nobody uses them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connector import find
from connector.accounts import saved
from connector.api.clients import Clients, Held
from connector.api.problems import Problem
from connector.connections import made
from connector.errors import UnknownNameError
from connector.store import Store
from connector.testing.clock import HeldClock

ZENDESK = find("zendesk")

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Shelf:
    """A store with connections, another process's view of it, and the clients."""

    def __init__(self, limit: int) -> None:
        self.clock, self.store, self.other = HeldClock(), Store(), Store()
        self.clients = Clients(self.store, limit, clock=self.clock)

    def keep(self, name: str, *, replace: bool = False) -> None:
        """Keep a connection, as another process does."""
        self.clock.advance(0.001)
        given = made(name, ZENDESK, {"subdomain": "acme", "access_token": "t"}, scheme="access_token")
        kept: dict[str, Any] = {"base_url": None, "tokens": None, "renews": False, "who": None, "replace": replace}
        saved.keep(self.other, given, now=self.clock.now(), **kept)

    async def use(self, name: str = "work") -> Held:
        """Use a client once, and give it back."""
        found = await self.clients.take(ZENDESK, name)
        await self.clients.give(found)
        return found


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    found = Shelf(2)
    yield found
    await found.clients.aclose()
    found.store.close()
    found.other.close()


async def test_one_is_opened_however_many_ask_at_once(shelf: Shelf) -> None:
    shelf.keep("work")
    found = await asyncio.gather(*(shelf.use() for _ in range(10)))
    assert len(set(map(id, found))) == 1


async def test_what_another_process_changes_is_noticed_within_a_second(shelf: Shelf) -> None:
    shelf.keep("work")
    first = await shelf.use()
    shelf.keep("work", replace=True)
    assert await shelf.use() is first
    shelf.clock.advance(1)
    second = await shelf.use()
    assert second is not first
    assert (first.closed, second.closed) == (True, False)
    saved.remove(shelf.other, "work")
    shelf.clock.advance(1)
    with pytest.raises(UnknownNameError):
        await shelf.use()
    assert second.closed


async def test_new_tokens_are_no_change(shelf: Shelf) -> None:
    shelf.keep("work")
    first = await shelf.use()
    version = saved.open_secrets(shelf.other, "work").version
    assert saved.keep_tokens(shelf.other, version, {"access": "new"})
    shelf.clock.advance(5)
    assert await shelf.use() is first


async def test_what_is_changed_here_is_opened_anew_at_once_and_calls_end_as_they_began(shelf: Shelf) -> None:
    shelf.keep("work")
    first = await shelf.clients.take(ZENDESK, "work")
    await shelf.clients.drop("zendesk", "work")
    assert await shelf.use() is not first
    assert not first.closed
    await shelf.clients.give(first)
    assert first.closed


async def test_the_one_not_used_the_longest_is_closed(shelf: Shelf) -> None:
    for name in ("a", "b", "c"):
        shelf.keep(name)
    a, b = await shelf.use("a"), await shelf.use("b")
    assert await shelf.use("a") is a
    await shelf.use("c")
    assert (a.closed, b.closed) == (False, True)
    assert await shelf.use("a") is a


async def test_one_that_cannot_be_opened_is_tried_again(shelf: Shelf) -> None:
    for _ in range(2):
        found = await asyncio.gather(*(shelf.use() for _ in range(3)), return_exceptions=True)
        assert [type(error) for error in found] == [UnknownNameError] * 3
    shelf.keep("work")
    assert await shelf.use()


async def test_whoever_goes_away_takes_nothing_from_the_others(shelf: Shelf) -> None:
    shelf.keep("work")
    gone = [asyncio.ensure_future(shelf.use()) for _ in range(2)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    found = await shelf.use()
    assert await asyncio.gather(*gone, return_exceptions=True)
    assert await shelf.use() is found
    await shelf.clients.drop("zendesk", "work")
    assert found.closed


async def test_a_server_that_stops_closes_all_and_opens_none(shelf: Shelf) -> None:
    shelf.keep("work")
    shelf.keep("more")
    opened = [await shelf.use("work"), await shelf.use("more")]
    await shelf.clients.aclose()
    assert [held.closed for held in opened] == [True, True]
    with pytest.raises(Problem, match="The server is stopping"):
        await shelf.use("work")
