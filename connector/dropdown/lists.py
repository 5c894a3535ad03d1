"""What is read for a dropdown, as steps: pages of choices, a search, labels of stored values, values that are gone."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from ..catalog import Connector
from ..context import Context
from ..errors import APIError, InputError, UsageError
from ..operation import Operation
from ..steps import Step, Steps
from .choices import Choice, Labels, Page, is_value, matches, natural, plain
from .fields import Source, source_of, sources
from .kept import Kept
from .pages import READS, Pages, declared, key_of, read_token, reading, token

PAGES, ROWS = 20, 2000  # as far as a list is read at a time, to search it or to find what is stored
MOST = 1000  # values that are asked for at a time

Found: TypeAlias = Generator[Step, Any, tuple[dict[str, Choice], set[str]]]
"""Returns the choices of stored values by their keys, and the keys of those that do not exist."""


class Dropdowns:
    """The dropdowns of a connector."""

    def __init__(self, connector: Connector, context: Context, kept: Kept, *, strict: bool = False) -> None:
        self._connector = connector
        self._pages = Pages(context, kept, strict=strict)

    # -- choices ---------------------------------------------------------------------------------------------------

    def options(self, operation: str, given: Mapping[str, Any], field: str | None = None, **asked: Any) -> Steps:
        """See `Client.options`."""
        source = self._source(operation, given, field)
        if source.missing:
            return _answer([], missing=source.missing)
        return (yield from self.choices(source.operation, source.input, **asked))

    def choices(
        self,
        operation: Operation,
        given: Mapping[str, Any],
        *,
        search: str | None = None,
        page: str | None = None,
        refresh: bool = False,
        inactive: bool = False,
    ) -> Steps:
        """The choices of a list operation: a page of them, or what a search finds as far as it is read at a time."""
        spec = declared(operation)
        known = _is_whole(spec, given)
        words, ordered = (search or "").strip(), spec.get("order") == "service"
        if words and (searching := self._searching(operation, given, words)):
            operation, given = searching
            words, ordered = "", True
        start = operation.check_input(given)
        asked = operation.check_input({**start, **read_token(page)}) if page else start
        later = bool(operation.paging and operation.paging.is_later(asked))
        labels = Labels()
        for before in self._pages.before(operation, start, asked):
            labels.of(_offered(before, inactive))
        pages: list[Page] = []
        result: list[tuple[str, Choice]] = []
        while True:
            pages.append((yield from self._pages.get(operation, asked, refresh)))
            result += labels.of(_offered(pages[-1], inactive))
            following = pages[-1].following
            if not words or following is None or _is_far(pages):
                break
            asked = {**asked, **following}
        whole = following is None and not later
        if whole and known and not ordered:
            result.sort(key=lambda one: natural(one[0]))
        if words:
            result = [one for one in result if matches(one[1], words)]
        return _answer(result, whole and known, following, sum(one.skipped for one in pages))

    def _searching(
        self, operation: Operation, given: Mapping[str, Any], words: str
    ) -> tuple[Operation, dict[str, Any]] | None:
        """The operation that has the service search, and its input; None where it cannot search in what was given."""
        by = declared(operation).get("search")
        if by is None or isinstance(by, str):
            return (operation, {**given, by: words}) if by else None
        own = operation.paging.names.values() if operation.paging else ()
        made, taken = self._reading(operation, "search", given, words)
        return (made, taken) if taken.keys() >= given.keys() - {*own} else None

    def _reading(
        self, operation: Operation, key: str, given: Mapping[str, Any], asked: Any
    ) -> tuple[Operation, dict[str, Any]]:
        """The operation of `search` or `find`, and of the input what it reads."""
        made = reading(operation, key, self._connector.spec.get("pagination", {}))
        taken = {name: given[name] for name in made.reads if name in given}
        return made, {**taken, READS[key]: asked}

    # -- stored values -----------------------------------------------------------------------------------------------

    def labels(
        self, operation: str, values: Sequence[Any], given: Mapping[str, Any], field: str | None = None
    ) -> Steps:
        """See `Client.labels`."""
        if len(values) > MOST:
            raise UsageError(f"{len(values)} values are too many at a time; {MOST} are the most.")
        source = self._source(operation, given, field)
        if source.missing:
            return _labelled(values, {}, set())
        return (yield from self.stored(source.operation, source.input, values))

    def check_values(self, operation: str, given: Mapping[str, Any]) -> Steps:
        """See `Client.check_values`."""
        found = list(islice(sources(self._connector, self._connector.operation(operation), given), MOST + 1))
        if len(found) > MOST:
            raise UsageError(f"The input has more than {MOST} values of dropdowns, which are the most at a time.")
        groups: dict[str, list[tuple[str, Any, Source]]] = {}
        for one in found:
            groups.setdefault(key_of(one[2].operation, one[2].input) + str(one[2].missing), []).append(one)
        told: dict[str, Any] = {}
        for group in groups.values():
            values, source = [value for _, value, _ in group], group[0][2]
            labels = _labelled(values, {}, set())
            try:
                if not source.missing:
                    labels = yield from self.stored(source.operation, source.input, values)
            except (InputError, APIError) as error:
                if isinstance(error, APIError) and error.status not in (404, 410):
                    raise  # else what they stand under is no more, or does not fit
            told |= {pointer: label for (pointer, _, _), label in zip(group, labels, strict=True)}
        return [{"pointer": pointer, **told[pointer]} for pointer, _, _ in found]

    def stored(self, operation: Operation, given: Mapping[str, Any], values: Sequence[Any]) -> Steps:
        """The labels of stored values of a list operation."""
        asked = list(dict.fromkeys(plain(value) for value in values if is_value(value)))
        if not asked:
            return _labelled(values, {}, set())
        way = self._asked_for if declared(operation).get("find") else self._looked_for
        found, gone = yield from way(operation, given, asked)
        return _labelled(values, found, gone)

    def _asked_for(self, operation: Operation, given: Mapping[str, Any], asked: list[str]) -> Found:
        """The service is asked for the values themselves."""
        by = declared(operation)["find"]
        many, form = by.get("many", 1), re.compile(by.get("pattern", ""))
        fitting = [key for key in asked if form.search(key)]
        found: dict[str, Choice] = {}
        gone: set[str] = set()
        for index in range(0, len(fitting), many):
            wanted = fitting[index : index + many]
            finder, taken = self._reading(operation, "find", given, wanted)
            own: dict[str, Choice] = {}
            try:
                checked = finder.check_input(taken)
                page = yield from self._pages.get(finder, checked, False)
                if not _by_key(page).keys() >= {*wanted} and self._pages.is_old(page):
                    page = yield from self._pages.get(finder, checked, True)
                own = _by_key(page)
            except APIError as error:
                if len(wanted) > 1 or error.status not in (404, 410):
                    raise
            found |= own
            gone |= {*wanted} - own.keys()
        return found, gone

    def _looked_for(self, operation: Operation, given: Mapping[str, Any], asked: list[str]) -> Found:
        """The list is read, until all are found or as far as it is read at a time."""
        start, refresh = operation.check_input(given), False
        while True:
            following: dict[str, Any] | None = {}
            pages: list[Page] = []
            found: dict[str, Choice] = {}
            while following is not None and not _is_far(pages):
                pages.append((yield from self._pages.get(operation, {**start, **following}, refresh)))
                found |= _by_key(pages[-1])
                if found.keys() >= {*asked}:
                    return found, set()
                following = pages[-1].following
            if following is not None or not _is_whole(declared(operation), given):
                return found, set()
            if refresh or not any(map(self._pages.is_old, pages)):
                there = {key.casefold() for page in pages for key in _by_key(page)}
                return found, {key for key in asked if key.casefold() not in there}  # another case may do
            refresh = True

    def _source(self, operation: str, given: Mapping[str, Any], field: str | None) -> Source:
        found = self._connector.operation(operation)
        return Source(found, {**given}, []) if field is None else source_of(self._connector, found, field, given)


def _is_whole(spec: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether the list read to its end is all there is: nothing is left out, and no input that it hangs on."""
    return not spec.get("part") and all(given.get(name) is not None for name in spec.get("needs", ()))


