"""A service with a limit, and clients that ask it, in a time that is only counted: for the law of the rate ledger."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

from connector import Connector
from connector.message import Request, Response
from connector.operation import Operation
from connector.rates.ledger import Ledger
from connector.steps import NoAnswer, NotSent
from connector.store import PAUSE, Job, Store
from connector.testing.clock import HeldClock

from .small_home import connected


class World:
    """What happens, in order of its time; `clock` shows the time to all."""

    def __init__(self, seed: int = 0) -> None:
        self.clock = HeldClock()
        self.chance = random.Random(seed)
        self.stores: list[Store] = []
        self._next: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._next, (self.clock.now() + seconds, self._count, happens))

    def run(self) -> None:
        while self._next:
            at, _, happens = heapq.heappop(self._next)
            self.clock.advance(at - self.clock.now())
            happens()


class Service:
    """Counts in fixed windows that the first request opens, or the calendar; `refused` are its 429s."""

    def __init__(self, world: World, total: int, window: float = 60.0, *, calendar: bool = False) -> None:
        self.world, self.total, self.window, self.calendar = world, total, window, calendar
        self.ends = self.taken = self.answered = self.refused = 0.0
        self.windows = 0
        self.told: set[Ledger] = set()  # who has had an answer: before it, nothing is known

    def answer(self) -> Response:
        now = self.world.clock.now()
        if now >= self.ends:
            begun = now // self.window * self.window if self.calendar else now
            self.ends, self.taken = begun + self.window, 0
            self.windows += 1
        self.taken += 1
        left = max(0, self.total - int(self.taken))
        reset = ceil(self.ends - now)
        headers = (
            ("X-Rate-Limit", str(self.total)),
            ("RateLimit-Remaining", str(left)),
            ("RateLimit-Reset", str(reset)),
        )
        if self.taken > self.total:
            self.refused += 1
            return Response(429, (*headers, ("Retry-After", str(reset))))
        self.answered += 1
        return Response(200, headers)


class Caller:
    """Makes calls one after the other, until it made `calls`."""

    def __init__(
        self,
        world: World,
        service: Service,
        ledger: Ledger,
        operation: Operation,
        calls: int,
        latency: Callable[[], float],
        lost: float = 0.0,
    ) -> None:
        self.world, self.service, self.ledger, self.operation = world, service, ledger, operation
        self.left, self.latency, self.lost = calls, latency, lost
        self.waited = 0.0

    def __call__(self) -> None:
        if self.left <= 0:
            return
        request = Request("GET", "/tools/1")
        if seconds := self.ledger.wait(self.operation, request):
            self.waited += seconds
            self.world.after(seconds, self)
            return
        chance = self.world.chance.random() if self.ledger in self.service.told else 1.0
        if chance < self.lost / 2:
            return self.world.after(self.latency(), lambda: self.heard(request, NotSent("refused")))
        self.world.after(self.latency(), lambda: self.arrives(request, chance < self.lost))

    def arrives(self, request: Request, lost: bool) -> None:
        answer: Any = self.service.answer()
        if lost:
            answer = NoAnswer("lost")
        self.world.after(self.latency(), lambda: self.heard(request, answer))

    def heard(self, request: Request, answer: Response | Exception) -> None:
        if isinstance(answer, Response) and answer.status == 200:
            self.left -= 1
            self.service.told.add(self.ledger)
        self.ledger.heard(self.operation, request, answer)
        self()


class Kept(Store):
    """A store that writes in the time of its world."""

    def __init__(self, file: Path, world: World) -> None:
        super().__init__(file)
        self._world = world
        world.stores.append(self)

    def later(self, job: Job, size: int = 0) -> None:
        self._world.after(PAUSE, lambda: self._run([(job, None)]))


def ledgers(count: int, world: World, connector: Connector, folder: Path) -> list[Ledger]:
    """As many processes, each with its own view of one file."""
    file = folder / "rates.db"
    return [Ledger(Kept(file, world), connected(connector), world.clock, world.chance.random) for _ in range(count)]
