"""The conformance suite: mutants that no sample notices, exemptions with their reasons, and the check as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector import Connector, DeclarationError, testing

from .harbor import HARBOR, change, copy
from .test_testing import findings, put


def without(connector: Connector, *names: str) -> Connector:
    for name in names:
        (connector.home / "samples/harbor" / f"{name}.json").unlink()
    return connector


@pytest.mark.parametrize(
    ("name", "weaken", "survivors"),
    [
        ("find_booking", "find_booking", ["request/0/method", "request/0"]),
        (
            "find_booking",
            "find_booking.boat",
            ["request/1/method", "request/1/swap sign and day", "request/1"],
        ),
        ("pick_berth", "pick_berth.anywhere", ["request/1/method", "request/1", "options/needs"]),
        ("pick_dock", "pick_dock.search", ["options/search"]),
        ("pick_berth", "pick_berth.labels", ["options/find"]),
        ("get_berth", "get_berth", ["request/0/part", "request/0/show", "headers/Accept-Language", "result"]),
    ],
)
def test_a_mutant_that_no_sample_notices_is_found(name: str, weaken: str, survivors: list[str], tmp_path: Path) -> None:
    weak = without(copy(tmp_path), weaken)
    loaded = [testing.load(weak, file) for file in weak.samples(name)]
    samples = [sample for sample in loaded if isinstance(sample, testing.Sample)]
    found = list(testing.survivors(weak.operation(name), samples, weak.spec["pagination"]))
    assert [one.place for one in found] == survivors
    assert {(one.message, one.hint) for one in found} == {
        ("no sample notices when this is dropped or changed.", "Write one that does.")
    }


def test_strength_is_asked_for(tmp_path: Path) -> None:
    weak = copy(tmp_path)
    change(weak.home / "samples/harbor/get_berth.json", put("calls", 0, "headers", value=None))
    assert findings(weak, "get_berth") == []
    assert [place for _, place, _ in findings(weak, "get_berth", strength=True)] == ["headers/Accept-Language"]


# -- exemptions --------------------------------------------------------------------------------------------------------


def exempted(folder: Path, text: str) -> Connector:
    one = copy(folder)
    change(one.home / "samples/harbor/get_berth.json", put("input", "language", value=None))
    change(one.home / "samples/harbor/get_berth.json", put("calls", 0, "headers", value=None))
    (one.home / "samples/harbor/exempt.yaml").write_text(text)
    return one


def test_an_exemption_with_its_reason_silences_one_finding(tmp_path: Path) -> None:
    one = exempted(
        tmp_path, "get_berth input language: Spoken nowhere.\nget_berth mutant headers/Accept-Language: As above."
    )
    assert findings(one, "get_berth", strength=True) == []


def test_an_exemption_of_nothing_is_found(tmp_path: Path) -> None:
    keys = ["get_berth input language", "get_berth input mast", "get_berth mutant mast", "raw_request input body/none"]
    one = exempted(tmp_path, "".join(f"{key}: For a reason.\n" for key in keys))
    assert findings(one) == [("exempt.yaml", "get_berth input mast", "exempts nothing. Take it out.")]
    assert ("exempt.yaml", "get_berth mutant mast", "exempts nothing. Take it out.") in findings(one, strength=True)


@pytest.mark.parametrize("text", ["[a]", "get_berth input language:", "get_berth input language: ''", "a: {b: c}"])
def test_an_exemption_without_a_reason_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"exempt\.yaml: must give a reason for each key\."):
        findings(exempted(tmp_path, text), "get_berth")


def test_a_handler_that_breaks_on_an_odd_input_ends_no_check(tmp_path: Path) -> None:
    odd = copy(tmp_path)
    source = (odd.folder / "move_booking.py").read_text()
    (odd.folder / "move_booking.py").write_text(
        source.replace("left = yield", 'assert input["berth_no"] != 8\n    left = yield')
    )
    found: list[Any] = findings(odd, "move_booking", strength=True)
    assert ("move_booking.json", "calls/0", "was not made.") in found
    assert any("The handler of move_booking failed: AssertionError" in message for _, _, message in found)


# -- the check itself --------------------------------------------------------------------------------------------------


def test_a_finding_reads_as_a_sentence_with_its_place() -> None:
    file = Path("a.yaml")
    assert str(testing.Finding(file, "title", "is wrong.", "Mend it.")) == "a.yaml: title: is wrong. Mend it."
    assert str(testing.Finding(file, "", "is wrong.")) == "a.yaml: is wrong."


def test_the_check_tells_what_it_looks_at() -> None:
    told: list[str] = []
    list(testing.check(HARBOR, ["get_berth", "ring_bell"], strength=True, progress=told.append))
    assert told == ["get_berth", "ring_bell"] * 2


def test_only_the_operations_asked_for_are_checked(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    change(broken.folder / "ring_bell.yaml", put("title", value="Ring."))
    assert findings(broken, "get_berth") == []
    assert json.dumps(findings(broken)).count("ends with a full stop") == 1
