"""Reads the rows of a file, one at a time: CSV with a header, or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ..errors import UsageError

DELIMITERS = ",;\t"
LARGEST = 2**24  # characters of a cell: a quotation mark that is never closed takes all that follows


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number (from 1, the header not counted), its line, its values by column; or what is wrong with it.

    The values are text in CSV, where an empty cell is absent, and any JSON in JSON lines.
    """

    number: int
    line: int
    values: dict[str, Any]
    problem: str = ""


def read(source: Iterable[bytes]) -> tuple[list[str] | None, Iterator[Row]]:
    """The columns, None for JSON lines, and the rows. UsageError, now or at a row, where the file is not readable."""
    lines = _text(source)
    before = []
    for first in lines:
        before.append(first)
        if first.strip():
            break
    else:
        raise UsageError("The rows are empty: there is not even a header.")
    lines = chain(before, lines)
    if first.lstrip().startswith("["):
        raise UsageError("The rows are a JSON array. Give an object a line: jq -c '.[]' FILE.")
    if first.lstrip().startswith("{"):
        return None, _json_rows(lines)
    return _csv_rows(lines, max(DELIMITERS, key=lambda mark: _width(first, mark)))


def _width(header: str, delimiter: str) -> int:
    """How many names a header has, read with this delimiter."""
    try:
        return len(next(csv.reader([header], delimiter=delimiter)))
    except csv.Error:
        return 0


def _text(source: Iterable[bytes]) -> Iterator[str]:
    for number, raw in enumerate(source, 1):
        if number == 1 and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UsageError("The rows are in UTF-16. Save them as UTF-8.")
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            wrong = f"the byte {raw[error.start]:#04x} after {raw[: error.start].decode()[-20:]!r}"
            raise UsageError(f"Line {number} of the rows is not UTF-8: {wrong}. Save the file as UTF-8.") from None


def _csv_rows(lines: Iterator[str], delimiter: str) -> tuple[list[str], Iterator[Row]]:
    csv.field_size_limit(max(LARGEST, csv.field_size_limit()))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    cells = _cells(reader)
    _, header = next(cells)
    columns = [name.strip() for name in header]
    named = [name for name in columns if name]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise UsageError(f"The header has the column {twice} twice. Rename one.")
    return named, (_csv_row(number, line, columns, found) for number, (line, found) in enumerate(cells, 1))


def _cells(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of its first line."""
    while True:
        line = reader.line_num + 1
        try:
            found = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"The CSV is broken in the row at line {line}: {error}.") from None
        if found is None:
            return
        if found:
            yield line, found


def _csv_row(number: int, line: int, columns: list[str], cells: list[str]) -> Row:
    extra = [cell for name, cell in zip(columns, cells, strict=False) if cell and not name]
    extra += [cell for cell in cells[len(columns) :] if cell]
    if extra:
        return Row(number, line, {}, f"has the cell {extra[0][:40]!r}, and the header no name for it.")
    if len(cells) < len(columns):
        return Row(number, line, {}, f"has {len(cells)} cells, and the header {len(columns)}.")
    return Row(number, line, {name: cell for name, cell in zip(columns, cells, strict=False) if cell})


def _json_rows(lines: Iterator[str]) -> Iterator[Row]:
    number = 0
    for line, text in enumerate(lines, 1):
        if text.strip():
            number += 1
            try:
                value, problem = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse), ""
            except (ValueError, RecursionError) as error:
                value, problem = {}, f"is not JSON: {error}."
            if not isinstance(value, dict):
                value, problem = {}, "is not a JSON object."
            yield Row(number, line, value, problem)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands there twice")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
