"""The fields that an account has of its own: read from it, kept for a while, and put into the schemas of inputs.

connector.yaml says how a kind of them is read (`fields`). An input that takes them is a list of items, each a field
and its value, with `account_fields: KIND` in its schema: there, the schema of an item becomes one for each field.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from ..calls import call
from ..catalog import Connector
from ..context import Context
from ..errors import APIError, DeclarationError, FieldsWarning, InputError, OutputError, Problem, ServiceError, nearest
from ..operation import Operation
from ..schema import Schema, Validator
from ..steps import Shared, Steps
from .kinds import Field, Fields, Kind, Place, marks, places, with_fields

LIFETIME = 300.0
PAGES = 100
MOST = 100  # problems that are told


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The fields of one kind, by key, and when they were read; none where the account does not show them."""

    at: float
    fields: Fields


class AccountFields:
    """The fields of one account. A kind is read when an input first needs it, and again after `lifetime` seconds."""

    def __init__(self, connector: Connector, context: Context, lifetime: float = LIFETIME) -> None:
        self._connector, self._context, self._lifetime = connector, context, lifetime
        self._kinds: dict[str, Kind] = {}
        self._kept: dict[str, Kept] = {}
        self._reading: dict[str, Future[Any]] = {}
        self._taken: dict[str, list[str]] = {}
        self._schemas: dict[str, tuple[list[Kept], Schema]] = {}

    def schema(self, operation: Operation, *, refresh: bool = False) -> Steps:
        """Returns the operation's input schema, with the fields of the account where it takes them."""
        kinds = self._kinds_of(operation)
        found = yield from self._all(kinds, refresh)
        if not any(kept.fields for kept in found):
            return operation.input_schema
        if operation.name not in self._schemas or self._schemas[operation.name][0] != found:
            known = {kind: (self._kind(kind), kept.fields) for kind, kept in zip(kinds, found, strict=True)}
            self._schemas[operation.name] = found, with_fields(operation.input_schema, known)
        return self._schemas[operation.name][1]

    def check(self, operation: Operation, given: Any) -> Steps:
        """Raise InputError where the input gives a field of the account what the account would refuse.

        What does not fit the fields as they were kept is judged again by the fields as they are.
        """
        root = operation.input_schema
        found = list(places(root, given, root)) if self._kinds_of(operation) else []
        if not found:
            return
        operation.check_input(given)
        kinds = list(dict.fromkeys(place.kind for place in found))
        kept = any(map(self._is_fresh, kinds))
        problems = self._judged(found, kinds, (yield from self._all(kinds, False)))
        if problems and kept:
            problems = self._judged(found, kinds, (yield from self._all(kinds, True)))
        if problems:
            raise InputError(problems)

    def checked(self, operation: Operation, given: Any, steps: Steps) -> Steps:
        """The steps of a call, its input checked first."""

        def both() -> Steps:
            yield from self.check(operation, given)
            return (yield from steps)

        return both() if self._kinds_of(operation) else steps

    def _kinds_of(self, operation: Operation) -> list[str]:
        if operation.name not in self._taken:
            self._taken[operation.name] = list(dict.fromkeys(marks(operation.input_schema)))
        return self._taken[operation.name]

    def _kind(self, name: str) -> Kind:
        if name not in self._kinds:
            spec = self._connector.spec.get("fields", {})
            if name not in spec:
                raise DeclarationError(self._connector.file, f"fields/{name}", "is missing.", "Say how they are read.")
            self._kinds[name] = Kind(spec[name])
        return self._kinds[name]

    def _all(self, kinds: list[str], refresh: bool) -> Steps:
        """Returns what is kept of each kind."""
        found = []
        for kind in kinds:
            found.append((yield from self._kept_of(kind, refresh)))
        return found

    def _is_fresh(self, kind: str) -> bool:
        kept = self._kept.get(kind)
        return kept is not None and self._context.clock.monotonic() - kept.at < self._lifetime

    def _kept_of(self, kind: str, refresh: bool) -> Steps:
        """Returns what is kept of a kind, read first where that is nothing, or too old."""
        if self._is_fresh(kind) and not refresh:
            return self._kept[kind]
        return (yield Shared(self._reading, kind, self._read(kind)))

    def _read(self, kind: str) -> Steps:
        fields: Fields = {}
        lasting = True
        try:
            fields = self._kind(kind).fields((yield from self._rows(self._kind(kind).operation)))
        except ServiceError as error:
            lasting = isinstance(error, APIError) and error.status in (403, 404)
            message = f"The {kind} fields of the account cannot be read, so their values are not checked."
            warnings.warn(FieldsWarning(f"{message} {error.message}"), stacklevel=2)
        found = Kept(self._context.clock.monotonic(), fields)
        if lasting:
            self._kept[kind] = found
        return found

    def _rows(self, name: str) -> Steps:
        operation = self._connector.operation(name)
        rows: list[Any] = []
        given: dict[str, Any] | None = {}
        for _ in range(PAGES):
            result = yield from call(self._context, operation, given)
            rows += operation.rows(result.output)
            if (given := result.next_input) is None:
                return rows
        raise OutputError(f"{name} has no end after {PAGES} pages.")

    def _judged(self, found: list[Place], kinds: list[str], kept: list[Kept]) -> list[Problem]:
        """What is wrong with the items of an input."""
        fields = {kind: one.fields for kind, one in zip(kinds, kept, strict=True)}
        each = (_problems(place, self._kind(place.kind), fields[place.kind]) for place in found if fields[place.kind])
        return list(islice(chain.from_iterable(each), MOST))


def _problems(place: Place, kind: Kind, fields: Fields) -> Iterator[Problem]:
    """What is wrong in one place, in the words of the account: the title of the field, or the fields that there are."""
    for index, item in enumerate(place.items):
        here, key = f"{place.pointer}/{index}", item.get(kind.key)
        field, value = fields.get(str(key)), item.get(kind.value)
        if field is None:
            (unknown,) = Validator({"enum": [one.key for one in fields.values()]}).problems(key)
            message, hint = "is no field that the account has in use.", _near(key, fields.values())
            yield replace(unknown, pointer=f"{here}/{kind.key}", message=message, hint=hint)
        elif field.value and kind.value in item and not field.value.accepts(value):
            for one in field.value.problems(value):
                pointer = f"{here}/{kind.value}{one.pointer}"
                yield replace(one, pointer=pointer, message=f"{field.title} {one.message}")


def _near(key: Any, fields: Iterable[Field]) -> str:
    """Which field was meant, by its key or its title; else a few of them."""
    shown = {name: f"{field.key} ({field.title})" for field in fields for name in (str(field.key), field.title)}
    near = nearest(str(key), list(shown))
    if near.startswith("Did"):
        return f"Did you mean {shown[near.removeprefix('Did you mean ').removesuffix('?')]}?"
    few = list(dict.fromkeys(shown.values()))
    return f"Known: {', '.join(few[:8])}{' …' if len(few) > 8 else ''}."
