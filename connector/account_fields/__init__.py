"""The fields that an account has of its own: read from it, kept for a while, and put into the schemas of inputs.

connector.yaml says how a kind of them is read (`fields`). An input that takes them is a list of items, each a field
and its value, with `account_fields: KIND` in its schema: there, the schema of an item becomes one for each field.
"""

from __future__ import annotations

import copy
import warnings
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from ..calls import call
from ..catalog import Connector
from ..context import Context
from ..errors import APIError, DeclarationError, FieldsWarning, InputError, OutputError, Problem, ServiceError, nearest
from ..operation import Operation
from ..schema import Validator
from ..steps import Steps
from .kinds import Field, Kind, Place, marks, places, with_fields

LIFETIME = 300.0
PAGES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The fields of one kind, and when they were read; none where the account does not show them."""

    at: float
    fields: list[Field]


class AccountFields:
    """The fields of one account. A kind is read when an input first needs it, and again after `lifetime` seconds.

    With `together`, those who need a kind at a time wait for one reading: for callers of an event loop.
    """

    def __init__(self, connector: Connector, context: Context, lifetime: float = LIFETIME) -> None:
        self._connector, self._context, self._lifetime = connector, context, lifetime
        self._kinds: dict[str, Kind] = {}
        self._kept: dict[str, Kept] = {}
        self._reading: dict[str, Future[None]] = {}
        self._taken: dict[str, list[str]] = {}
        self._validators: dict[tuple[str, ...], tuple[list[Kept], Validator]] = {}

    def schema(self, operation: Operation, *, refresh: bool = False, together: bool = False) -> Steps:
        """Returns the operation's input schema, with the fields of the account where it takes them."""
        return (yield from self._validator(operation, self._kinds_of(operation), refresh, together)).schema

    def check(self, operation: Operation, given: Any, *, together: bool = False) -> Steps:
        """Raise InputError where the input gives a field of the account what the account would refuse.

        What does not fit the fields as they were kept is judged again by the fields as they are.
        """
        root = operation.input_schema
        found = list(places(root, given, root)) if self._kinds_of(operation) else []
        if not found:
            return
        operation.check_input(given)
        asked = list(dict.fromkeys(place.kind for place in found))
        kept = any(self._is_fresh(kind) for kind in asked)
        validator = yield from self._validator(operation, asked, False, together)
        if kept and not validator.accepts(self._with_keys(operation, given)):
            validator = yield from self._validator(operation, asked, True, together)
        judged = self._with_keys(operation, given)
        if not validator.accepts(judged):
            raise InputError([self._named(problem, found) for problem in validator.problems(judged)])

    def checked(self, operation: Operation, given: Any, steps: Steps, *, together: bool = False) -> Steps:
        """The steps of a call, its input checked first."""

        def both() -> Steps:
            yield from self.check(operation, given, together=together)
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

    def _validator(self, operation: Operation, asked: list[str], refresh: bool, together: bool) -> Steps:
        found = []
        for kind in asked:
            found.append((yield from self._kept_of(kind, refresh, together)))
        if not any(kept.fields for kept in found):
            return operation.input_validator
        key = (operation.name, *asked)
        if key not in self._validators or self._validators[key][0] != found:
            known = {kind: (self._kind(kind), kept.fields) for kind, kept in zip(asked, found, strict=True)}
            self._validators[key] = found, Validator(with_fields(operation.input_schema, known))
        return self._validators[key][1]

    def _is_fresh(self, kind: str) -> bool:
        kept = self._kept.get(kind)
        return kept is not None and self._context.clock.monotonic() - kept.at < self._lifetime

    def _kept_of(self, kind: str, refresh: bool, together: bool) -> Steps:
        """Returns what is kept of a kind, read first where that is nothing, or too old."""
        if self._is_fresh(kind) and not refresh:
            return self._kept[kind]
        if not together:
            return (yield from self._read(kind))
        if kind in self._reading:
            yield self._reading[kind]
            return self._kept.get(kind) or Kept(self._context.clock.monotonic(), [])
        mine = self._reading[kind] = Future[None]()
        mine.set_running_or_notify_cancel()  # whoever waits for it cannot cancel it
        try:
            return (yield from self._read(kind))
        finally:
            del self._reading[kind]
            mine.set_result(None)

    def _read(self, kind: str) -> Steps:
        fields: list[Field] = []
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

    def _with_keys(self, operation: Operation, given: Any) -> Any:
        """A copy of the input in which a field is named as the account names it: 7 where the input says "7"."""
        judged = copy.deepcopy(given)
        for place in places(operation.input_schema, judged, operation.input_schema):
            kind, own = self._kind(place.kind), {str(field.key): field.key for field in self._fields(place)}
            for item in place.items:
                if kind.key in item:
                    item[kind.key] = own.get(str(item[kind.key]), item[kind.key])
        return judged

    def _fields(self, place: Place) -> list[Field]:
        kept = self._kept.get(place.kind)
        return kept.fields if kept else []

    def _named(self, problem: Problem, found: list[Place]) -> Problem:
        """A problem in the words of the account: the title of the field, or the fields that there are."""
        for place in found:
            kind, fields = self._kind(place.kind), self._fields(place)
            for index, item in enumerate(place.items):
                here, key = f"{place.pointer}/{index}", item.get(kind.key)
                if problem.pointer == f"{here}/{kind.key}" and problem.rule == "enum":
                    return replace(problem, message="is no field that the account has in use.", hint=_near(key, fields))
                if f"{problem.pointer}/".startswith(f"{here}/{kind.value}/"):
                    title = next((field.title for field in fields if str(field.key) == str(key)), "")
                    return replace(problem, message=f"{title} {problem.message}".strip())
        return problem


def _near(key: Any, fields: list[Field]) -> str:
    """Which field was meant, by its key or its title; else a few of them."""
    shown = {name: f"{field.key} ({field.title})" for field in fields for name in (str(field.key), field.title)}
    near = nearest(str(key), list(shown))
    if near.startswith("Did"):
        return f"Did you mean {shown[near.removeprefix('Did you mean ').removesuffix('?')]}?"
    few = list(dict.fromkeys(shown.values()))
    return f"Known: {', '.join(few[:8])}{' …' if len(few) > 8 else ''}."
