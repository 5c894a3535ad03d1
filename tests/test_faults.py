"""A part of the proof that docs/reliability.md tells of, from fixed seeds; `scripts/reliability` is the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from connector import retry

from .faults.__main__ import table
from .faults.calls import KINDS
from .faults.proof import prove
from .faults.run import Report, play
from .faults.scenario import Scenario, scenarios
from .faults.service import Service
from .faults.table import FAULTS

DOCUMENT = Path(__file__).parents[1] / "docs" / "reliability.md"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


@pytest.mark.parametrize("seed", range(3))
def test_no_law_is_broken(seed: int) -> None:
    report = prove(50, seed)
    assert report.violations == []
    assert report.scenarios == 50
    assert report.faults.total() > 50


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(
    "scenario",
    [
        "patience=600 raw-replace: reset-after 404",  # a refusal says nothing of the attempt before it
        "patience=600 replace: 500-limit-far",  # nor does a limit that holds the next one back
        "patience=600 keyed: 503-after refuse 422",
        "patience=0 create: see-other",  # 303 says that it was done
        "patience=600 create read: leftover ok",
    ],
)
def test_what_once_broke_a_law_does_not(service: Service, way: str, scenario: str) -> None:
    assert play(service, Scenario.of(f"{way} {scenario}")).violations == []


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("kind", KINDS)
def test_with_nothing_broken_every_kind_succeeds(service: Service, way: str, kind: str) -> None:
    report = play(service, Scenario.of(f"{way} patience=0 {kind}:"))
    assert report.violations == []
    assert report.outcomes == {(KINDS[kind].effect, "success"): 1}


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(
    ("effect", "faults", "law"),
    [
        ("create", "reset-after", "a write was done twice"),
        ("change", "drip", "a write was done twice"),
        ("change", "504-after", "a success happened 2 times, not 1"),
    ],
)
def test_an_engine_that_sends_again_what_may_have_been_done_is_caught(
    service: Service, monkeypatch: pytest.MonkeyPatch, way: str, effect: str, faults: str, law: str
) -> None:
    monkeypatch.setitem(retry.TABLE, effect, retry.TABLE["read"])
    assert law in " ".join(play(service, Scenario.of(f"{way} patience=600 {effect}: {faults}")).violations)


def test_the_shortest_scenario_that_breaks_a_law_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in KINDS.items():
        monkeypatch.setitem(KINDS, name, replace(kind, writes=3))
    report = prove(400, 1)
    (violation,) = report.violations
    assert re.fullmatch(r"sync patience=0 read: ok\n    get_ticket: a success happened 0 times, not 3", violation)
    assert report.scenarios < 400


@given(scenarios())
def test_a_scenario_is_text_and_back(scenario: Scenario) -> None:
    assert Scenario.of(str(scenario)) == scenario


def test_the_document_tells_a_proof_without_a_violation() -> None:
    text = DOCUMENT.read_text()
    told = {name: int(count.replace(",", "")) for name, count in re.findall(r"^\| (\S+) \| ([\d,]+) \|$", text, re.M)}
    assert told["sequences"] >= 2000
    assert told["violations"] == 0
    assert [fault.name for fault in FAULTS[1:] if not told[fault.name]] == []
    assert all(line in text for line in table(Report()).splitlines() if "| 0" not in line)
