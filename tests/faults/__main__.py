"""The command scripts/reliability: plays scenarios in several processes, and prints what was seen as a table."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from operator import add

from .calls import KINDS
from .proof import prove
from .run import Report, play
from .scenario import Scenario
from .service import Service
from .table import FAITHFUL, FAULTS

PROCESSES = 2
OUTCOMES = ("success", "error", "unknown")
VERDICTS = ("happened", "as_asked", "did_not_happen", "cannot_tell")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/reliability", description="Break calls in every way, and judge what they say."
    )
    parser.add_argument("--sequences", type=int, default=2000, help="how many sequences of faults are played (2000)")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from (1)")
    parser.add_argument("--play", metavar="TEXT", help="play one again, as it was printed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONNECTOR_DATA"] = folder
        report = _one(given.play) if given.play else _many(given.sequences, given.seed)
    print(table(report))
    for violation in report.violations:
        print(violation, file=sys.stderr)
    return 1 if report.violations else 0


def _one(text: str) -> Report:
    with Service() as service:
        return play(service, Scenario.of(text))


def _many(count: int, seed: int) -> Report:
    context = multiprocessing.get_context("spawn")
    shares = [count // PROCESSES + (number < count % PROCESSES) for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, context) as pool:
        return reduce(add, pool.map(prove, shares, range(seed, seed + PROCESSES)))


def table(report: Report) -> str:
    """The report as tables of Markdown."""
    rows = [
        "| | |",
        "|---|---|",
        f"| sequences | {report.scenarios:,} |",
        f"| calls | {report.outcomes.total():,} |",
        f"| requests | {report.requests:,} |",
        f"| faults | {report.faults.total():,} |",
        f"| violations | {len(report.violations):,} |",
    ]
    for title, counts, names in (("call", report.outcomes, OUTCOMES), ("reconcile", report.findings, VERDICTS)):
        rows += ["", f"| {title} | {' | '.join(names).replace('_', ' ')} |", "|---" * (1 + len(names)) + "|"]
        for effect in dict.fromkeys(kind.effect for kind in KINDS.values()):
            if any(counts[effect, name] for name in names):
                rows.append(f"| {effect} | {' | '.join(f'{counts[effect, name]:,}' for name in names)} |")
    rows += ["", "| fault | met |", "|---|---|"]
    rows += [f"| {fault.name} | {report.faults[fault.name]:,} |" for fault in FAULTS if fault is not FAITHFUL]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
