"""A clock that stands still until somebody waits on it: ten minutes of back-off pass at once."""

from __future__ import annotations


class HeldClock:
    """Begins at `now` (seconds since 1970), and moves only by waits and by `advance`; `waits` are those asked for."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self._now = now
        self.waits: list[float] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        import asyncio

        self.sleep(seconds)
        await asyncio.sleep(0)  # others go on, as they would
