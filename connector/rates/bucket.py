"""One limit of a service: what is left of its window as far as is known, what of that is ours, and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .headers import Said

GRACE = 5.0  # seconds that a request may be under way past the end of its window
RECHECK = 0.1  # seconds after which what is under way may have come back
PARTS = 8  # a process takes this part of what is free, so that the others have theirs


class Truth(NamedTuple):
    """What the service said: of `total` requests `remaining` are left until `resets`.

    It counted between `sent`, when the request left, and `heard`, when its answer came. Times are seconds since 1970,
    `resets` never too early. A `total` of 0 is not known: nothing passes until `resets`, and then the limit is
    forgotten.
    """

    total: int
    remaining: int
    resets: float
    sent: float
    heard: float

    @property
    def earliest(self) -> float:
        """A time that the end of the window is surely not before: an answer says whole seconds, and was under way."""
        return self.sent + self.resets - self.heard - 1.0


@dataclass(slots=True)
class Bucket:
    """A limit, as one process knows it.

    `lease` requests may go without asking the others, `out` are under way, and of `doubt` no answer said what they
    left, the last at `doubted`. `share` is the most to take next, and the others are not asked again before `asked`.
    `length` is the longest window seen, `opened` the end of the one before.
    """

    truth: Truth
    length: float
    opened: float = 0.0
    lease: int = 0
    out: int = 0
    doubt: int = 0
    doubted: float = 0.0
    share: int = 1
    asked: float = 0.0

    @classmethod
    def first(cls, said: Said, sent: float, now: float, window: float) -> Bucket:
        """A limit as the first answer says it that came now, to a request of then; `window` is for where none ends."""
        left = window if said.resets is None else said.resets
        total = max(said.total or 0, said.remaining)
        return cls(Truth(total, said.remaining, now + (left or 1.0), sent, now), max(left, window))

    @property
    def free(self) -> int:
        """What is left, if whatever may not be counted yet will be."""
        return self.truth.remaining - self.out - self.doubt

    @property
    def held(self) -> int:
        """What the others must leave to this process."""
        return self.lease + self.out + self.doubt

    def ready(self) -> bool:
        """Whether a request may go, with nobody asked."""
        return self.lease > 0 and self.free > 0

    def idle(self, now: float) -> bool:
        """Whether its window is over, and nothing is under way."""
        return self.truth.resets <= now and not self.out

    def turn(self, now: float) -> None:
        """Begin the next window where this one is over: nothing of it is used but by what is under way."""
        total, _, resets, _, _ = self.truth
        if resets <= now and total:
            self.truth = Truth(total, total, now + self.length + GRACE, 0.0, resets)
            self.opened, self.lease, self.asked = resets, 0, 0.0
            if self.doubted <= resets - GRACE:  # whatever became of them, they are not of this window
                self.doubt = 0

    def hear(self, said: Said, sent: float, now: float) -> None:
        """Take in what an answer says that came now, to a request of then."""
        self.turn(now)
        known, left = self.truth, said.resets
        if sent < self.opened and (left is None or sent + left < self.opened + 1.0):
            return  # an answer of the window before, that was long under way
        if left is None:
            refilled = sent > known.heard and said.remaining > known.remaining
            resets = now + self.length if refilled else known.resets
        else:
            self.length = max(self.length, left)
            resets = now + (left or 1.0)  # of whole seconds, none left is up to one
        total = said.total or max(known.total, said.remaining)
        self.meet(Truth(total, said.remaining, resets, sent, now), now)
        self.asked = 0.0

    def meet(self, new: Truth, now: float) -> None:
        """Know what both truths tell together: the later one, and of two at the same time the lower."""
        known = self.truth
        if new.earliest > known.resets or known.resets <= now:  # of a later window
            self.opened, self.lease, self.truth = min(known.resets, now), 0, new
        elif new.resets > now and known.earliest <= new.resets:
            later = new if new.sent > known.heard else known
            if known.heard >= new.sent and new.heard >= known.sent:
                later = min(new, known, key=lambda truth: truth.remaining)
            said = [truth.resets for truth in (new, known) if truth.sent]  # and not what `turn` supposes
            resets = min(said or (new.resets, known.resets))
            self.truth = Truth(later.total, later.remaining, resets, later.sent, max(new.heard, known.heard))
        if self.truth.sent > self.doubted:
            self.doubt = 0

    def doubts(self, now: float) -> None:
        """Count a request of which no answer said what it left, until an answer to a later one does."""
        self.doubt, self.doubted = self.doubt + 1, now

    def take(self, free: int) -> None:
        """Lease a share of what is free: little at first, for a process may have one request alone."""
        self.lease = max(self.lease, min(self.share, max(1, free // PARTS)))
        self.share = min(2 * self.share, free)

    def pause(self, free: int, now: float, chance: float) -> float:
        """Seconds until a request may go; 0 where one is free. `chance` (0 to 1) keeps those who wait apart."""
        if self.truth.remaining <= self.doubt:
            return self.truth.resets - now + chance
        if free > 0:
            return 0.0
        self.asked = now + RECHECK * (0.5 + chance) * (1 if self.out else PARTS)  # others hold what is left
        return self.asked - now
