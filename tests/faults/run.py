"""Plays scenarios, asks the sandbox what really happened, and judges each call by the laws."""

from __future__ import annotations

import asyncio
import itertools
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connector import Client
from connector.errors import OutcomeUnknown, OutputWarning, UnreachableError
from connector.network import Network

from .calls import KINDS, Kind
from .laws import TIMEOUT, Case, Finding, Outcome, broken, wrong
from .scenario import Scenario
from .service import Service
from .table import CAP, FAITHFUL, NAMED

NETWORK = Network(connect=2.0, read=TIMEOUT, total=2 * TIMEOUT, largest=CAP)

Given: TypeAlias = tuple[Kind, str, dict[str, Any]]
"""A call: its kind, the word that is its alone, its input."""

APART = 4000.0  # seconds of the held clock between scenarios, and until somebody asks: every limit is open again
_numbers = itertools.count()


@dataclass
class Report:
    """What was seen: scenarios, requests, faults by name, outcomes and findings by effect; and what broke a law."""

    scenarios: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def __add__(self, other: Report) -> Report:
        return Report(
            self.scenarios + other.scenarios,
            self.requests + other.requests,
            self.faults + other.faults,
            self.outcomes + other.outcomes,
            self.findings + other.findings,
            self.violations + other.violations,
        )


def play(service: Service, scenario: Scenario) -> Report:
    """Run a scenario, with a client of its own."""
    calls = []
    service.clock.advance(APART)
    for kind in (KINDS[name] for name in scenario.kinds):
        word = f"w{next(_numbers)}x"
        calls.append((kind, word, kind.given(word, service.ask)))
    service.play(NAMED[name] for name in scenario.faults)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OutputWarning)
        outcomes = [*_run(service, scenario, calls)] if scenario.way == "sync" else _arun(service, scenario, calls)
    seen = service.settled()
    report = Report(1, len(seen), Counter(one.fault.name for one in seen if one.fault is not FAITHFUL))
    service.play(())
    service.clock.advance(APART)
    for outcome in outcomes:
        report.outcomes[outcome.kind.effect, outcome.name] += 1
        own = [one for one in seen if one.mark == outcome.word]
        laws = [*broken(Case(outcome, own, service.writes(outcome.word)))]
        if isinstance(outcome.error, OutcomeUnknown):
            finding = _reconciled(service, outcome.word, str(outcome.error.call_id))
            report.findings[outcome.kind.effect, finding.verdict] += 1
            laws += wrong(outcome.kind, finding)
        report.violations += [f"{scenario}\n    {outcome.kind.operation}: {law}" for law in laws]
    if service.heard:
        report.violations.append(f"{scenario}\n    another host was sent something")
    return report


def _reconciled(service: Service, word: str, call: str) -> Finding:
    """What `reconcile` finds later, with a client of its own; then it finishes the call, where it says that it can."""
    with Client("zendesk", service.connection, retry_for=0, store=service.store, clock=service.clock) as client:
        service.mark(f"{word}-look")
        found = client.reconcile(call)
        finished = None
        if "finish_until" in found:
            service.mark(f"{word}-finish")
            finished = client.reconcile(call, finish=True)["verdict"]
    first, look, finish = (service.writes(f"{word}{part}") for part in ("", "-look", "-finish"))
    return Finding(found["verdict"], first, look, finished, finish)


def _client(service: Service, scenario: Scenario) -> Client:
    return Client(
        "zendesk",
        service.connection,
        timeout=NETWORK,
        retry_for=scenario.patience,
        store=service.store,
        clock=service.clock,
    )


def _run(service: Service, scenario: Scenario, calls: list[Given]) -> Iterator[Outcome]:
    with _client(service, scenario) as client:
        for kind, word, given in calls:
            output, error, began = None, None, _begin(service, word)
            try:
                output = client.run(kind.operation, given)
            except Exception as caught:
                error = caught
            yield _end(service, Outcome(kind, word, scenario.patience, time.monotonic() - began, output, error))


def _arun(service: Service, scenario: Scenario, calls: list[Given]) -> list[Outcome]:
    async def run() -> list[Outcome]:
        found = []
        async with _client(service, scenario) as client:
            for kind, word, given in calls:
                output, error, began = None, None, _begin(service, word)
                try:
                    output = await client.arun(kind.operation, given)
                except Exception as caught:
                    error = caught
                seconds = time.monotonic() - began
                found.append(_end(service, Outcome(kind, word, scenario.patience, seconds, output, error)))
        return found

    return asyncio.run(run())


def _begin(service: Service, word: str) -> float:
    service.mark(word)
    return time.monotonic()


def _end(service: Service, outcome: Outcome) -> Outcome:
    if isinstance(outcome.error, UnreachableError):
        service.on()  # it met the refusal, if one holds
    service.settled()
    return outcome
