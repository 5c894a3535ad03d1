"""The account's rate limit with its headers, and faults on request."""

from __future__ import annotations

import time
from collections import deque

from . import errors
from .errors import ZendeskError

WINDOW = 60.0
SHOWN_LIMIT = 700
FAULT_HEADER = "x-sandbox-fault"


class RateLimit:
    """Requests of the last minute in this process; a limit of 0 never refuses and shows the headers all the same."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._times: deque[float] = deque()

    def take(self) -> dict[str, str]:
        """Count one request: the headers for its answer, or 429."""
        now = time.monotonic()
        while self._times and now - self._times[0] >= WINDOW:
            self._times.popleft()
        wait = int(WINDOW - (now - self._times[0])) + 1 if self._times else int(WINDOW)
        if self.limit and len(self._times) >= self.limit:
            error = errors.too_many_requests(wait)
            error.headers |= self._headers(0, wait)
            raise error
        if self.limit:
            self._times.append(now)
        return self._headers((self.limit or SHOWN_LIMIT) - max(len(self._times), 1), wait)

    def _headers(self, remaining: int, reset: int) -> dict[str, str]:
        limit = str(self.limit or SHOWN_LIMIT)
        return {
            "X-Rate-Limit": limit,
            "X-Rate-Limit-Remaining": str(remaining),
            "ratelimit-limit": limit,
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(reset),
        }


def fault(asked: str | None) -> float:
    """Raise what `X-Sandbox-Fault` asks for (429 or 503), or answer the seconds that `slow=` asks for."""
    if not asked:
        return 0.0
    if asked == "429":
        raise errors.too_many_requests(1)
    if asked == "503":
        raise ZendeskError(503, "Service Unavailable", {"Retry-After": "1"})
    name, _, seconds = asked.partition("=")
    try:
        if name == "slow":
            return min(max(float(seconds), 0.0), 60.0)
    except ValueError:
        pass
    raise errors.titled(400, "Invalid fault", f"{FAULT_HEADER} takes 429, 503 or slow=SECONDS")
