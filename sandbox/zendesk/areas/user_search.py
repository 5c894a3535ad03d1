"""Finding users by text, by external id, and by the start of their name."""

from __future__ import annotations

from .. import errors
from ..call import Call
from ..store import Doc
from . import query_language


def found(call: Call) -> list[Doc]:
    """`query=` in the search syntax over users, or `external_id=`, exact without regard to case."""
    if external_id := call.query("external_id"):
        return call.store.list("users", active=True, **{"external_id~": external_id})
    text = call.query("query")
    if text is None:
        raise errors.parameter_missing("query")
    matches = query_language.compile(call, text)
    return [user for user in call.store.list("users", active=True) if matches("user", user)]


def completed(call: Call) -> list[Doc]:
    """Users one of whose names starts with the text: at least two letters."""
    start = (call.query("name") or "").lower()
    if len(start) < 2:
        raise errors.titled(400, "Invalid attribute", "name must have at least 2 characters")
    users = call.store.list("users", active=True)
    return [
        user
        for user in users
        if any(part.startswith(start) for part in [user["name"].lower(), *user["name"].lower().split()])
    ]
