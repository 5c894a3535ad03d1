"""Every operation of the connectors that come with the engine proves itself: lint, samples, coverage, strength."""

from __future__ import annotations

from pathlib import Path

import pytest

import connector
from connector import testing
from connector.testing import Sample
from connector.testing.finding import read_exemptions

ROOT = Path(__file__).resolve().parent.parent
ZENDESK = connector.find("zendesk")


def samples(name: str) -> list[Sample]:
    found = [testing.load(ZENDESK, file) for file in ZENDESK.samples(name)]
    assert [sample for sample in found if isinstance(sample, testing.Finding)] == []
    return [sample for sample in found if isinstance(sample, Sample)]


def test_there_are_85_main_operations_and_22_dropdowns() -> None:
    dropdowns = [name for name in ZENDESK.names if name.endswith("_ddl")]
    assert (len(ZENDESK.names), len(dropdowns)) == (107, 22)


@pytest.mark.parametrize("name", ZENDESK.names)
def test_the_declaration_is_sound_and_its_samples_play(name: str) -> None:
    assert list(testing.lint(ZENDESK, [name])) == []
    assert [str(finding) for sample in samples(name) for finding in testing.play(sample)] == []


@pytest.mark.parametrize("name", ZENDESK.names)
def test_a_changed_declaration_fails_a_sample(name: str) -> None:
    styles = ZENDESK.spec["pagination"]
    found = testing.survivors(ZENDESK.operation(name), samples(name), styles)
    assert [finding.key for finding in found if finding.key not in read_exemptions(ZENDESK)] == []


def test_every_input_changes_something_in_some_sample() -> None:
    found = testing.uncovered(ZENDESK, {name: samples(name) for name in ZENDESK.names})
    assert [finding.key for finding in found if finding.key not in read_exemptions(ZENDESK)] == []


def test_no_file_belongs_to_nothing() -> None:
    assert list(testing.strays(ZENDESK)) == []


def test_editors_complete_every_declaration() -> None:
    for file in (ROOT / "operations").glob("*/*.yaml"):
        kind = "connector" if file.stem == "connector" else "operation"
        assert file.read_text().startswith(f"# yaml-language-server: $schema=../../schemas/{kind}.json\n"), file


@pytest.mark.parametrize("name", [name for name in ZENDESK.names if name.endswith("_ddl")])
def test_a_dropdown_has_options(name: str) -> None:
    assert ZENDESK.operation(name).options
    assert any("options" in sample.data for sample in samples(name))
