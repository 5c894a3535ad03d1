"""What a call asks of whoever drives it: a request to carry, a wait, or a record to be kept before it goes on."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from .connections import Wire


class NotSent(Exception):
    """The connection could not be made: nothing left this machine. `lasting` says that to try again is of no use."""

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class NoAnswer(Exception):
    """The request was sent, or part of it, and no whole answer came. `timed_out` says whether time ran out."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class TooLarge(Exception):
    """The answer is larger than so many bytes: the request's limit, or the network's."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on after so many seconds; `reason`, and the id of the `call`, are for whoever watches."""

    seconds: float
    reason: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """Steps that are driven to their end even where whoever waits for them goes away."""

    steps: Steps


@dataclass(frozen=True, slots=True)
class Shared:
    """Steps that are driven once for all who ask for the same at a time: `running` has those under way, by `key`.

    That is so in an event loop; sync calls drive their own. What the steps return is not None.
    """

    running: dict[str, Future[Any]]
    key: str
    steps: Steps


Step: TypeAlias = "Wire | Wait | Future[None] | Apart | Shared"
"""A Wire is sent a Response, or NotSent, NoAnswer or TooLarge is thrown in; a Wait and a Future are sent None.

Of Apart and Shared steps, what they return is sent, or the ConnectorError that they end in is thrown in.
"""

Steps: TypeAlias = Generator[Step, Any, Any]
