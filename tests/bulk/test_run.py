"""No row is done twice: however a run ends, and however it is gone on with."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.bulk.record import Line
from connector.bulk.run import ALIKE
from connector.errors import UsageError

from ..small_home import KEY
from .lending import Lending, outcomes, tools


@pytest.fixture
def lending(tmp_path: Path) -> Lending:
    return Lending(tmp_path)


def once(count: int) -> Counter[str]:
    return Counter(row["tool"] for row in tools(count))


def test_every_row_is_done_once_and_told_with_its_call(lending: Lending) -> None:
    lines = lending.run("make_tool", tools(30))
    assert lending.taken == once(30)
    assert outcomes(lines) == dict.fromkeys(range(1, 31), "success")
    assert all(line["output"]["tool"] == f"t{line['row']}" for line in lines)
    store = lending.store()
    calls = {row["id"]: row["outcome"] for row in store.query("SELECT id, outcome FROM calls")}
    store.close()
    assert calls == {line["call_id"]: "success" for line in lines}


def test_a_run_that_was_stopped_goes_on_and_tells_of_all(lending: Lending) -> None:
    first = lending.run("make_tool", tools(20), until=5)
    assert 5 <= len(first) < 20
    assert lending.known("make_tool")[0].left == 20 - len(first)
    second = lending.run("make_tool", tools(20))
    assert lending.taken == once(20)
    assert outcomes(second) == dict.fromkeys(range(1, 21), "success")
    told = {line["row"]: line["call_id"] for line in second}
    assert {line["row"]: line["call_id"] for line in first}.items() <= told.items()
    assert outcomes(lending.run("make_tool", tools(20))) == outcomes(second)
    assert lending.taken == once(20)


def test_other_rows_are_another_run(lending: Lending) -> None:
    lending.run("make_tool", tools(2))
    lending.run("make_tool", tools(3))
    assert lending.taken == {"t1": 2, "t2": 2, "t3": 1}
    assert [run.left for run in lending.known("make_tool")] == [0, 0]


@pytest.mark.parametrize("word", ["lost", "broken", "cut"])
def test_what_is_unknown_is_not_repeated(lending: Lending, word: str) -> None:
    lending.plan = {"t2": [word]}
    for _ in range(3):
        lines = lending.run("make_tool", tools(3), retry_errors=True)
        assert outcomes(lines) == {1: "success", 2: "unknown", 3: "success"}
        assert lending.asked.count("t2") == 1


def test_what_was_cut_off_is_unknown_and_not_repeated(lending: Lending) -> None:
    lending.plan = {"t2": ["hang"]}
    first = lending.run("make_tool", tools(3))
    assert 2 not in outcomes(first)
    lines = lending.run("make_tool", tools(3))
    assert outcomes(lines)[2] == "unknown"
    assert next(line for line in lines if line["row"] == 2)["call_id"]
    assert outcomes(lending.run("make_tool", tools(3))) == outcomes(lines)
    assert lending.taken == once(3)


@pytest.mark.parametrize(("found", "outcome", "times"), [("success", "success", 1), ("error", "success", 2)])
def test_what_was_found_out_since_is_taken_in(lending: Lending, found: str, outcome: str, times: int) -> None:
    lending.plan = {"t2": ["broken"]}
    call = next(line["call_id"] for line in lending.run("make_tool", tools(3)) if line["row"] == 2)
    store = lending.store()
    with store.transaction() as cursor:
        cursor.execute("UPDATE calls SET outcome = ? WHERE id = ?", (found, call))
    store.close()
    for _ in range(2):
        assert outcomes(lending.run("make_tool", tools(3)))[2] == outcome
        assert lending.asked.count("t2") == times


# -- with a key ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["lost", "broken", "cut"])
def test_under_a_key_the_unknown_is_sent_again(lending: Lending, word: str) -> None:
    lending.plan = {"t2": [word, word]}
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "unknown"
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "unknown"
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "success"
    assert (lending.taken, lending.asked.count("t2"), len(lending.keys)) == (once(3), 3, 3)


def test_under_a_key_what_was_cut_off_is_sent_again(lending: Lending) -> None:
    lending.plan = {"t2": ["hang"]}
    lending.run("keep_tool", tools(3))
    assert outcomes(lending.run("keep_tool", tools(3))) == dict.fromkeys((1, 2, 3), "success")
    assert lending.taken == once(3)


def test_a_key_is_not_trusted_when_its_life_is_over(lending: Lending) -> None:
    lending.plan = {"t2": ["lost", "lost"]}
    lending.run("keep_tool", tools(3))
    lending.clock.advance(6000)
    lending.run("keep_tool", tools(3))
    assert lending.asked.count("t2") == 2
    lending.clock.advance(1000)  # 7000 after it was first sent: too near to the end
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "unknown"
    assert lending.asked.count("t2") == 2


def test_a_refusal_says_nothing_of_what_was_sent_before(lending: Lending) -> None:
    lending.plan = {"t2": ["hang", "refused"]}
    lending.run("keep_tool", tools(3))
    lines = lending.run("keep_tool", tools(3))
    assert outcomes(lines)[2] == "unknown"
    store = lending.store()
    doubtful = [row["id"] for row in store.query("SELECT id FROM calls WHERE outcome = 'unknown'")]
    store.close()
    assert [line["call_id"] for line in lines if line["row"] == 2] == doubtful
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "success"
    assert lending.taken == once(3)


def test_a_refusal_after_the_key_has_ended_is_no_reason_to_send_again(lending: Lending) -> None:
    lending.plan = {"t2": ["hang", "refused"]}
    lending.run("keep_tool", tools(3))
    lending.run("keep_tool", tools(3))
    lending.clock.advance(8000)
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "unknown"
    assert lending.asked.count("t2") == 2


def test_what_became_of_a_second_try_says_nothing_of_the_first(lending: Lending) -> None:
    lending.plan = {"t2": ["hang", "hang"]}
    for _ in range(2):
        lending.clock.advance(10)
        lending.run("keep_tool", tools(3))
    store = lending.store()
    with store.transaction() as cursor:
        cursor.execute("UPDATE calls SET outcome = 'error' WHERE at > ?", (lending.clock.now() - 5,))
    store.close()
    lending.clock.advance(8000)
    assert outcomes(lending.run("keep_tool", tools(3)))[2] == "unknown"
    assert lending.asked.count("t2") == 2


def test_a_key_of_the_rows_own_is_kept(lending: Lending) -> None:
    lending.run("keep_tool", [{"tool": "t1", "key": "mine"}])
    assert lending.keys == {"mine": "t1"}


# -- what failed ---------------------------------------------------------------------------------------------------


def test_what_failed_is_repeated_when_that_is_asked(lending: Lending) -> None:
    lending.plan = {"t2": ["refused", "refused"]}
    for retry, outcome, times in ((False, "error", 1), (False, "error", 1), (True, "error", 2), (True, "success", 3)):
        lines = lending.run("make_tool", tools(3), retry_errors=retry)
        assert (outcomes(lines)[2], lending.asked.count("t2")) == (outcome, times)
    assert lending.taken == once(3)


def test_a_repeated_row_that_was_cut_off_is_unknown(lending: Lending) -> None:
    lending.plan = {"t2": ["refused", "hang"]}
    lending.run("make_tool", tools(3))
    lending.run("make_tool", tools(3), retry_errors=True)
    assert outcomes(lending.run("make_tool", tools(3), retry_errors=True))[2] == "unknown"
    assert lending.asked.count("t2") == 2


def test_a_run_stops_when_all_rows_fail_for_a_reason_that_is_not_theirs(lending: Lending) -> None:
    lending.plan = {row["tool"]: ["denied"] for row in tools(100)}
    with pytest.raises(UsageError, match=f"The last {ALIKE} rows failed, and not for a reason of their own"):
        lending.run("make_tool", tools(100))
    assert len(lending.asked) <= ALIKE + 3
    assert lending.known("make_tool")[0].left == 100 - len(lending.asked)
    lending.plan = {}
    lines = lending.run("make_tool", tools(100), retry_errors=True)
    assert set(outcomes(lines).values()) == {"success"}
    assert lending.taken == once(100)


def test_a_run_goes_on_when_rows_fail_for_reasons_of_their_own(lending: Lending) -> None:
    lending.plan = {row["tool"]: ["refused"] for row in tools(2 * ALIKE)}
    assert Counter(outcomes(lending.run("make_tool", tools(50))).values()) == {"error": 40, "success": 10}


def test_what_failed_half_way_is_not_repeated(lending: Lending) -> None:
    lending.plan = {"second": ["refused"]}
    for _ in range(2):
        (line,) = lending.run("make_two", [{}], retry_errors=True)
        assert (line["outcome"], line["error"]["calls"]) == ("error", ["POST /tools"])
    assert lending.asked == ["first", "second"]


def test_a_read_is_kept_when_it_is_over(lending: Lending) -> None:
    rows = [{"id": number} for number in range(1, 6)]
    lending.plan = {"2": ["refused"]}
    first = lending.run("get_tool", rows, until=3)
    lines = lending.run("get_tool", rows)
    assert len(first) < 6
    assert Counter(outcomes(lines).values()) == {"success": 4, "error": 1}
    assert Counter(lending.asked) == dict.fromkeys("12345", 1)


# -- beside --------------------------------------------------------------------------------------------------------


def test_two_that_run_the_same_rows_do_none_twice(lending: Lending) -> None:
    beside: list[list[Line]] = []

    def tell(line: Line) -> None:
        if not beside:
            beside.append([])
            other = Lending.__new__(Lending)
            other.__dict__ = {**lending.__dict__, "plan": {}}
            beside[0] = in_thread(other)

    with pytest.raises(UsageError, match="Another process runs these rows"):
        lending.run("make_tool", tools(30), tell=tell)
    assert lending.taken == once(30)
    assert Counter(outcomes(beside[0]).values())["success"] >= 25


def in_thread(lending: Lending) -> list[Line]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        return pool.submit(lending.run, "make_tool", tools(30)).result()


def test_when_results_cannot_be_written_the_run_stops_and_loses_nothing(lending: Lending) -> None:
    def full(line: Line) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        lending.run("make_tool", tools(20), tell=full)
    assert sum(lending.taken.values()) <= 3
    assert outcomes(lending.run("make_tool", tools(20))) == dict.fromkeys(range(1, 21), "success")
    assert lending.taken == once(20)


def test_what_is_kept_holds_no_secret(lending: Lending) -> None:
    lines = lending.run("make_tool", tools(3))
    assert all(line["output"]["echo"] == KEY for line in lines)
    again = lending.run("make_tool", tools(3))
    assert [line["output"]["echo"] for line in again] == ["***"] * 3
    database = sqlite3.connect(lending.folder / "connector.db")
    assert KEY not in "\n".join(database.iterdump())
    database.close()


def test_old_runs_are_forgotten(lending: Lending) -> None:
    lending.run("make_tool", tools(2))
    lending.clock.advance(31 * 86400)
    lending.run("make_tool", tools(1))
    assert [run.total for run in lending.known("make_tool")] == [1]


WORDS = st.lists(st.sampled_from(["ok", "refused", "broken", "lost", "cut", "hang"]), max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(st.integers(1, 4), max_size=2), st.booleans())
def test_the_law(
    tmp_path_factory: pytest.TempPathFactory, words: list[list[str]], stops: list[int], keyed: bool
) -> None:
    """Whatever the service does and whenever it is stopped: no row twice; a success is one, a failure none."""
    lending = Lending(tmp_path_factory.mktemp("law"))
    operation, rows = "keep_tool" if keyed else "make_tool", tools(len(words))
    lending.plan = {row["tool"]: list(each) for row, each in zip(rows, words, strict=True)}
    for until in stops:
        lending.run(operation, rows, until=until)
    lines = lending.run(operation, rows, retry_errors=True)
    while lending.hangs.is_set():
        lines = lending.run(operation, rows, retry_errors=True)
    assert outcomes(lines).keys() == {*range(1, len(rows) + 1)}
    for row, outcome in outcomes(lines).items():
        taken = lending.taken[f"t{row}"]
        assert taken <= 1
        assert outcome == "unknown" or taken == (outcome == "success")
