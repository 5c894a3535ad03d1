"""When a request is sent again: one table, what an effect allows after what happened, and how long to wait first."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Verdict(Enum):
    """What follows from a request that did not succeed."""

    AGAIN = "send it again"
    UNKNOWN = "it may have been carried out: never again by itself"
    FAILED = "it was not carried out, and would not be"


class Row(NamedTuple):
    """A verdict for each thing that can happen to a request."""

    not_sent: Verdict  # could not connect
    no_answer: Verdict  # sent, and no whole answer came
    limited: Verdict  # answered 425 or 429: not now
    failing: Verdict  # answered 408 or a 5xx
    refused: Verdict  # answered anything else that is no success


AGAIN, UNKNOWN, FAILED = Verdict

TABLE = {
    #               could not    sent, no    answered    answered    answered
    #               connect      answer      429         5xx         other
    "read":     Row(AGAIN,       AGAIN,      AGAIN,      AGAIN,      FAILED),
    "replace":  Row(AGAIN,       AGAIN,      AGAIN,      AGAIN,      FAILED),
    "keyed":    Row(AGAIN,       AGAIN,      AGAIN,      AGAIN,      FAILED),
    "create":   Row(AGAIN,       UNKNOWN,    AGAIN,      UNKNOWN,    FAILED),
    "change":   Row(AGAIN,       UNKNOWN,    AGAIN,      UNKNOWN,    FAILED),
    "destroy":  Row(AGAIN,       UNKNOWN,    AGAIN,      UNKNOWN,    FAILED),
}  # fmt: skip
"""By the effect of a request; `keyed` is any write under an idempotency key, which the service carries out once."""


def happened(status: int) -> str:
    """The column of an answer that is no success."""
    if status in (425, 429):
        return "limited"
    return "failing" if status == 408 or status >= 500 else "refused"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is tried again: `seconds` from its beginning to its last attempt; 0 is one attempt.

    Between attempts it waits a random part of `first` seconds, then of twice that, up to `longest` ("full jitter"),
    and never less than the service asks for.
    """

    seconds: float = 60.0
    first: float = 0.5
    longest: float = 20.0
    chance: Callable[[], float] = field(default=random.random, repr=False)

    @staticmethod
    def of(given: float | Patience) -> Patience:
        """Seconds, or a Patience as it is."""
        return given if isinstance(given, Patience) else Patience(given)

    def pause(self, attempt: int, asked: float | None) -> float:
        """The wait after that attempt (from 1); `asked` is what the service asks for."""
        ceiling = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return max(asked or 0.0, self.chance() * ceiling)


ONCE = Patience(0.0)
