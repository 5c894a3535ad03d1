"""The conformance suite: samples that differ from what the engine does, and samples that prove too little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import testing

from .harbor import HARBOR, change, copy
from .test_testing import Alter, findings, put


def call(*path: str, value: Any) -> Alter:
    """Sets a value of a sample's first call."""
    return put("calls", 0, *path, value=value)


# -- sample files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("{", "", "is not JSON: "),
        ("[1]", "", "must hold an object."),
        ("null", "", "must hold an object."),
        ('{"inptu": {}, "output": {}}', "inptu", "is no key of a sample. Known: all, at, calls, "),
        ('{"calls": []}', "", "must hold either an output or an error."),
        ('{"output": {}, "error": {}}', "", "must hold either an output or an error."),
        (
            '{"calls": [{"request": "GET /x", "statsu": 200}], "output": {}}',
            "calls/0/statsu",
            "is no key of a call. Did you mean status?",
        ),
        ('{"calls": [{"status": 200}], "output": {}}', "calls/0/request", "is missing. Say what is sent, such as "),
        ('{"values": [1], "output": {}}', "values", "and labels belong together."),
        ('{"search": "x", "output": {}}', "search", "is for the choices of a dropdown."),
    ],
)
def test_a_file_that_is_no_sample_is_found(content: str, place: str, message: str, tmp_path: Path) -> None:
    broken = copy(tmp_path)
    (broken.home / "samples/harbor/ring_bell.odd.json").write_text(content)
    ((file, where, text),) = findings(broken, "ring_bell")
    assert (file, where) == ("ring_bell.odd.json", place)
    assert message in text


