"""What an answer that is no success means: which error, in the service's own words, and when to try again."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import ceil
from typing import Any

from .connections import Connection
from .errors import (
    APIError,
    AuthError,
    OutcomeUnknown,
    OutputError,
    RateLimitError,
    ServiceError,
    TimeoutError,
    UnreachableError,
)
from .message import Request, Response
from .record.redact import Mask, of_connection
from .steps import NoAnswer, NotSent, TooLarge
from .template import Expression


def failure(
    connection: Connection,
    request: Request,
    answer: Response | NotSent | NoAnswer | TooLarge,
    *,
    writes: bool,
    maybe: bool,
) -> ServiceError:
    """The error of a request that did not succeed; `maybe` says that an earlier attempt may have been carried out."""
    if isinstance(answer, NotSent):
        message = sentence(f"Could not connect to {connection.base_url}: {answer}")
        return unknown(message, request) if writes and maybe else UnreachableError(message, request.line)
    if isinstance(answer, NoAnswer):
        if writes:
            return OutcomeUnknown(sentence(f"{request.line} was sent, and no answer came: {answer}"), request.line)
        kind = TimeoutError if answer.timed_out else UnreachableError
        return kind(sentence(f"{request.line} had no answer: {answer}"), request.line)
    if isinstance(answer, TooLarge):
        message = f"The answer to {request.line} is larger than {answer} bytes."
        return unknown(message, request) if writes else OutputError(message, request.line)
    answer = _masked(connection, answer)
    said, fields = what_it_says(connection, answer)
    mend = connection.mend if answer.status == 401 else ""
    message = " ".join(filter(None, (f"{request.line} answered {reason(answer.status)}.", said, mend)))
    error: ServiceError
    if writes and (maybe or answer.status in (303, 408) or answer.status >= 500):  # 303: done, look there
        error = unknown(message, request, answer)
    else:
        kinds: dict[int, type[APIError]] = {401: AuthError, 403: AuthError, 429: RateLimitError}
        kind_of = kinds.get(answer.status, APIError)
        error = kind_of(message, request.line, answer.status, answer.headers, answer.body())
    error.fields = fields
    error.request_id = next((found for name in REQUEST_IDS if (found := answer.header(name))), None)
    return error


def _masked(connection: Connection, answer: Response) -> Response:
    """The answer without the secrets of the connection, which some services repeat where they refuse them."""
    mask = Mask(of_connection(connection))
    headers = tuple((name, mask(value)) for name, value in answer.headers)
    return Response(answer.status, headers, mask(answer.content.decode("latin-1")).encode("latin-1"))


SHORT = 300  # characters of a text that may stand in a message
REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-amz-request-id", "cf-ray")


def unknown(message: str, request: Request, answer: Response | None = None) -> OutcomeUnknown:
    """The error of a write that may have been carried out, by this attempt or an earlier one."""
    status, body = (answer.status, answer.body()) if answer else (None, None)
    return OutcomeUnknown(f"{message} It may have been carried out.", request.line, status, body)


def over_limit(connection: Connection, request: Request, seconds: float) -> RateLimitError:
    """The error of a request that was not sent, because the service's limit opens only in so many seconds."""
    opens = f"opens again in {max(1, ceil(seconds))} seconds"
    message = f"{request.line} was not sent: the limit of {connection.name} {opens}."
    error = RateLimitError(message, request.line, 429)
    error.attempts, error.retry_after = 0, seconds
    return error


def after(response: Response, now: float) -> float | None:
    """Seconds until `Retry-After`, a number of them or a date (RFC 9110, 10.2.3); None where it says nothing."""
    text = (response.header("retry-after") or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now) if text else None
    except ValueError:
        return None


# as RFC 9110 names them; Python calls them so only from 3.13 on
_NAMES = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


def reason(status: int) -> str:
    """`404 Not Found`."""
    try:
        return f"{status} {_NAMES.get(status) or HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def what_it_says(connection: Connection, response: Response) -> tuple[str, dict[str, str]]:
    """What the service says of the error, and of which fields.

    That is what the first of the connector's `errors` finds in a JSON answer, else a text of its own.
    """
    body = response.body()
    for source in connection.connector.spec.get("errors", ()) if isinstance(body, dict | list) else ():
        found = _by_field(source, body) if isinstance(source, dict) else {"": _texts(source, body)}
        fields = {name: "; ".join(texts) for name, texts in found.items() if texts}
        if fields:
            whole = fields.pop("", None)
            each = [text if _names(text, name) else f"{name}: {text}" for name, text in fields.items()]
            return sentence("; ".join([*([whole] if whole else []), *each])), fields
    short = isinstance(body, str) and len(body) <= SHORT and not body.lstrip().startswith("<")
    return sentence(body) if short else "", {}  # never a part: half of a secret in it would not be known for one


def _by_field(source: dict[str, str], body: Any) -> dict[str, list[str]]:
    """The texts for each field; those of the record as a whole under an empty name."""
    try:
        found = Expression(source["fields"])(body)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    texts = {name: _texts(source["text"], value) for name, value in found.items()}
    return {"" if name == source.get("whole") else name: value for name, value in texts.items()}


def _texts(source: str, value: Any) -> list[str]:
    try:
        found = Expression(source)(value)
    except ValueError:
        return []  # an error of another form
    texts = [text for text in (found if isinstance(found, list) else [found]) if isinstance(text, str) and text]
    return list(dict.fromkeys(texts))


def _names(text: str, field: str) -> bool:
    """Whether a text begins with the name of the field that it is about."""
    return text.lower().replace("_", " ").startswith(field.lower().replace("_", " "))


def sentence(text: str) -> str:
    """The text, closed by a full stop where nothing else closes it."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
