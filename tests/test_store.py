"""The store: one file for its owner alone, open to several processes, that moves forward and loses nothing."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import UsageError
from connector.migrations import MIGRATIONS
from connector.store import GATHERED, Store, data_folder

ADD = "INSERT INTO bulk VALUES (?, 0, 'c', 'o', 'n', 'd', 0)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "a.db")
    yield made
    made.close()


def names(store: Store) -> list[str]:
    return [row["id"] for row in store.query("SELECT id FROM bulk ORDER BY id")]


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    with store.transaction() as cursor:
        cursor.execute(ADD, ["a"])
    with pytest.raises(UsageError, match="UNIQUE"), store.transaction() as cursor:
        cursor.executemany(ADD, [["b"], ["a"]])
    assert names(store) == ["a"]


def test_what_is_durable_is_there_for_others_at_once(store: Store, tmp_path: Path) -> None:
    store.durable(lambda cursor: cursor.execute(ADD, ["a"])).result(5)
    other = Store(tmp_path / "a.db")
    assert names(other) == ["a"]
    other.close()


def test_what_comes_later_comes_in_order_and_before_the_end(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    for number in range(300):
        store.later(lambda cursor, number=number: cursor.execute(ADD, [f"{number:03}"]))  # type: ignore[misc]
    store.close()
    assert names(store) == [f"{number:03}" for number in range(300)]
    store.close()


def test_much_that_waits_is_written_without_waiting_for_more(store: Store) -> None:
    began = time.monotonic()
    for number in range(40):
        store.later(lambda cursor, number=number: cursor.execute(ADD, [str(number)]), GATHERED)  # type: ignore[misc]
    store.flush()
    assert len(names(store)) == 40
    assert time.monotonic() - began < 5


def test_one_that_is_wrong_takes_no_other_with_it(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.later(lambda cursor: cursor.execute(ADD, ["a"]))
    store.later(lambda cursor: cursor.execute("INSERT INTO nowhere VALUES (1)"))
    bad = store.durable(lambda cursor: cursor.execute("INSERT INTO bulk VALUES (1)"))
    good = store.durable(lambda cursor: cursor.execute(ADD, ["b"]))
    assert isinstance(bad.exception(5), UsageError | sqlite3.Error)
    assert good.result(5) is None
    assert names(store) == ["a", "b"]
    assert "Some calls are not recorded" in caplog.text


def test_a_closed_store_opens_again_when_it_is_used(store: Store) -> None:
    store.durable(lambda cursor: cursor.execute(ADD, ["a"])).result(5)
    store.close()
    store.close()
    store.durable(lambda cursor: cursor.execute(ADD, ["b"])).result(5)
    assert names(store) == ["a", "b"]


@pytest.mark.skipif(os.name != "posix", reason="modes are posix")
def test_its_owner_alone_can_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_DATA", str(tmp_path / "new" / "data"))
    before = os.umask(0)
    try:
        store = Store()
        store.durable(lambda cursor: cursor.execute(ADD, ["a"])).result(5)
        files = list(data_folder().iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700
        assert len(files) >= 2  # the write-ahead log too
    finally:
        os.umask(before)
    store.close()
    store.file.chmod(0o644)  # whoever restored a backup, say
    assert names(store) == ["a"]
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
    store.close()


def _add(file: Path, first: int, count: int) -> None:
    store = Store(file)
    for number in range(first, first + count):
        store.durable(lambda cursor, number=number: cursor.execute(ADD, [f"{number:04}"])).result(30)  # type: ignore[misc]
    store.close()


def test_several_processes_open_it_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_add, args=(tmp_path / "a.db", 100 * number, 25)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = Store(tmp_path / "a.db")
    assert len(names(store)) == 75
    store.close()


def test_two_of_a_process_and_another_process_see_each_others_writes(store: Store) -> None:
    """The other process would take the log of the writes away, were the locks of this one let go of."""
    second = Store(store.file)
    assert names(store) == names(second) == []
    for number in range(2):
        other = multiprocessing.get_context("spawn").Process(target=_add, args=(store.file, number, 1))
        other.start()
        other.join(60)
        assert names(store) == names(second) == [f"{one:04}" for one in range(number + 1)]
    second.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are posix")
def test_a_forked_child_has_a_writer_of_its_own(store: Store) -> None:
    store.durable(lambda cursor: cursor.execute(ADD, ["parent"])).result(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, of forking beside threads
        child = os.fork()
    if not child:
        try:
            store.durable(lambda cursor: cursor.execute(ADD, ["child"])).result(5)
            store.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.durable(lambda cursor: cursor.execute(ADD, ["parent again"])).result(5)
    assert names(store) == ["child", "parent", "parent again"]


def test_an_older_file_moves_forward_and_keeps_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "a.db")
    with store.transaction() as cursor:
        cursor.execute(ADD, ["a"])
    store.close()
    more = (*MIGRATIONS, ("ALTER TABLE bulk ADD COLUMN note TEXT", "UPDATE bulk SET note = 'old'"))
    monkeypatch.setattr("connector.store.MIGRATIONS", more)
    assert [row["note"] for row in store.query("SELECT note FROM bulk")] == ["old"]
    store.close()
    monkeypatch.setattr("connector.store.MIGRATIONS", MIGRATIONS)
    with pytest.raises(UsageError, match="later version"):
        store.query("SELECT 1")
    monkeypatch.setattr("connector.store.MIGRATIONS", more)
    assert names(store) == ["a"]
    store.close()


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "a.db")
    with store.transaction() as cursor:
        cursor.execute(ADD, ["a"])
    store.close()
    monkeypatch.setattr("connector.store.MIGRATIONS", (*MIGRATIONS, ("DELETE FROM bulk", "SELECT * FROM nowhere")))
    with pytest.raises(UsageError, match="nowhere"):
        names(store)
    monkeypatch.setattr("connector.store.MIGRATIONS", MIGRATIONS)
    assert names(store) == ["a"]
    store.close()


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_file_of_another_program_is_an_error_that_names_it(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(content)
    store = Store(tmp_path / "a.db")
    with pytest.raises(UsageError, match=r"a\.db cannot be used"):
        store.query("SELECT 1")
    future = store.durable(lambda cursor: None)
    assert isinstance(future.exception(5), UsageError)
    store.close()
    assert (tmp_path / "a.db").read_bytes() == content


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONNECTOR_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(UsageError, match="Name another folder in CONNECTOR_DATA"):
        Store().query("SELECT 1")
