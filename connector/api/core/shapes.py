"""The shapes that Tray's API is made of, as JSON Schema."""

from __future__ import annotations

from ...schema import Schema
from ..shapes import TEXT, listed, shape, text

SCHEMA: Schema = {"type": "object", "description": "JSON Schema draft-04, with Tray's keys."}
ANY: Schema = {}


def elements(item: Schema) -> Schema:
    """What Tray makes of a list."""
    return listed("elements", item)


UPSTREAM: Schema = shape(
    {
        "request": text("The request line."),
        "request_id": text("What the service calls the exchange.", null=True),
        "status": {"type": ["integer", "null"], "description": "Null where no answer came."},
        "headers": {"type": "object", "additionalProperties": TEXT},
        "body": ANY,
    }
)
FIELD: Schema = shape({"pointer": text("Which field: a JSON Pointer."), "message": TEXT, "hint": TEXT})
TYPED: Schema = {"title": "TypedError"} | shape(
    {
        "kind": text("The class of the error; Problem where the API itself refused."),
        "code": text("Stable, for programs."),
        "fields": {"type": "array", "items": FIELD, "description": "Each field that does not fit."},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
        "retry_after": {"type": ["number", "null"], "description": "Seconds to wait."},
        "mended_by": text("Who can mend it."),
        "call_id": text("The record of the call: GET /v1/calls/{id}.", null=True),
        "calls": {"type": "array", "items": TEXT, "description": "Requests of the call that were carried out before."},
        "upstream": {"anyOf": [{"type": "null"}, UPSTREAM], "description": "What the service answered."},
        "request_id": text("As the header X-Request-Id says."),
    }
)
ERROR: Schema = shape({"message": TEXT, "code": {"type": "null"}, "error": TYPED})
"""Of every answer whose status is not 200 or 204."""
