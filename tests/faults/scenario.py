"""A scenario: calls of one client in turn, and the faults that meet their requests; as text, and as it is drawn."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal, get_args

from hypothesis import strategies as st

from .calls import KINDS
from .laws import AMPLE
from .table import NAMED

Way = Literal["sync", "async"]
PATIENCE = (0, 20, AMPLE)  # seconds for which a call is tried again


@dataclass(frozen=True)
class Scenario:
    """Each request of the calls meets the next fault. As text: `async patience=600 keyed change: reset-after 429`."""

    way: Way
    patience: int
    kinds: tuple[str, ...]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.way} patience={self.patience} {' '.join(self.kinds)}: {' '.join(self.faults)}".rstrip()

    @staticmethod
    def of(text: str) -> Scenario:
        calls, _, faults = text.partition(":")
        way, patience, *kinds = calls.split()
        return Scenario(way, int(patience.partition("=")[2]), tuple(kinds), tuple(faults.split()))  # type: ignore[arg-type]


def scenarios() -> st.SearchStrategy[Scenario]:
    """One or two calls, one to six faults or more, some in bursts."""
    one = st.sampled_from([*NAMED]).map(lambda name: (name,))
    burst = st.tuples(st.sampled_from([*NAMED]), st.integers(2, 4)).map(lambda drawn: (drawn[0],) * drawn[1])
    faults = st.lists(st.one_of(one, one, one, burst), min_size=1, max_size=5).map(
        lambda parts: tuple(itertools.chain(*parts))
    )
    kinds = st.lists(st.sampled_from([*KINDS]), min_size=1, max_size=2).map(tuple)
    return st.builds(Scenario, st.sampled_from(get_args(Way)), st.sampled_from(PATIENCE), kinds, faults)
