"""The law of an Idempotency-Key: whatever the order in which servers ask, stall, wake and time out, at most once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.api.answers import LEASE, Answers, Asked, Leaving
from connector.api.problems import Problem
from connector.api.route import Answer
from connector.errors import InputError, RateLimitError
from connector.store import Store
from connector.testing.clock import HeldClock

Fate: TypeAlias = Literal["done", "unfit", "refused", "stalls before", "stalls after", "breaks before", "breaks after"]
Event: TypeAlias = tuple[int, Fate] | Literal["late", "wake"]
"""A server asks, and what comes of it if it carries it out; a lease ends; one that stalls goes on."""

FATES: tuple[Fate, ...] = (
    "done", "unfit", "refused", "stalls before", "stalls after", "breaks before", "breaks after",
)  # fmt: skip
ask = st.tuples(st.integers(0, 1), st.sampled_from(FATES))
events = st.lists(ask | st.sampled_from(["late", "wake"]), min_size=2, max_size=7)


class World:
    """Two servers on one store. `effects` are the keys under which the service carried something out."""

    def __init__(self, folder: Path, known: float) -> None:
        self.clock = HeldClock()
        self.stores = [Store(folder / "connector.db") for _ in range(2)]
        self.servers = [Answers(store, self.clock) for store in self.stores]
        self.asked = Asked("acme", "k1", "the same", writes=True, known=known)
        self.effects: list[str] = []
        self.stalled: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[Answer]] = []

    async def ask(self, server: int, fate: Fate) -> None:
        """Begin a request, and wait until it is over, or stalls, or waits for another."""
        call, stalls = Leaving(), asyncio.Event()

        async def work() -> Answer:
            call.open(*[None] * 4)  # type: ignore[arg-type]
            if fate == "unfit":
                raise InputError([])
            if fate == "breaks before":
                raise RuntimeError
            if fate == "stalls before":
                await self._stall(stalls)
            if kept := call.begin(None):  # type: ignore[arg-type]
                await asyncio.wrap_future(kept)
            if fate == "refused":
                raise RateLimitError("", "", 429)
            self.effects.append(self.asked.passed)
            if fate == "stalls after":
                await self._stall(stalls)
            if fate == "breaks after":
                raise RuntimeError
            return Answer(content=f"{len(self.effects)}".encode())

        task = asyncio.create_task(self.servers[server].once(self.asked, call, work))
        self.tasks.append(task)
        await first(task, stalls.wait(), asyncio.sleep(0.03))

    async def _stall(self, told: asyncio.Event) -> None:
        self.stalled.append(awake := asyncio.Event())
        told.set()
        await awake.wait()

    async def wake(self) -> None:
        """Let the one that stalls the longest go on."""
        if self.stalled:
            self.stalled.pop(0).set()
            await asyncio.sleep(0.03)

    async def over(self) -> list[Any]:
        """What each request came to, when all have gone on."""
        while not all(task.done() for task in self.tasks):
            await self.wake()
            self.clock.advance(LEASE + 1)
            await asyncio.sleep(0.01)
        for server in self.servers:
            await server.aclose()
        return await asyncio.gather(*self.tasks, return_exceptions=True)

    def close(self) -> None:
        for store in self.stores:
            store.close()


async def first(*waited: Awaitable[Any]) -> None:
    tasks = [asyncio.ensure_future(one) for one in waited]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks[1:]:
        task.cancel()


async def played(world: World, drawn: list[Event]) -> tuple[list[Any], Any]:
    """What each request came to, and one more at the end."""
    for event in drawn:
        if event == "late":
            world.clock.advance(LEASE + 1)
        elif event == "wake":
            await world.wake()
        else:
            await world.ask(*event)
    found = await world.over()
    await world.ask(0, "done")
    return found, (await world.over())[-1]


def run(drawn: list[Event], known: float) -> tuple[World, list[Any], Any]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), known)
        try:
            found, last = asyncio.run(played(world, drawn))
        finally:
            world.close()
    assert {type(one) for one in found} <= {Answer, Problem, InputError, RateLimitError, RuntimeError}
    return world, [one.content for one in (*found, last) if isinstance(one, Answer)], last


@settings(max_examples=40, deadline=None)
@given(events)
@example([(0, "stalls before"), "late", (1, "done"), "wake"])
@example([(0, "stalls before"), "late", (1, "refused"), "wake", (1, "done")])
@example([(0, "stalls after"), "late", (1, "done"), "wake", (1, "done")])
@example([(0, "breaks after"), (1, "done")])
def test_at_most_once_and_one_answer(drawn: list[Event]) -> None:
    world, answers, last = run(drawn, known=0.0)
    assert len(world.effects) <= 1
    assert len(set(answers)) <= 1
    broke = any(event[1] == "breaks after" for event in drawn if isinstance(event, tuple))
    assert isinstance(last, Answer) or (broke and last.code == "#outcome_unknown")


@settings(max_examples=20, deadline=None)
@given(events)
def test_where_the_service_knows_the_key_it_ends_with_an_answer(drawn: list[Event]) -> None:
    world, answers, last = run(drawn, known=1e6)
    assert len(set(world.effects)) == 1
    assert isinstance(last, Answer)
    assert answers[-1] == last.content
