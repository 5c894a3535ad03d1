"""Zendesk's errors, one function for each of the envelopes that the service really uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ZendeskError(Exception):
    """An answer that is not a success; raise it from a handler and the transaction is undone."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def named(status: int, error: str, description: str, **more: Any) -> ZendeskError:
    """`{"error", "description"}`, the oldest envelope."""
    return ZendeskError(status, {"error": error, "description": description, **more})


def not_found() -> ZendeskError:
    return named(404, "RecordNotFound", "Not found")


def invalid_endpoint() -> ZendeskError:
    return named(404, "InvalidEndpoint", "Not found")


def too_many_values(limit: int = 100) -> ZendeskError:
    return named(400, "TooManyValues", f"Parameter  cannot specify more than {limit} values", max_count=limit)


def invalid(**fields: tuple[str, str | None]) -> ZendeskError:
    """422 RecordInvalid: for each field (or `base`) a sentence and a code such as BlankValue, or None for no code."""
    details = {
        name: [{"description": text, "error": code} if code else {"description": text}]
        for name, (text, code) in fields.items()
    }
    return named(422, "RecordInvalid", "Record validation errors", details=details)


def blank(name: str) -> ZendeskError:
    return invalid(**{name: (f"{label(name)}: cannot be blank", "BlankValue")})


def taken(name: str, value: object = None) -> ZendeskError:
    text = f"{label(name)} has already been taken" if value is None else f"{label(name)}: {value} is already being used"
    return invalid(**{name: (text, "DuplicateValue")})


def bad_value(name: str, value: object) -> ZendeskError:
    return invalid(**{name: (f"{label(name)}: {value} is not valid", "InvalidValue")})


def coded(status: int, code: str, title: str) -> ZendeskError:
    """`{"errors": [{"code", "title"}]}`, the envelope of paging and of newer endpoints."""
    return ZendeskError(status, {"errors": [{"code": code, "title": title}]})


def titled(status: int, title: str, message: str) -> ZendeskError:
    """`{"error": {"title", "message"}}`, the envelope of permissions and attributes."""
    return ZendeskError(status, {"error": {"title": title, "message": message}})


def forbidden() -> ZendeskError:
    return titled(403, "Forbidden", "You do not have access to this page. Please contact the account owner.")


def invalid_attribute(name: str, kind: str = "an integer") -> ZendeskError:
    return titled(
        400,
        "Invalid attribute",
        f"You passed an invalid value for the {name} attribute. Invalid parameter: {name} must be {kind}",
    )


def unauthenticated() -> ZendeskError:
    return ZendeskError(401, {"error": "Couldn't authenticate you"})


def invalid_token() -> ZendeskError:
    """401 for a Bearer token that is not, or no longer, one of this account."""
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    challenge = f'Bearer realm="sandbox", error="invalid_token", error_description="{text}"'
    return ZendeskError(401, {"error": "invalid_token", "error_description": text}, {"WWW-Authenticate": challenge})


def oauth(error: str, description: str, status: int = 400) -> ZendeskError:
    """`{"error", "error_description"}`, the envelope of OAuth."""
    return ZendeskError(status, {"error": error, "error_description": description}, {"Cache-Control": "no-store"})


def parameter_missing(name: str) -> ZendeskError:
    """Plain text: the wrapper key or a needed query parameter is not there."""
    return ZendeskError(400, f"Required parameter missing: {name}")


def too_many_requests(retry_after: str) -> ZendeskError:
    """429 of the whole account, with the value of Retry-After."""
    body = {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed API requests per minute exceeded",
    }
    return ZendeskError(429, body, {"Retry-After": retry_after})


def help_center(**fields: str) -> ZendeskError:
    """The help center's validation errors: 400 with a list of sentences for each field."""
    return ZendeskError(400, {"errors": {name: [text] for name, text in fields.items()}})


def label(name: str) -> str:
    return name.replace("_", " ").capitalize()
