"""Makes the input of an operation from a row: columns by name, cells converted as the input's schema has it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import UsageError, nearest
from ..operation import Operation
from ..schema import Schema, Validator, declared, deref
from .rows import Row

Path: TypeAlias = tuple[str, ...]

_NOTHING: Any = object()


class RowMapping:
    """Which column goes to which input. `columns` are those of a CSV, None for JSON lines.

    `renamed` has the column of an input where the names differ; `always` is the input that every row has unless it
    says otherwise. UsageError for a column that is no input, unless `ignore`; `ignored` are those left out.
    """

    def __init__(
        self,
        operation: Operation,
        columns: Sequence[str] | None,
        renamed: Mapping[str, str],
        always: Mapping[str, Any],
        *,
        ignore: bool = False,
    ) -> None:
        self._root, self._always, self._ignore = operation.input_schema, always, ignore
        self._operation, self._text = operation, columns is not None
        self._inputs = {column: name for name, column in renamed.items()}
        if len(self._inputs) < len(renamed):
            raise UsageError("--map takes one column for two inputs. Give the column twice in the rows.")
        self._paths: dict[str, Path | None] = {}
        self._readers: dict[str, Callable[[str], Any]] = {}
        self._missing = set(self._inputs)
        for column in columns or ():
            self._place(column)
        if columns is not None:
            self.check()

    @property
    def ignored(self) -> list[str]:
        return [column for column, path in self._paths.items() if path is None]

    def check(self) -> None:
        """UsageError for a column of --map that no row had: after the last row, or the header."""
        for column in sorted(self._missing):
            known = list(self._paths)
            raise UsageError(f"--map: the rows have no column {column!r}. {nearest(column, known)}".strip())

    def input(self, row: Row) -> dict[str, Any]:
        """The input of a row."""
        found: dict[str, Any] = _copy(self._always)
        for column, value in row.values.items():
            if column not in self._paths:
                self._place(column)
            if path := self._paths[column]:
                _put(found, path, self._readers[column](value) if self._text else value)
        return found

    def _place(self, column: str) -> None:
        """Find the input of a column."""
        self._missing.discard(column)
        name = self._inputs.get(column, column)
        path, schema = self._find(name)
        if path is None and (column in self._inputs or (self._text and not self._ignore)):
            near = nearest(name, [*self._names()])
            near = f"{near} " if near.startswith("Did") else ""
            hint = f"{near}Map it with --map INPUT={column}, or leave out every such column with --ignore-columns."
            raise UsageError(f"{self._operation.name} has no input {name!r}. {hint}")
        if path is None and not self._ignore:
            path = (name,)  # the check of the row says what is wrong with it
        self._paths[column] = path
        if path is None:
            return
        for other, taken in self._paths.items():
            if taken and other != column and taken[: len(path)] == path[: len(taken)]:
                raise UsageError(
                    f"The columns {other} and {column} both give {'.'.join(taken if len(taken) < len(path) else path)}."
                )
        if self._text:
            self._readers[column] = reader(schema, self._root)

    def _find(self, name: str) -> tuple[Path | None, Schema]:
        """The path of an input and its schema; a dot leads into an object."""
        known = declared(self._root, self._root)
        if name in known:
            return (name,), known[name]
        path, schema = tuple(name.split(".")), self._root
        for depth, part in enumerate(path):
            schema = deref(schema, self._root)
            fields, more = declared(schema, self._root), schema.get("additionalProperties", {})
            if part in fields:
                schema = fields[part]
            elif depth == 0 or fields or more is False or "object" not in (_kinds(schema, self._root) or {"object"}):
                return None, {}
            else:
                schema = more if isinstance(more, dict) else {}
        return path, schema

    def _names(self) -> Iterator[str]:
        for name, schema in declared(self._root, self._root).items():
            yield name
            yield from (f"{name}.{inner}" for inner in declared(schema, self._root))


def reader(schema: Schema, root: Schema) -> Callable[[str], Any]:
    """What reads a cell: the first of its readings that the schema takes; the text itself where it takes none."""
    kinds = _kinds(schema, root)
    validator = Validator({**schema, "$defs": root.get("$defs", {})})
    items = deref(schema, root).get("items", {})
    item = reader(items, root) if "array" in kinds else None

    def read(text: str) -> Any:
        return next((value for value in _readings(text, kinds, item) if validator.accepts(value)), text)

    return read


def _readings(text: str, kinds: set[str], item: Callable[[str], Any] | None) -> Iterator[Any]:
    """A whole number and true or false as such, where their types are named; the text; then what else it may mean."""
    if kinds & {"integer", "number", "boolean"} and isinstance(value := _json(text), int):
        yield value
    yield text
    value = _json(text)
    if isinstance(value, float) and value.is_integer():
        yield int(value)  # a spreadsheet's 5.0
    if value is not _NOTHING:
        yield value
    if re.fullmatch(r"\s*0[0-9]{1,20}\s*", text):
        yield int(text)  # 007
    if item and not text.lstrip().startswith("["):
        yield [item(part.strip()) for part in text.split(",") if part.strip()]


def _json(text: str) -> Any:
    if (word := text.strip().lower()) in ("true", "false"):
        return word == "true"
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING
    return _NOTHING if isinstance(value, str) or (isinstance(value, float) and not math.isfinite(value)) else value


def _kinds(schema: Schema, root: Schema) -> set[str]:
    """The types that a schema names; empty where it takes any."""
    schema = deref(schema, root)
    if kind := schema.get("type"):
        return {kind} if isinstance(kind, str) else set(kind)
    branches = [branch for key in ("anyOf", "oneOf", "allOf") for branch in schema.get(key, ())]
    return set().union(*(_kinds(branch, root) for branch in branches))


def _copy(value: Any) -> Any:
    return {key: _copy(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _put(target: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at a path; objects are merged."""
    for name in path[:-1]:
        inner = target.get(name)
        target[name] = target = inner if isinstance(inner, dict) else {}
    name, there = path[-1], target.get(path[-1])
    if isinstance(value, dict) and isinstance(there, dict):
        for key, item in value.items():
            _put(there, (key,), item)
    else:
        target[name] = value
