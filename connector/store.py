"""What this program keeps between runs: one SQLite file that its owner alone can read, open to several processes.

The SQL of each kind of record stands with what it serves; this module opens, migrates and writes. What is written goes
through `transaction` (at once) or `later` and `durable` (in batches, by a thread of the store's own).
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakSet

from .errors import StorageError
from .migrations import MIGRATIONS

Job: TypeAlias = Callable[[sqlite3.Cursor], object]

PATIENCE = 10.0  # seconds that a process waits for another's transaction
PAUSE = 0.25  # seconds in which what is not urgent gathers
GATHERED = 2**20  # bytes that are written without waiting for more
FULL = 2 * GATHERED  # bytes at which the writer is waited for


def data_folder(place: str | None = None) -> Path:
    """Where this program keeps its files: CONNECTOR_DATA, or the platform's folder for data. Made where it is not."""
    place = place or os.environ.get("CONNECTOR_DATA")
    if not place:
        import platformdirs

        place = platformdirs.user_data_dir("connector", appauthor=False)
    folder = Path(place)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        hint = "Name another folder in CONNECTOR_DATA."
        raise StorageError(f"{folder} cannot be made: {error.strerror}. {hint}") from None
    return folder


_stores: WeakSet[Store] = WeakSet()


class Store:
    """One file; opened when it is first used. For all threads of a process."""

    def __init__(self, file: os.PathLike[str] | str | None = None) -> None:
        self._given, self._place = file, os.environ.get("CONNECTOR_DATA")  # as it is now, whatever it is when it opens
        self.rounds = 0  # how often what waited was taken, to be written or lost
        self._begin()
        _stores.add(self)

    def _begin(self) -> None:
        self._open: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._jobs: list[tuple[Job, Future[None] | None]] = []
        self._size = 0
        self._urgent = self._closing = self._lost = False
        self._change = threading.Condition()
        self._writer: threading.Thread | None = None

    def __repr__(self) -> str:
        return f"<Store {self.file}>"

    @property
    def file(self) -> Path:
        return Path(self._given) if self._given else data_folder(self._place) / "connector.db"

    # -- at once ---------------------------------------------------------------------------------------------------

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a SELECT, each a sqlite3.Row."""
        with self._lock, self._told():
            return self._connection().execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self, *, synced: bool = True) -> Iterator[sqlite3.Cursor]:
        """A transaction that writes, alone among all processes; kept when the block ends, undone when it raises.

        What is not `synced` outlives the end of this process, and a power cut only if there was a little time.
        """
        with self._lock, self._told():
            cursor = self._connection().cursor()
            cursor.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            hint = "Name another folder in CONNECTOR_DATA, or mend the file."
            raise StorageError(f"{self.file} cannot be used: {error}. {hint}") from error

    # -- in batches ------------------------------------------------------------------------------------------------

    def later(self, job: Job, size: int = 0) -> None:
        """Write soon, with others; lost if the process is killed within a moment. `size` is about its bytes."""
        self._add(job, None, size)

    def durable(self, job: Job) -> Future[None]:
        """Write now, with whatever else waits; done when it is on disk, or failed with StorageError."""
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()  # whoever waits for it may go away; it is written all the same
        self._add(job, future, 0)
        return future

    def flush(self) -> None:
        """Wait until all that was given is written."""
        if self._writer:
            with suppress(StorageError):
                self.durable(lambda cursor: None).result()

    def close(self) -> None:
        """Write what waits, and close the file; it opens again when it is used again."""
        writer = self._writer
        with self._change:
            self._closing = True
            self._change.notify_all()
        if writer:
            writer.join()
            atexit.unregister(self.close)
        with self._lock:
            if self._open:
                self._open.close()
                self._open = None

    def _add(self, job: Job, future: Future[None] | None, size: int) -> None:
        with self._change:
            self._jobs.append((job, future))
            self._size += size
            self._urgent |= future is not None or self._size > GATHERED
            if self._writer is None:
                self._closing = False
                self._writer = threading.Thread(target=self._write, name="connector-store", daemon=True)
                self._writer.start()
                atexit.register(self.close)
            if self._urgent or len(self._jobs) == 1:
                self._change.notify_all()
            while self._size > FULL and self._writer is not None:
                self._change.wait(PAUSE)

    def _write(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._jobs or self._closing)
                self._change.wait_for(lambda: self._urgent or self._closing, PAUSE)
                jobs, self._jobs, self._size, self._urgent = self._jobs, [], 0, False
                self.rounds += 1
                self._change.notify_all()
                if not jobs and self._closing:
                    self._writer = None
                    return
            if jobs:
                self._run(jobs)

    def _run(self, jobs: list[tuple[Job, Future[None] | None]]) -> None:
        begun = False
        try:
            with self.transaction(synced=any(future for _, future in jobs)) as cursor:
                begun = True
                for job, _ in jobs:
                    job(cursor)
        except Exception as error:
            if begun and len(jobs) > 1:  # one of them is wrong, not all
                for one in jobs:
                    self._run([one])
                return
            for _, future in jobs:
                if future:
                    future.set_exception(error)
            if not all(future for _, future in jobs):
                self._tell_lost(error)
            return
        for _, future in jobs:
            if future:
                future.set_result(None)

    def _tell_lost(self, error: Exception) -> None:
        """Say it once."""
        if not self._lost:
            self._lost = True
            import logging

            logging.getLogger("connector").warning("Some calls are not recorded: %s", error)

    # -- the file --------------------------------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = _opened(self.file)
        return self._open


def _forked() -> None:
    """A child has neither its parent's thread nor its locks, and must not touch its parent's file handle."""
    for store in _stores:
        _inherited.append(store._open)  # to close it would take away the parent's locks
        store._begin()
        store.rounds += 1


_inherited: list[sqlite3.Connection | None] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _opened(file: Path) -> sqlite3.Connection:
    try:
        _made(file)
        if os.name == "posix" and file.is_file() and file.stat().st_mode & 0o077:
            file.chmod(0o600)
    except OSError as error:
        hint = "Name another folder in CONNECTOR_DATA."
        raise StorageError(f"{file} cannot be opened: {error.strerror}. {hint}") from None
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        _prepare(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _made(file: Path) -> None:
    """Make the file where it is not. One that is there is not touched: to close it would let go of the locks that this
    process has on it by another Store, and whoever closes it next would take the log of the writes away."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        hint = "Install that, or name another file."
        raise StorageError(f"{file} was written by a later version of this program. {hint}")
    if version < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been first
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
