"""The proof: scenarios drawn by Hypothesis from a seed, each judged; the shortest one that breaks a law is kept."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, seed, settings

from .run import Report, play
from .scenario import Scenario, scenarios
from .service import Service


def prove(count: int, number: int) -> Report:
    """Play `count` scenarios of the seed `number`; it ends early, with the shortest, where one breaks a law."""
    total = Report()
    shortest: list[str] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios())
    def holds(scenario: Scenario) -> None:
        nonlocal total, shortest
        report = play(service, scenario)
        total, shortest = total + report, report.violations or shortest
        assert not report.violations

    with Service() as service:
        try:
            holds()
        except Exception:  # also what Hypothesis says where a violation does not come again
            if not shortest:
                raise
            total.violations = shortest
    return total
