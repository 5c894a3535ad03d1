"""One call, from the input to the output, as a generator: it yields signed requests and is sent responses. No I/O.

Whoever carries the requests (sync, async, a sample, a dry run) drives the same generator, and throws `NotSent` or
`NoAnswer` into it where there is no response.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

from .connections import Connection, Wire
from .errors import (
    APIError,
    AuthError,
    ConnectorError,
    HandlerError,
    InputError,
    OutcomeUnknown,
    OutputError,
    OutputWarning,
    Problem,
    RateLimitError,
    TimeoutError,
    UnreachableError,
)
from .message import Request, Response
from .operation import EFFECTS, Flow, Operation
from .template import Expression


class NotSent(Exception):
    """The connection could not be made: nothing left this machine."""


class NoAnswer(Exception):
    """The request was sent, or part of it, and no whole answer came. `timed_out` says whether time ran out."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class TooLarge(Exception):
    """The answer is larger than the request's limit, in bytes."""


@dataclass(frozen=True, slots=True)
class Result:
    """A successful call: the output, and the input of the next page where the operation is a list that goes on."""

    output: Any
    next_input: dict[str, Any] | None


Call: TypeAlias = Generator[Wire, Response, Result]


def call(connection: Connection, operation: Operation, given: Any, *, strict: bool = False) -> Call:
    """Run an operation. An output that does not fit is a warning; with `strict`, an OutputError."""
    checked = operation.check_input({} if given is None else given)
    flow = operation.flow(checked)
    done: list[str] = []
    response, output = Response(0), None
    try:
        request = _advance(operation, flow, None)
        while True:
            response = yield from _exchange(connection, request)
            done.append(request.line)
            request = _advance(operation, flow, response)
    except StopIteration as stop:
        output = stop.value
    except OutputError as error:
        error.request = request.line
        if EFFECTS[request.method] == "read":
            raise
        message = f"{request.line} was carried out, but the answer cannot be read. {error.message}"
        raise OutcomeUnknown(message, request.line, response.status, response.body()) from error
    except ConnectorError as error:
        error.calls = done
        raise
    finally:
        flow.close()
    if not operation.output_validator.accepts(output):
        _misfit(operation, output, strict)
    return Result(output, operation.next_input(checked, response, output))


def _advance(operation: Operation, flow: Flow, response: Response | None) -> Request:
    """The next request of a flow. What a handler breaks on is a HandlerError; StopIteration is its end."""
    try:
        request = next(flow) if response is None else flow.send(response)
    except (StopIteration, ConnectorError):
        raise
    except Exception as error:
        if not operation.handler:
            raise
        raise HandlerError(f"The handler of {operation.name} failed: {error!r}.") from error
    if not isinstance(request, Request):
        raise HandlerError(f"The handler of {operation.name} yielded {type(request).__name__}; it yields Request.")
    return request


def _exchange(connection: Connection, request: Request) -> Generator[Wire, Response, Response]:
    """Send one request. An answer is a 2xx or a status that the request accepts; all else is raised."""
    writes = EFFECTS[request.method] != "read"
    try:
        response = yield connection.wire(request)
    except NotSent as error:
        raise UnreachableError(f"Could not connect to {connection.base_url}: {error}", request.line) from error
    except NoAnswer as error:
        if writes:
            raise OutcomeUnknown(f"{request.line} was sent, and no answer came: {error}", request.line) from error
        kind = TimeoutError if error.timed_out else UnreachableError
        raise kind(f"{request.line} had no answer: {error}", request.line) from error
    except TooLarge as error:
        raise OutputError(
            f"The answer to {request.line} is larger than {request.limit} bytes.", request.line
        ) from error
    if 200 <= response.status < 300 or response.status in request.accept:
        return response
    message = f"{request.line} answered {_reason(response.status)}. {_message(connection, response)}".strip()
    if writes and response.status >= 500:
        raise OutcomeUnknown(f"{message} It may have been carried out.", request.line, response.status, response.body())
    raise _refusal(message, request, response)


def _refusal(message: str, request: Request, response: Response) -> APIError:
    kind: type[APIError] = {401: AuthError, 403: AuthError, 429: RateLimitError}.get(response.status, APIError)
    error = kind(message, request.line, response.status, response.headers, response.body())
    if isinstance(error, RateLimitError):
        after = response.header("retry-after") or ""
        error.retry_after = float(after) if after.strip().isdigit() else None
        error.code = f"#retry_delay_seconds:{after.strip()}" if after.strip().isdigit() else error.code
    return error


def _reason(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _message(connection: Connection, response: Response) -> str:
    """What the service says of the error: the first of the connector's `errors` that gives text, else its own text."""
    body = response.body()
    for source in connection.connector.spec.get("errors", ()) if isinstance(body, dict | list) else ():
        found = Expression(source)(body)
        texts = [text for text in (found if isinstance(found, list) else [found]) if isinstance(text, str) and text]
        if texts:
            return _sentence("; ".join(dict.fromkeys(texts)))
    return _sentence(body[:300]) if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _misfit(operation: Operation, output: Any, strict: bool) -> None:
    problems: list[Problem] = operation.output_validator.problems(output)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    message = f"The output of {operation.name} does not fit its schema: {problems[0]}{more}"
    if strict:
        raise OutputError(message)
    warnings.warn(OutputWarning(message), stacklevel=2)


def plan(connection: Connection, operation: Operation, given: Any) -> dict[str, Any]:
    """The exact first request, credentials masked, nothing sent; `more` says that further requests may follow.

    `{"requests": [{"method", "url", "headers", "body"}], "more": bool}`; a body that is not JSON or text is
    `{"base64": …}`, an absent one null.
    """
    flow = operation.flow(operation.check_input({} if given is None else given))
    try:
        request = _advance(operation, flow, None)
    except StopIteration:
        return {"requests": [], "more": False}
    finally:
        flow.close()
    sent = connection.wire(request, masked=True)
    shown = {"method": request.method, "url": sent.url, "headers": dict(sent.headers), "body": readable(request)}
    return {"requests": [shown], "more": operation.has_more_requests}


def readable(request: Request) -> Any:
    """The body of a request for a reader: JSON, text, `{"base64": …}`, or None."""
    import base64

    from .message import ABSENT

    if request.json is not ABSENT:
        return request.json
    if not request.content:
        return None
    try:
        return request.content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(request.content).decode()}


__all__ = ["Call", "InputError", "NoAnswer", "NotSent", "Result", "TooLarge", "call", "plan", "readable"]
