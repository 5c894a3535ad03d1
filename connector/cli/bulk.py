"""`connector bulk`: an operation, once for each row of a file."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from typing import IO, Any

from ..bulk.checking import Inputs, check
from ..bulk.mapping import RowMapping
from ..bulk.record import Line
from ..bulk.rows import read
from ..bulk.run import Bulk
from ..bulk.state import Run, Runs
from ..client import Client
from ..errors import UsageError
from ..operation import Operation
from . import text
from .commands import client_of, read_object, selector


def bulk(given: Namespace) -> int:
    """Check every row, then run them; the exit code: 0 all done, 3 some failed, 4 some unknown, 130 stopped."""
    resume = given.resume or given.retry_errors
    if given.at_once < 1:
        raise UsageError("--at-once must be 1 or more.")
    if given.anew and resume:
        raise UsageError("--anew begins again, and --resume and --retry-errors go on. Choose one.")
    if given.rows == given.input == "-":
        raise UsageError("--rows and --input cannot both be read from stdin.")
    select = selector(given.select, lambda output, _: output)  # the row is done, whatever can be said of it
    with client_of(given) as client, Inputs() as inputs:
        operation = client.connector.operation(given.operation)
        _take_in(given, client, operation, inputs)
        if given.dry_run:
            return _dry(given, client, inputs)
        if not inputs.total:
            _say("There are no rows.")
            return 0
        runs = Runs(client._store, client._context.clock, client.connector.name, operation.name, client.connection.name)
        digest = f"{inputs.digest} {client.connection.base_url}"
        run = _found(runs, digest) if resume else _begun(runs, digest, inputs.total, given.anew)
        with _results(given.results) as write, _bar(given, inputs.total, "rows") as count:

            def tell(line: Line) -> None:
                write(json.dumps(line, ensure_ascii=False, default=str))
                count()

            going = Bulk(client, operation, runs, run, tell, retry_errors=given.retry_errors, select=select)
            stopped = asyncio.run(_go(client, going, inputs, given.at_once))
    left = _summary(given, going, run.total)
    if stopped and left:
        return 130
    return 4 if going.counts["unknown"] else 3 if going.counts["error"] else 0


# -- before --------------------------------------------------------------------------------------------------------


def _take_in(given: Namespace, client: Client, operation: Operation, inputs: Inputs) -> None:
    """Read, map and check every row."""
    always = read_object(given.input)
    with _opened(given.rows) as source, _bar(given, None, "rows checked") as count:
        columns, rows = read(source)
        mapping = RowMapping(operation, columns, _renamed(given.map), always, ignore=given.ignore_columns)
        check(client.connection, operation, rows, mapping, inputs, count)
    if mapping.ignored:
        _say(f"Columns left out: {', '.join(mapping.ignored)}.")


def _opened(name: str) -> Any:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return open(name, "rb")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None


def _renamed(given: list[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, _, column = pair.partition("=")
        if not name or not column:
            raise UsageError(f"--map {pair}: it is INPUT=COLUMN, such as comment.body=Text.")
        if name in found:
            raise UsageError(f"--map gives {name} twice.")
        found[name] = column
    return found


def _dry(given: Namespace, client: Client, inputs: Inputs) -> int:
    planned = client.plan(given.operation, inputs.first) if inputs.total else None
    if given.json:
        print(json.dumps({"rows": inputs.total, "first": planned}, ensure_ascii=False, indent=2))
        return 0
    _say(f"All {inputs.total} rows fit {given.operation}. Nothing was sent." + (" The first is:" if planned else ""))
    if planned:
        print(text.plan(planned))
    return 0


def _begun(runs: Runs, digest: str, total: int, anew: bool) -> Run:
    """A new run of these rows; UsageError where there is one already."""
    others = [run for run in runs.all() if run.digest != digest and run.left]
    run, new = runs.begin(digest, total, anew=anew)
    if not new and run.counts:
        done = f"{_when(run)}: {_counted(run.counts)}"
        if run.left:
            raise UsageError(f"A run of these rows was begun {done}, {run.left} are left. Go on with --resume.")
        again = "Repeat those that failed with --retry-errors, all with --anew." if run.counts.get("error") else ""
        raise UsageError(f"These rows were run {done}. {again or 'Run them again with --anew.'}")
    if new and others:
        said = f"{others[-1].left} of {others[-1].total} are left of a run of other rows, begun {_when(others[-1])}."
        _say(f"{said} If these are the same rows, changed since, stop: those that are done would be done again.")
    return run


def _found(runs: Runs, digest: str) -> Run:
    """The run of these rows; UsageError where there is none."""
    known = runs.all()
    if run := next((run for run in known if run.digest == digest), None):
        return run
    others = f" The last run of this operation here, begun {_when(known[-1])}, was of other rows." if known else ""
    raise UsageError(f"There is no run of these rows to go on with.{others} To begin, leave --resume out.")


def _when(run: Run) -> str:
    return f"on {datetime.fromtimestamp(run.made):%Y-%m-%d at %H:%M}"


# -- the run -------------------------------------------------------------------------------------------------------


async def _go(client: Client, going: Bulk, inputs: Inputs, at_once: int) -> bool:
    """Run; whether it was stopped by a signal."""
    loop, task, stopped = asyncio.get_running_loop(), asyncio.current_task(), False

    def stop() -> None:
        nonlocal stopped
        if stopped and task:
            task.cancel()
            return
        stopped = True
        going.stop()
        _say(f"\nStopping: {going.running} rows are under way. Ctrl-C again does not wait for them.")

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop)
    try:
        await going.go(inputs, at_once)
    except asyncio.CancelledError:
        if not stopped:
            raise
    finally:
        await client.aclose()
    return stopped


@contextmanager
def _results(name: str | None) -> Iterator[Callable[[str], None]]:
    """What writes a result line, at once."""
    if name is None:
        yield _print
        return
    with _writable(name) as file:
        yield lambda line: print(line, file=file)


def _writable(name: str) -> IO[str]:
    try:
        return open(name, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror}.") from None


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter fails on it at its end
        raise


@contextmanager
def _bar(given: Namespace, total: int | None, unit: str) -> Iterator[Callable[[], object]]:
    """A progress bar on stderr, where that is a terminal on which nothing else is printed."""
    printed = total is not None and given.results is None and sys.stdout.isatty()
    try:
        if given.json or printed or not sys.stderr.isatty():
            raise ImportError
        from tqdm import tqdm
    except ImportError:
        yield lambda: None
        return
    with tqdm(total=total, unit=f" {unit}", file=sys.stderr) as bar:
        yield bar.update


# -- after ---------------------------------------------------------------------------------------------------------


def _summary(given: Namespace, going: Bulk, total: int) -> int:
    """Say what became of the rows and how to go on; how many are left."""
    counts, left = going.counts, total - going.counts.total()
    if given.json:
        print(json.dumps({"rows": total, **counts, "left": left}), file=sys.stderr)
        return left
    _say(f"{_counted(counts)}" + (f", {left} left." if left else "."))
    if left:
        _say("Go on with --resume.")
    if counts["error"]:
        _say("Repeat those that failed with --retry-errors.")
    if found := going.unknown:
        which = f"connector reconcile {found['call_id']}" if "call_id" in found else "look for it in the service"
        if going.keyed:
            _say("--resume sends what is unknown again under its idempotency key, as long as the key lives.")
        _say(f"Find out what is unknown, for row {found['row']}: {which}. Then go on with --resume.")
        if counts["unknown"] > 1:
            _say("The others: connector calls --outcome unknown")
    return left


def _counted(counts: Any) -> str:
    words = {"success": "done", "error": "failed", "partly": "failed half-way", "unknown": "unknown", "sent": "cut off"}
    return ", ".join(f"{counts[state]} {word}" for state, word in words.items() if counts.get(state)) or "0 done"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