def _is_far(pages: Sequence[Page]) -> bool:
    return len(pages) >= PAGES or sum(page.rows for page in pages) >= ROWS


def _offered(page: Page, inactive: bool) -> list[Choice]:
    return [choice for choice in page.choices if inactive or choice.active]


def _by_key(page: Page) -> dict[str, Choice]:
    return {choice.key: choice for choice in page.choices}


def _answer(
    result: Iterable[tuple[str, Choice]],
    complete: bool = False,
    following: dict[str, Any] | None = None,
    skipped: int = 0,
    missing: Sequence[str] = (),
) -> dict[str, Any]:
    rows = [
        {"text": label, "value": choice.value} | ({} if choice.active else {"inactive": True})
        for label, choice in result
    ]
    after = token(following) if following else None
    return {"result": rows, "complete": complete, "next": after, "skipped": skipped, "missing": list(missing)}


def _labelled(values: Sequence[Any], found: Mapping[str, Choice], gone: set[str]) -> list[dict[str, Any]]:
    """What is told of each value: its label, and whether it exists, as far as is known."""
    keys = [plain(value) if is_value(value) else "" for value in values]
    labels = {choice.key: label for label, choice in Labels().of(found[key] for key in keys if key in found)}
    return [
        {"value": value, "text": labels.get(key), "exists": True if key in labels else False if key in gone else None}
        for value, key in zip(values, keys, strict=True)
    ]
