"""Rules that every write to a ticket keeps."""

from __future__ import annotations

from .. import errors
from ..store import Doc


def refuse_closed(ticket: Doc) -> None:
    if ticket["status"] == "closed":
        raise errors.invalid(status=("closed prevents ticket update", None))


def safe_update(doc: Doc, given: Doc) -> None:
    """With `safe_update` the write goes through only where `updated_stamp` is the record's own `updated_at`."""
    if given.get("safe_update") in (True, "true") and given.get("updated_stamp") != doc["updated_at"]:
        raise errors.named(409, "UpdateConflict", "The record changed after updated_stamp; read it again and retry")
