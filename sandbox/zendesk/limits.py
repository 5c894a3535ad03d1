"""Rates: the counters of the account, of the help center and of single endpoints, with their headers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from math import ceil
from typing import Literal, TypeAlias

from . import errors
from .call import Call
from .errors import ZendeskError
from .store import Clock

RateHeaders: TypeAlias = Literal["new", "old"]
RetryAfter: TypeAlias = Literal["seconds", "date"]

WINDOW = 60
SHOWN_LIMIT = 700
FAMILIES = {"new": ("RateLimit-Limit", "RateLimit"), "old": ("Rate-Limit", "Rate-Limit")}
BUCKET_HEADERS = {"new": "Zendesk-RateLimit-", "old": "zendesk-rate-limit-"}


def _same(call: Call) -> Hashable:
    return None


def _user_and_ticket(call: Call) -> Hashable:
    return call.user["id"], call.path["id"]


def _user_written(call: Call) -> Hashable:
    if "id" in call.path:
        return call.path["id"]
    given = call.wrapped("user")
    return str(given.get("email") or given.get("external_id"))


@dataclass(frozen=True)
class Bucket:
    """The rate of one endpoint; requests for which `apart` differs are counted apart."""

    name: str
    total: int
    seconds: int = WINDOW
    apart: Callable[[Call], Hashable] = _same


_USERS = Bucket("create-update-user", 5, apart=_user_written)
_EXPORTS = Bucket("incremental-exports", 10)
_CURSOR_EXPORTS = Bucket("incremental-exports-cursor", 20)
BUCKETS: Mapping[str, Sequence[Bucket]] = {
    "GET tickets": [Bucket("tickets-index", 100)],
    "POST tickets": [Bucket("ticket-request-create-by-user-and-ip", 300, apart=lambda call: call.user["id"])],
    "PUT tickets/{id}": [
        Bucket("tickets-update", 20),
        Bucket("per-ticket-updates", 30, seconds=600, apart=_user_and_ticket),
    ],
    "DELETE deleted_tickets/{id}": [Bucket("deleted-tickets-destroy", 1000)],
    "GET search": [Bucket("search-index", 2500)],
    "GET ticket_fields": [Bucket("ticket-fields-index", 20)],
    "GET tags": [Bucket("tags-index", 100)],
    "PUT users/{id}": [_USERS],
    "POST users/create_or_update": [_USERS],
    **{f"GET incremental/{kind}": [_EXPORTS] for kind in ("tickets", "users", "organizations")},
    **{f"GET incremental/{kind}/cursor": [_CURSOR_EXPORTS] for kind in ("tickets", "users")},
}
"""By the key of the endpoint in the table of routes."""


class Limits:
    """Counters of fixed windows, in this process. A rate that refuses nothing counts nothing, and shows as unused."""

    def __init__(
        self, clock: Clock, account: int, buckets: bool, rate_headers: RateHeaders, retry_after: RetryAfter
    ) -> None:
        self._clock = clock
        self._account = account
        self._buckets = buckets
        self._style = rate_headers
        self._retry = retry_after
        self._windows: dict[Hashable, tuple[float, int]] = {}

    def account(self, path: str) -> dict[str, str]:
        """Count a request to the account: the headers of its answer, or 429. Only the API is counted."""
        if not path.startswith("/api/"):
            return {}
        counter = "help center" if path.startswith("/api/v2/help_center") else "account"
        total = self._account or SHOWN_LIMIT
        left, reset = self._take(counter, total, WINDOW, bool(self._account))
        limit, family = FAMILIES[self._style]
        shown = {
            "X-Rate-Limit": str(total),
            "X-Rate-Limit-Remaining": str(max(left, 0)),
            limit: str(total),
            f"{family}-Remaining": str(max(left, 0)),
            f"{family}-Reset": str(reset),
        }
        if left < 0:
            raise _refused(errors.too_many_requests(self.retry_after(reset)), shown)
        return shown

    def endpoint(self, key: str, call: Call) -> dict[str, str]:
        """Count a request to the endpoint of this key: the headers of its answer, or 429."""
        headers: dict[str, str] = {}
        for bucket in BUCKETS.get(key, ()):
            counter = bucket.name, bucket.apart(call)
            left, reset = self._take(counter, bucket.total, bucket.seconds, self._buckets)
            name = BUCKET_HEADERS[self._style] + bucket.name
            headers[name] = f"total={bucket.total}; remaining={max(left, 0)}; resets={reset}"
            if left < 0:
                error = errors.coded(429, "TooManyRequests", "Too many requests, try again later")
                raise _refused(error, {**headers, "Retry-After": self.retry_after(reset)})
        return headers

    def retry_after(self, seconds: int) -> str:
        """A wait as the header says it: in seconds, or as the date when it is over."""
        if self._retry == "seconds":
            return str(seconds)
        # dates have whole seconds: the next one, lest it be over too soon
        return format_datetime(self._clock() + timedelta(seconds=seconds + 1, microseconds=-1), usegmt=True)

    def _take(self, counter: Hashable, total: int, seconds: int, enforced: bool) -> tuple[int, int]:
        """How many requests are left in the window that the first one opened, -1 past its total, and when it closes."""
        if not enforced:
            return total - 1, seconds
        now = self._clock().timestamp()
        opened, taken = self._windows.get(counter, (now, 0))
        if not 0 <= now - opened < seconds:
            opened, taken = now, 0
        taken = min(taken + 1, total + 1)
        self._windows[counter] = opened, taken
        return total - taken, ceil(opened + seconds - now)


def _refused(error: ZendeskError, headers: Mapping[str, str]) -> ZendeskError:
    error.headers |= headers
    return error
