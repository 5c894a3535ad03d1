"""Checks every row before anything is sent, and lays the inputs by on the disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

from ..attachments import expand_at_files
from ..calls import plan
from ..connections import Connection
from ..errors import ConnectorError, InputError, UsageError
from ..operation import Operation
from .mapping import RowMapping
from .rows import Row

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with one row."""

    row: int
    line: int
    messages: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(f"  row {self.row} (line {self.line}): {message}" for message in self.messages)


class Inputs:
    """The inputs of all rows, in order, in a file without a name. `digest` tells them from others."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 # it is open as long as this is
        self._hash = hashlib.sha256()
        self.total = 0
        self.first: dict[str, Any] = {}

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def add(self, given: dict[str, Any]) -> None:
        line = json.dumps(given, sort_keys=True).encode() + b"\n"
        self._file.write(line)
        self._hash.update(line)
        self.first = self.first if self.total else given
        self.total += 1

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        self._file.seek(0)
        for number, line in enumerate(self._file, 1):
            yield number, json.loads(line)

    def __enter__(self) -> Inputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def check(
    connection: Connection,
    operation: Operation,
    rows: Iterable[Row],
    mapping: RowMapping,
    inputs: Inputs,
    told: Callable[[], object] = lambda: None,
) -> None:
    """Take in the input of every row; UsageError that names the rows that do not fit. `told` is called at each row."""
    wrong: list[Problems] = []
    count = total = 0
    for row in rows:
        total += 1
        told()
        if row.problem:
            messages: tuple[str, ...] = (row.problem,)
        else:
            given = mapping.input(row)
            messages = _problems(connection, operation, given, explain=len(wrong) < SHOWN)
            inputs.add(given)
        if messages:
            count += 1
            wrong += [Problems(row.number, row.line, messages)] * (len(wrong) < SHOWN)
    mapping.check()
    if count:
        more = f"\n  and {count - SHOWN} more" if count > SHOWN else ""
        shown = "\n".join(str(one) for one in wrong)
        raise UsageError(f"{count} of {total} rows do not fit {operation.name}. Nothing was sent.\n{shown}{more}")


def with_files(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """The input with `@file` read from the disk wherever the operation takes a file."""
    if not _takes_files(operation):
        return given
    found: dict[str, Any] = expand_at_files(given, operation.input_schema)
    return found


@lru_cache(16)
def _takes_files(operation: Operation) -> bool:
    return '"format": "file"' in json.dumps(operation.input_schema)


def _problems(connection: Connection, operation: Operation, given: dict[str, Any], explain: bool) -> tuple[str, ...]:
    """What is wrong with an input: found by planning its first request."""
    try:
        whole = with_files(operation, given)
        if not explain and not operation.input_validator.accepts(whole):
            return ("does not fit.",)
        plan(connection, operation, whole)
    except InputError as error:
        return tuple(str(problem) for problem in error.problems)
    except ConnectorError as error:
        return (error.message,)
    return ()
