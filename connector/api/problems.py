"""What went wrong, for a program: RFC 9457 on our own routes, Tray's words with ours beside them under /core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from ..errors import (
    APIError,
    ConnectorError,
    DeclarationError,
    HandlerError,
    InputError,
    NameTakenError,
    OutcomeUnknown,
    RateLimitError,
    ServiceError,
    StorageError,
    TimeoutError,
    UnknownNameError,
)

MEDIA = "application/problem+json"
AGAIN = frozenset({408, 429, 503, 504})  # of the API's own refusals, those that time mends

CODES = {
    400: "#bad_request",
    401: "#unauthorized",
    403: "#forbidden",
    404: "#not_found",
    405: "#method_not_allowed",
    408: "#request_timeout",
    409: "#conflict",
    413: "#too_large",
    415: "#unsupported_media_type",
    422: "#user_input_error",
    429: "#too_many_requests",
    431: "#too_large",
    500: "#internal_error",
    503: "#unavailable",
    504: "#timeout_error",
}


class Problem(Exception):
    """A request that is refused by the API itself, before or beside any operation."""

    def __init__(
        self, status: int, detail: str, *, headers: Sequence[tuple[str, str]] = (), code: str = "", **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, tuple(headers), more
        self.code = code or CODES[status]


def status_of(error: ConnectorError) -> int:
    """The status that an error of the engine is answered with.

    424 is a service that refused: the call was right as far as we know, and so was ours. 502 and 504 are a service that
    could not be reached or understood.
    """
    kinds: tuple[tuple[type[ConnectorError], int], ...] = (
        (InputError, 422),
        (UnknownNameError, 404),
        (NameTakenError, 409),
        (StorageError, 503),
        (RateLimitError, 429),
        (OutcomeUnknown, 502),
        (TimeoutError, 504),
        (DeclarationError, 500),
        (HandlerError, 500),
    )
    for kind, status in kinds:
        if isinstance(error, kind):
            return status
    if isinstance(error, APIError):
        return 424 if error.status < 500 else 502
    return 502 if isinstance(error, ServiceError) else 400


def document(error: Problem | ConnectorError, request: str) -> dict[str, Any]:
    """A problem as RFC 9457 has it: `type`, `title`, `status`, `detail`, and our own members beside them.

    `code` is stable; `errors` are the fields that do not fit; of a call there are `call_id`, `retryable`, `mended_by`
    and what the service answered: `upstream`.
    """
    if isinstance(error, Problem):
        found = _shaped(error.status, error.code, error.detail, request)
        return {**found, "retryable": error.status in AGAIN, **error.more}
    status, inside = status_of(error), isinstance(error, StorageError | DeclarationError)
    detail = INSIDE if inside else error.message
    if isinstance(error, OutcomeUnknown) and error.call_id:
        detail += f" {finds_out(error.call_id)}"
    found = _shaped(status, error.code, detail, request)
    said = error.as_dict()
    found |= {"kind": said["error"], "retryable": error.retryable, "mended_by": error.mended_by}
    found |= {name: said[name] for name in ("calls", "call_id", "retry_after", "attempts", "fields") if name in said}
    if isinstance(error, InputError):
        found["errors"] = [asdict(problem) for problem in error.problems]
    if isinstance(error, ServiceError):
        found["upstream"] = upstream(error)
    return found


def finds_out(call: str) -> str:
    """What mends an outcome that is unknown."""
    return f"Find out with POST /v1/calls/{call}/reconcile."


INSIDE = "Something of the server's own is broken. Its log says what."
"""In place of a message that names files."""


def upstream(error: ServiceError) -> dict[str, Any]:
    """What the service answered: request line, status, headers and body, each null where there is none."""
    headers = getattr(error, "headers", ())
    return {
        "request": error.request,
        "request_id": error.request_id,
        "status": getattr(error, "status", None),
        "headers": {name.lower(): value for name, value in headers if name.lower() not in HIDDEN},
        "body": getattr(error, "body", None),
    }


HIDDEN = frozenset({"set-cookie", "www-authenticate", "authorization", "proxy-authenticate"})


def headers_of(error: Problem | ConnectorError) -> list[tuple[str, str]]:
    """The headers that go with it: when to come again, how to say who one is, which call it was."""
    if isinstance(error, Problem):
        return list(error.headers)
    seconds = getattr(error, "retry_after", None)
    found = [("Retry-After", f"{max(1, round(seconds))}")] if seconds is not None else []
    return [*found, ("X-Call-Id", error.call_id)] if error.call_id else found


def _shaped(status: int, code: str, detail: str, request: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request,
    }


_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id", "retryable"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "about:blank"},
        "title": {**_TEXT, "description": "What the status means."},
        "status": {"type": "integer", "description": "As the answer has it."},
        "detail": {**_TEXT, "description": "What went wrong, and how to mend it, for people."},
        "code": {**_TEXT, "description": "Stable, for programs."},
        "request_id": {**_TEXT, "description": "As the header X-Request-Id says."},
        "kind": {**_TEXT, "description": "The class of the error; absent where the API itself refused."},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
        "mended_by": {**_TEXT, "description": "Who can mend it."},
        "retry_after": {"type": "number", "description": "Seconds to wait."},
        "call_id": {**_TEXT, "description": "The record of the call: GET /v1/calls/{id}."},
        "calls": {**_TEXTS, "description": "Requests of the call that were carried out before."},
        "attempts": {"type": "integer", "description": "How often the request was sent."},
        "fields": {
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "What the service finds wrong with which field.",
        },
        "errors": {
            "type": "array",
            "description": "Each field of the body or the input that does not fit.",
            "items": {
                "type": "object",
                "required": ["pointer", "rule", "type", "message", "hint"],
                "additionalProperties": False,
                "properties": {
                    "pointer": {**_TEXT, "description": "Which field: a JSON Pointer."},
                    "rule": {**_TEXT, "description": "The keyword of JSON Schema."},
                    "type": {**_TEXT, "description": "What was given."},
                    "message": _TEXT,
                    "hint": {**_TEXT, "description": "How to mend it."},
                },
            },
        },
        "upstream": {
            "type": "object",
            "description": "What the service answered.",
            "required": ["request", "request_id", "status", "headers", "body"],
            "additionalProperties": False,
            "properties": {
                "request": {**_TEXT, "description": "The request line."},
                "request_id": {"type": ["string", "null"], "description": "What the service calls the exchange."},
                "status": {"type": ["integer", "null"], "description": "Null where no answer came."},
                "headers": {"type": "object", "additionalProperties": _TEXT},
                "body": {},
            },
        },
    },
}
"""What `document` gives, as a JSON Schema."""


# -- under /core: Tray's statuses and words, and beside them an object of ours -----------------------------------------

CORE_STATUS = {405: 404, 415: 400, 422: 400, 424: 400, 502: 500, 503: 500, 504: 408}


def core_status(error: Problem | ConnectorError) -> int:
    """The nearest of the statuses that Tray has."""
    status = error.status if isinstance(error, Problem) else status_of(error)
    return CORE_STATUS.get(status, status)


def core_document(error: Problem | ConnectorError, request: str) -> dict[str, Any]:
    """An error of Tray's own, with `typed` beside it."""
    return {"message": document(error, request)["detail"], "code": None, "error": typed(error, request)}


def typed(error: Problem | ConnectorError, request: str) -> dict[str, Any]:
    """An error for a program; `fields` are those of the input that do not fit, or that the service does not take."""
    told, headers = document(error, request), dict(headers_of(error))
    ours = told["status"] >= 500
    return {
        "kind": told.get("kind", Problem.__name__),
        "code": told["code"],
        "fields": [{key: one[key] for key in ("pointer", "message", "hint")} for one in told.get("errors", ())]
        + [{"pointer": f"/{name}", "message": text, "hint": ""} for name, text in told.get("fields", {}).items()],
        "retryable": told["retryable"],
        "retry_after": told.get("retry_after", float(headers["Retry-After"]) if "Retry-After" in headers else None),
        "mended_by": told.get("mended_by", "whoever runs the server" if ours else "the caller"),
        "call_id": told.get("call_id"),
        "calls": told.get("calls", []),
        "upstream": told.get("upstream"),
        "request_id": request,
    }
