"""`connector bulk`: what it takes, what it prints, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..command_line import CommandLine, Done, refused


class Bulk:
    """Runs `connector bulk shed make_tool` on rows; `made` are the tools that the sandbox was given."""

    def __init__(self, cli: CommandLine) -> None:
        self.cli = cli

    def __call__(self, rows: str, *more: str, operation: str = "make_tool") -> Done:
        file = self.cli.folder / "rows"
        file.write_bytes(rows.encode())
        return self.cli("bulk", "shed", operation, "--rows", str(file), *more)

    @property
    def made(self) -> list[str]:
        file = self.cli.folder / "data" / "sandbox-shed.db"
        found: list[str] = json.loads(file.read_text())[3:] if file.exists() else []
        return sorted(found)


@pytest.fixture
def bulk(cli: CommandLine) -> Bulk:
    return Bulk(cli)


def lines(done: Done) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.out.splitlines()]
    return sorted(found, key=lambda line: int(line["row"]))


def told(done: Done) -> list[str]:
    return [line["outcome"] for line in lines(done)]


def test_every_row_is_run_and_told(bulk: Bulk) -> None:
    done = bulk("tool\nvise\nplane\n")
    assert (done.code, bulk.made) == (0, ["plane", "vise"])
    assert [(line["row"], line["outcome"], line["output"]) for line in lines(done)] == [
        (1, "success", {"tool": "vise"}), (2, "success", {"tool": "plane"})]  # fmt: skip
    assert all(line["call_id"] for line in lines(done))
    assert done.err == "On the sandbox, a pretend Shed. Name another with --connection.\n2 done.\n"


def test_the_exit_code_is_that_of_the_worst(bulk: Bulk) -> None:
    some = bulk("tool\nvise\nsaw\n")
    assert (some.code, told(some)) == (3, ["success", "error"])
    assert lines(some)[1]["error"]["message"].startswith("POST /tools answered 409")
    assert "1 done, 1 failed.\nRepeat those that failed with --retry-errors.\n" in some.err
    worse = bulk("tool\nsaw\nboom\n", "--retry-for", "0")
    assert (worse.code, told(worse)) == (4, ["error", "unknown"])
    call = lines(worse)[1]["call_id"]
    assert "1 failed, 1 unknown.\n" in worse.err
    assert f"Find out what is unknown, for row 2: connector reconcile {call}. Then go on with --resume.\n" in worse.err


def test_with_json_the_end_is_json_too(bulk: Bulk) -> None:
    done = bulk("tool\nvise\nsaw\n", "--json")
    assert json.loads(done.err) == {"rows": 2, "success": 1, "error": 1, "left": 0}


def test_rows_that_were_run_are_not_run_again_by_accident(bulk: Bulk) -> None:
    rows = "tool\nvise\nsaw\n"
    bulk(rows)
    refused(bulk(rows), "These rows were run on ")
    again = bulk(rows)
    assert "1 done, 1 failed. Repeat those that failed with --retry-errors, all with --anew." in again.err
    assert told(bulk(rows, "--resume")) == ["success", "error"]
    assert told(bulk(rows, "--retry-errors")) == ["success", "error"]
    assert bulk.made == ["vise"]
    assert told(bulk(rows, "--anew")) == ["error", "error"]  # there is a vise


def test_the_same_rows_in_another_file_and_form_are_the_same_rows(bulk: Bulk) -> None:
    bulk("tool\nvise\n")
    refused(bulk('\n{"tool": "vise"}\n'), "These rows were run on ")
    refused(bulk("Name;x\nvise;\n", "--map", "tool=Name", "--ignore-columns"), "These rows were run on ")


def test_nothing_to_go_on_with_is_said(bulk: Bulk) -> None:
    refused(bulk("tool\nvise\n", "--resume"), "There is no run of these rows to go on with. To begin, leave --resume")
    bulk("tool\nvise\n")
    refused(bulk("tool\nplane\n", "--retry-errors"), "was of other rows")


# -- before anything is sent ---------------------------------------------------------------------------------------


def test_a_dry_run_checks_and_shows_the_first_request(bulk: Bulk) -> None:
    done = bulk("tool\nvise\nplane\n", "--dry-run")
    assert done.code == 0
    assert done.out.startswith("POST https://shed.example/v1/tools\n")
    assert '"tool": "vise"' in done.out
    assert "All 2 rows fit make_tool. Nothing was sent. The first is:\n" in done.err
    assert bulk("tool\nvise\n", "--dry-run", "--json").json["rows"] == 1
    assert bulk.made == []
    assert bulk("tool\nvise\nplane\n").code == 0


def test_rows_that_do_not_fit_are_named_and_nothing_is_sent(bulk: Bulk) -> None:
    good, bad = '{"id": 1}', '{"id": true}'
    rows = [good, bad, "{", "", '{"idd": 1}', good]
    for more in ([], ["--dry-run"]):
        done = bulk("\n".join(rows), *more, operation="get_tool")
        refused(done, "3 of 5 rows do not fit get_tool. Nothing was sent.")
        assert "\n  row 2 (line 2): /id: must be a whole number or a text, not true or false.\n" in done.err
        assert "\n  row 3 (line 3): is not JSON: " in done.err
        assert "\n  row 4 (line 5): /id: is required. Is idd meant to be id?\n" in done.err
    many = bulk("\n".join([bad] * 25), operation="get_tool")
    assert "row 20 (line 20)" in many.err
    assert "row 21" not in many.err
    assert "and 5 more" in many.err


def test_no_rows_are_no_error(bulk: Bulk) -> None:
    done = bulk("tool\n")
    assert (done.code, done.out, "There are no rows." in done.err) == (0, "", True)
    assert bulk("tool\n", "--dry-run").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at-once", "0"], "--at-once must be 1 or more."),
        (["--anew", "--resume"], "Choose one."),
        (["--anew", "--retry-errors"], "Choose one."),
        (["--select", "["], "--select: "),
        (["--input", "7"], "not a JSON object"),
        (["--map", "tool"], "--map tool: it is INPUT=COLUMN"),
        (["--map", "tool=a", "--map", "tool=b"], "--map gives tool twice."),
        (["--rows", "/nowhere"], "/nowhere cannot be read: No such file"),
        (["--rows", "/"], "/ cannot be read: Is a directory"),
        (["--rows", "-", "--input", "-"], "cannot both be read from stdin"),
        (["--results", "/nowhere/results"], "/nowhere/results cannot be written: No such file"),
    ],
)
def test_what_cannot_be_meant_is_refused(bulk: Bulk, arguments: list[str], said: str) -> None:
    refused(bulk("tool\nvise\n", *arguments), said)
    assert bulk.made == []


# -- what is taken and printed -------------------------------------------------------------------------------------


def test_rows_come_from_stdin_too(cli: CommandLine) -> None:
    done = cli("bulk", "shed", "make_tool", "--rows", "-", stdin=b"tool\nvise\n")
    assert (done.code, told(done)) == (0, ["success"])
    again = cli("bulk", "shed", "make_tool", "--rows", "-", "--resume", stdin=b"tool\nvise\n")
    assert lines(again) == lines(done)


def test_results_go_to_a_file_and_only_a_part_of_each(bulk: Bulk, tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.write_text("of before\n")
    done = bulk("tool\nvise\n", "--results", str(results), "--select", "tool")
    assert (done.code, done.out) == (0, "")
    assert json.loads(results.read_text())["output"] == "vise"
    assert lines(bulk("tool\nplane\n", "--select", "abs(tool)"))[0]["output"] == {"tool": "plane"}


def test_columns_are_mapped_left_out_and_filled_in(bulk: Bulk) -> None:
    refused(bulk("Name,Price\nvise,7\n", "--map", "tool=Name"), "make_tool has no input 'Price'")
    done = bulk("Name,Price\nvise,7\n,8\n", "--map", "tool=Name", "--ignore-columns", "--input", '{"tool": "plane"}')
    assert (done.code, bulk.made) == (0, ["plane", "vise"])
    assert "Columns left out: Price.\n" in done.err


def test_a_file_is_read_where_the_operation_takes_one(bulk: Bulk, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("hello")
    done = bulk(f"file\n@{tmp_path / 'note'}\n", operation="keep_file")
    assert (done.code, bulk.made) == (0, ["aGVsbG8="])
    missing = bulk("file\n@/nowhere\n", operation="keep_file")
    refused(missing, "row 1 (line 2): /nowhere cannot be read: No such file or directory.")


def test_the_runs_of_other_rows_that_are_left_are_told_of(bulk: Bulk) -> None:
    from connector.bulk.state import Runs
    from connector.clock import SYSTEM
    from connector.store import Store

    store = Store()
    Runs(store, SYSTEM, "shed", "make_tool", "sandbox").begin("another digest", 9)
    store.close()
    done = bulk("tool\nvise\n")
    assert done.code == 0
    assert "9 of 9 are left of a run of other rows, begun on " in done.err


def test_without_a_record_of_calls_rows_are_kept_all_the_same(bulk: Bulk) -> None:
    bulk.cli.patch.setenv("CONNECTOR_RECORD", "off")
    done = bulk("tool\nvise\nboom\n", "--retry-for", "0")
    assert ["call_id" in line for line in lines(done)] == [False, False]
    assert "Find out what is unknown, for row 2: look for it in the service." in done.err
    assert told(bulk("tool\nvise\nboom\n", "--resume")) == ["success", "unknown"]
    assert bulk.made == ["vise"]