def test_an_operation_without_its_base_sample_is_found(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    samples = broken.home / "samples/harbor"
    (samples / "ring_bell.json").rename(samples / "ring_bell.again.json")
    assert findings(broken, "ring_bell") == [
        ("ring_bell.yaml", "", "has no sample. Write samples/harbor/ring_bell.json.")
    ]


# -- what a sample pins ------------------------------------------------------------------------------------------------

DIFFERENCES: list[tuple[str, Alter, str, str]] = [
    (
        "get_berth",
        call("request", value="GET /berths/8/meters?show=neighbours,a%2Cb"),
        "calls/0/request",
        "is GET /berths/7/meters, not GET /berths/8/meters.",
    ),
    (
        "get_berth",
        call("request", value="PUT /berths/7/meters?show=neighbours,a%2Cb"),
        "calls/0/request",
        "is GET /berths/7/meters, not PUT /berths/7/meters.",
    ),
    (
        "get_berth",
        call("request", value="GET /berths/7/meters"),
        "calls/0/request",
        "has the query show=neighbours,a%2Cb, not (none).",
    ),
    (
        "ring_bell",
        call("request", value="PUT /docks/A/bell?loud=1"),
        "calls/0/request",
        "has the query (none), not loud=1.",
    ),
    (
        "get_berth",
        call("headers", "Accept-Language", value="fr"),
        "calls/0/headers/Accept-Language",
        "is 'de', not 'fr'.",
    ),
    ("get_berth", call("headers", "X-More", value="1"), "calls/0/headers/X-More", "is None, not '1'."),
    (
        "cancel_booking",
        call("body", value={"reason": "rain"}),
        "calls/0/body",
        'is {"reason": "storm"}, not {"reason": "rain"}.',
    ),
    ("cancel_booking", call("body", value=None), "calls/0/body", 'is {"reason": "storm"}, not null.'),
    ("ring_bell", call("body", value={}), "calls/0/body", "is null, not {}."),
    (
        "pick_berth",
        put("output", "berths", 0, "berth_no", value="x"),
        "output",
        "was not given; the call failed: The output of pick_berth does not fit",
    ),
    (
        "ring_bell",
        call("status", value=500),
        "output",
        "was not given; the call failed: PUT /docks/A/bell answered 500 Internal",
    ),
    (
        "get_berth",
        put("output", "berth_no", value=8),
        "output",
        'is {"berth_no": 7, "neighbours": [{"berth_no": 8}]}, not {"berth_no": 8, ',
    ),
    ("get_berth.gone", put("error", "status", value=410), "error", "is {"),
    ("get_berth.gone", call("status", value=200), "error", "is {"),
    ("pick_berth", put("options", "complete", value=False), "options", "is {"),
    ("pick_berth.labels", put("labels", 0, "text", value="A 2"), "labels", 'is [{"value": 1, "text": "A 1", '),
    (
        "pick_dock.search",
        put("search", value="north"),
        "calls/0/request",
        "has the query q=north&limit=30, not q=south%20quay&limit=30.",
    ),
    (
        "list_boats.all",
        put("output", 1, value={"name": "Eva"}),
        "output",
        'is [{"name": "Ida"}, {"name": "Ada"}], not [{"name": "Ida"}, ',
    ),
    ("move_booking", put("calls", 1, "body", "berth", value=9), "calls/1/body", 'is {"berth": 8}, not {"berth": 9}.'),
]


@pytest.mark.parametrize(("name", "alter", "place", "message"), DIFFERENCES)
def test_where_a_sample_differs_is_found_once(
    name: str, alter: Alter, place: str, message: str, tmp_path: Path
) -> None:
    broken = copy(tmp_path)
    file = broken.home / "samples/harbor" / f"{name}.json"
    change(file, alter)
    sample = testing.load(broken, file)
    assert isinstance(sample, testing.Sample)
    (found,) = testing.play(sample)
    assert (found.file, found.place) == (file, place)
    assert found.message.startswith(message)


def test_a_call_too_few_and_a_call_too_many_are_found(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    file = broken.home / "samples/harbor/move_booking.json"
    change(file, lambda data: data["calls"].append({"request": "POST /bells"}))
    assert findings(broken, "move_booking") == [("move_booking.json", "calls/2", "was not made.")]
    change(file, lambda data: data.update(calls=data["calls"][:1]))
    found = {place: message for _, place, message in findings(broken, "move_booking")}
    assert found.keys() == {"calls/1", "output"}
    assert found["calls/1"].startswith("is not there, and the operation makes a call: POST /bookings/N%2F1/take.")


def test_an_error_that_does_not_come_is_found(tmp_path: Path) -> None:
    broken = copy(tmp_path)
    change(
        broken.home / "samples/harbor/get_berth.gone.json",
        put("calls", 0, value={"request": "GET /berths/9", "response": {"berth": {"berth_no": 9}}}),
    )
    assert findings(broken, "get_berth") == [("get_berth.gone.json", "error", "did not come; the call succeeded.")]


def test_query_parameters_may_come_in_any_order_and_errors_may_hold_more(tmp_path: Path) -> None:
    sound = copy(tmp_path)
    change(
        sound.home / "samples/harbor/list_berths.json",
        put(
            "calls",
            0,
            "request",
            value="GET /berths?count=2&skip=20&length%5Bmin%5D=12.5&free=true&features=power%2Cwater",
        ),
    )
    change(sound.home / "samples/harbor/get_berth.gone.json", put("error", value={"status": 404}))
    assert findings(sound, "list_berths", "get_berth") == []


def test_samples_play_below_the_path_of_a_base_url(tmp_path: Path) -> None:
    """A connector with a sandbox plays its samples on the sandbox's URL, which for Harbor ends in /v2."""
    sound = copy(tmp_path)
    change(sound.file, put("sandbox", value={"marina": "north", "api_key": "sample"}))
    (sound.home / "sandbox/harbor").mkdir(parents=True)
    (sound.home / "sandbox/harbor/__init__.py").write_text('"""Nothing of it is used."""')
    assert findings(sound, "get_berth", "list_boats", "move_booking", strength=True) == []


# -- coverage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sample", "alter", "inputs"),
    [
        ("get_berth", "get_berth", put("input", "language", value=None), ["language"]),
        ("create_booking", "create_booking", put("input", "crew", value=None), ["crew"]),
        ("update_booking", "update_booking", put("input", "boat", "length", value=None), ["boat/length"]),
        ("cancel_booking", "cancel_booking", put("input", "reason", value=None), ["reason"]),
        ("list_boats", "list_boats", put("input", "page", value=None), ["page"]),
    ],
)
def test_an_input_that_changes_nothing_is_found(
    name: str, sample: str, alter: Alter, inputs: list[str], tmp_path: Path
) -> None:
    broken = copy(tmp_path)
    change(broken.home / "samples/harbor" / f"{sample}.json", alter)
    found = testing.check(broken, [name])
    uncovered = [one for one in found if one.key]
    assert [one.key for one in uncovered] == [f"{name} input {path}" for path in inputs]
    for one in uncovered:
        assert one.message.endswith("changes nothing in any sample.")
        assert one.hint == f"Give it in a sample, as samples/harbor/{name}.full.json."


def test_the_inputs_of_a_paging_style_are_proved_by_any_operation_that_has_them() -> None:
    loaded = [testing.load(HARBOR, file) for file in HARBOR.samples("list_berths")]
    samples = [sample for sample in loaded if isinstance(sample, testing.Sample)]
    without = [testing.Sample(one.file, HARBOR, one.operation, {**one.data, "input": {"count": 1}}) for one in samples]
    assert [one.key for one in testing.uncovered(HARBOR, {"list_berths": without})] == [
        f"list_berths input {name}" for name in ("skip", "features", "length", "free")
    ]
