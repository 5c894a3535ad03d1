"""The first parent that the service lists, for dropdowns that need a parent and were given none."""

from collections.abc import Generator
from typing import Any

from connector import Request, Response


def first(path: str, records: str) -> Generator[Request, Response, Any]:
    """The id of the first record of a list, None where the list is empty."""
    response = yield Request("GET", f"{path}?page%5Bsize%5D=1")
    rows = response.json().get(records) or []
    return rows[0]["id"] if rows else None
