"""Pages of choices, as steps: kept from before, or read by one call for all who ask for the same."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Iterable, Mapping
from typing import Any, TypeAlias

from .. import calls
from ..calls import Result
from ..context import Context
from ..errors import UsageError
from ..operation import Operation, known_inputs
from ..steps import Shared, Step
from ..template import Expression
from .choices import Page, read
from .kept import Kept

LIFETIME = 300.0  # seconds that a page is used again, where the declaration does not say
NEW = 10.0  # seconds in which a page that was read says how things are now

Reading: TypeAlias = Generator[Step, Any, Page]


class Pages:
    """The pages of lists."""

    def __init__(self, context: Context, kept: Kept, *, strict: bool = False) -> None:
        self._context, self._kept, self._strict = context, kept, strict

    def get(self, operation: Operation, asked: dict[str, Any], refresh: bool = False) -> Reading:
        """A page of a list for an input that was checked: kept from before, or read by one for all who ask."""
        key = key_of(operation, asked)
        if not refresh and (kept := self._kept.get(key, self._context.clock.monotonic())):
            return kept
        page: Page = yield Shared(self._kept.running, key, self._read(operation, asked, key))
        return page

    def _read(self, operation: Operation, asked: dict[str, Any], key: str) -> Reading:
        result: Result = yield from calls.call(self._context, operation, asked, strict=self._strict)
        found = Expression(operation.records)(result.output) if operation.records else None
        rows = found if isinstance(found, list) else [found] if found else []
        choices = read(declared(operation), rows)
        following = None
        if result.next_input and operation.paging:
            own = operation.paging.names.values()
            following = {name: value for name, value in result.next_input.items() if name in own}
        kept = tuple(choice for choice in choices if choice is not None)
        now = self._context.clock.monotonic()
        page = Page(kept, len(rows), len(rows) - len(kept), following, now)
        if seconds := declared(operation).get("lifetime", LIFETIME):
            self._kept.put(key, page, now + seconds)
        return page

    def before(self, operation: Operation, start: dict[str, Any], asked: dict[str, Any]) -> Iterable[Page]:
        """The pages before one, where all of them are kept."""
        until, found = key_of(operation, asked), dict[str, Page]()
        while (key := key_of(operation, start)) != until:
            page = self._kept.get(key, self._context.clock.monotonic())
            if page is None or page.following is None or key in found:
                return ()
            found[key] = page
            start = {**start, **page.following}
        return found.values()

    def is_old(self, page: Page) -> bool:
        """Whether something may have been made since that it does not show."""
        return self._context.clock.monotonic() - page.at > NEW


READS = {"search": "search", "find": "values"}
"""What a small reading in `options` takes beside the inputs of its operation."""


def reading(operation: Operation, key: str, styles: Mapping[str, Any]) -> Operation:
    """The operation that `search` or `find` of a dropdown declares; DeclarationError where it makes no sense."""
    source = declared(operation)[key]
    spec = {name: source[name] for name in ("request", "path", "query", "pagination") if name in source}
    spec |= {"title": operation.title, "description": operation.description, "effect": "read"}
    paging = operation.paging.input if operation.paging else {}
    names = [name for name in known_inputs(operation) if name not in paging]
    spec |= {"input": {"properties": {name: {} for name in (*names, READS[key])}}}
    own = {name: value for name, value in declared(operation).items() if name not in READS}
    return operation.beside(key, {**spec, "result": source["records"], "records": "@", "options": own}, styles)


def declared(operation: Operation) -> Mapping[str, Any]:
    """The `options` of a dropdown; UsageError where it is none."""
    if operation.options is None:
        raise UsageError(f"{operation.name} is no dropdown: it declares no options. For a field of it, name the field.")
    return operation.options


def key_of(operation: Operation, given: Mapping[str, Any]) -> str:
    return f"{operation.name} {json.dumps(given, sort_keys=True)}"


def token(inputs: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(inputs, separators=(",", ":")).encode()).decode().rstrip("=")


def read_token(page: str) -> dict[str, Any]:
    try:
        inputs = json.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
    except (ValueError, RecursionError):
        inputs = None
    if not isinstance(inputs, dict):
        raise UsageError("The page is not one that options gave. Use the value of next.")
    return inputs
