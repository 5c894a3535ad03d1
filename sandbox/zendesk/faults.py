"""Faults on request: the header X-Sandbox-Fault names the answer that a client wants to meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import errors
from .errors import ZendeskError

HEADER = "x-sandbox-fault"
AFTER = "500-after"


def broken(status: int, words: str) -> ZendeskError:
    """What a gateway says: a page, no JSON."""
    page = f"<html><head><title>{status} {words}</title></head><body><h1>{status} {words}</h1></body></html>"
    return ZendeskError(status, page, {"Content-Type": "text/html"})


FAULTS: Mapping[str, Callable[[str], ZendeskError]] = {
    "401": lambda _: errors.unauthenticated(),
    "422": lambda _: errors.invalid(base=("A fault was asked for", None)),
    "429": errors.too_many_requests,
    "500": lambda _: broken(500, "Internal Server Error"),
    "502": lambda _: broken(502, "Bad Gateway"),
    "503": lambda retry_after: ZendeskError(503, "Service Unavailable", {"Retry-After": retry_after}),
}
"""Each is given the value of Retry-After."""


def before(asked: str | None, retry_after: str) -> float:
    """Raise the fault that stands in the way of a request, or answer the seconds that `slow=` asks for."""
    if not asked or asked == AFTER:
        return 0.0
    if asked in FAULTS:
        raise FAULTS[asked](retry_after)
    name, _, seconds = asked.partition("=")
    try:
        if name == "slow":
            return min(max(float(seconds), 0.0), 60.0)
    except ValueError:
        pass
    raise errors.titled(400, "Invalid fault", f"{HEADER} takes {', '.join(FAULTS)}, {AFTER} or slow=SECONDS")


def after(asked: str | None) -> None:
    """Raise the fault that hides what a request has done."""
    if asked == AFTER:
        raise broken(500, "Internal Server Error")
