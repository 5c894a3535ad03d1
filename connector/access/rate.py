"""How many requests a key may make in a minute: buckets of requests that fill evenly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MINUTE = 60.0
SLACK = 1e-3  # of a request: what the sums of a clock are off by
FEW = 1024


class Left(NamedTuple):
    """What is left of `limit` requests; seconds until all are there again, and to wait where there is none."""

    limit: int
    remaining: int
    resets: float
    wait: float


class Rate:
    """A bucket for each name; `limit` is its size, and what flows into it in a minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[str, tuple[float, float]] = {}  # what was in it, and when; one that is not here is full
        self._many = FEW

    def take(self, shares: Mapping[str, int], now: float) -> Left:
        """Take a request out of each bucket, or of none where one is empty; what the one with the least has left.

        A bucket with a share of 10 has a tenth of the limit. `now` is in seconds, and never goes back.
        """
        limits = {name: max(1, self._limit // share) for name, share in shares.items()}
        found = {name: self._filled(name, limit, now) for name, limit in limits.items()}
        enough = all(held >= 1 - SLACK for held in found.values())
        if enough:
            found = {name: held - 1 for name, held in found.items()}
            self._held.update({name: (held, now) for name, held in found.items()})
            self._forget(now)
        told = [_left(limits[name], held, enough) for name, held in found.items()]
        return max(told, key=lambda left: (left.wait, -left.remaining))

    def _filled(self, name: str, limit: int, now: float) -> float:
        held, at = self._held.get(name, (limit, now))
        return min(limit, held + (now - at) * limit / MINUTE)

    def _forget(self, now: float) -> None:
        """Forget those that are full by now, once there are twice as many as the last time."""
        if len(self._held) > self._many:
            self._held = {name: (held, at) for name, (held, at) in self._held.items() if now - at < MINUTE}
            self._many = max(FEW, 2 * len(self._held))


def _left(limit: int, held: float, enough: bool) -> Left:
    each = MINUTE / limit
    wait = 0.0 if enough else max(0.0, (1 - held) * each)
    return Left(limit, max(0, int(held + SLACK)), (limit - held) * each, wait)
