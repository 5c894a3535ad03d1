"""A list operation as the choices of a dropdown. Values in, values out."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from .calls import Result
from .errors import UsageError
from .operation import Operation
from .template import Expression


def page_input(operation: Operation, given: dict[str, Any], search: str | None, page: str | None) -> dict[str, Any]:
    """The input of one page of choices: what was given, the text searched for where the service searches, the page."""
    if operation.options is None:
        raise UsageError(f"{operation.name} is no dropdown: it declares no options.")
    taken = dict(given)
    if search and (name := operation.options.get("search")):
        taken[name] = search
    if page:
        taken.update(_read_token(page))
    return taken


def options(operation: Operation, given: dict[str, Any], search: str | None, result: Result) -> dict[str, Any]:
    """`{"result": [{"text", "value"}], "complete", "next"}` of one page.

    A row without a value, or that `where` leaves out, is passed over. Where the service cannot search, the rows of
    this page are searched here, by their text.
    """
    spec = operation.options or {}
    text, value = Expression(spec["text"]), Expression(spec["value"])
    where = Expression(spec["where"]) if spec.get("where") else None
    found = []
    for row in operation.rows(result.output):
        if where is not None and not _of(where, row):
            continue
        stored = _of(value, row)
        if stored is None or isinstance(stored, bool | dict | list):
            continue
        label = _of(text, row)
        found.append({"text": str(stored if label in (None, "") else label), "value": stored})
    if search and not spec.get("search"):
        found = [option for option in found if search.casefold() in option["text"].casefold()]
    own = operation.paging.names.values() if operation.paging else ()
    following = (
        {name: result.next_input[name] for name in own if name in result.next_input} if result.next_input else None
    )
    # whole: this is the last page, none came before it, and every input that the list hangs on was given
    first = not operation.paging or not operation.paging.is_later(given)
    whole = following is None and first and all(given.get(name) is not None for name in spec.get("needs", ()))
    return {"result": found, "complete": whole, "next": _token(following) if following else None}


def _of(expression: Expression, row: Any) -> Any:
    """What an expression finds in a row; None where it cannot be computed: one odd row must not cost the list."""
    try:
        return expression(row)
    except ValueError:
        return None


def _token(inputs: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(inputs, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_token(page: str) -> dict[str, Any]:
    try:
        inputs = json.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
    except (binascii.Error, ValueError):
        inputs = None
    if not isinstance(inputs, dict):
        raise UsageError("The page is not one that options gave. Use the value of next.")
    return inputs
