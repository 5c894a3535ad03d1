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
    DeclarationError,
    HandlerError,
    InputError,
    OutcomeUnknown,
    OutputError,
    OutputWarning,
    Problem,
    RateLimitError,
    ServiceError,
    TimeoutError,
    UnreachableError,
)
from .message import ABSENT, Request, Response
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
            writes = _writes(operation, checked, request)
            response = yield from _exchange(connection, operation, request, writes)
            done.append(request.line)
            try:
                request = _advance(operation, flow, response)
            except OutputError as error:
                done.pop()  # it is the error's own
                raise _unreadable(error, request, response, writes) from None
    except StopIteration as stop:
        output = stop.value
    except ConnectorError as error:
        error.calls = done
        raise
    finally:
        flow.close()
    if not operation.output_validator.accepts(output):
        _misfit(operation, output, strict, done)
    return Result(output, operation.next_input(checked, response, output))


def _writes(operation: Operation, given: dict[str, Any], request: Request) -> bool:
    """Whether a request may change something: by its method in a handler of several, else as the operation says."""
    effect = operation.effect_of(given)
    return effect != "read" and not (operation.handler and EFFECTS[request.method] == "read")


def _unreadable(error: OutputError, request: Request, response: Response, writes: bool) -> ServiceError:
    """What it means that the answer to a request is not what it promises."""
    if not writes:
        error.request = request.line
        return error
    message = f"{request.line} was carried out, but the answer cannot be read. {error.message}"
    return OutcomeUnknown(message, request.line, response.status, response.body())


def _advance(operation: Operation, flow: Flow, response: Response | None) -> Request:
    """The next request of a flow. What a handler breaks on is a HandlerError; StopIteration is its end."""
    try:
        request = next(flow) if response is None else flow.send(response)
    except (StopIteration, ConnectorError):
        raise
    except UnicodeEncodeError as error:
        raise InputError([Problem("", "text", "string", f"cannot be sent: {error}.", "Take it out.")]) from None
    except Exception as error:
        if not operation.handler:
            raise DeclarationError(operation.file, "", f"cannot be applied to this input: {error}.") from error
        raise HandlerError(f"The handler of {operation.name} failed: {error!r}.") from error
    if not isinstance(request, Request):
        raise HandlerError(f"The handler of {operation.name} yielded {type(request).__name__}; it yields Request.")
    if request.method not in EFFECTS:
        raise HandlerError(f"The handler of {operation.name} asks for {request.method!r}, which is no method of HTTP.")
    return request


def _signed(connection: Connection, operation: Operation, request: Request, *, masked: bool = False) -> Wire:
    """The request as it leaves; an error where it has something that JSON or HTTP cannot say."""
    try:
        return connection.wire(request, masked=masked)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        if operation.handler:
            raise HandlerError(f"The handler of {operation.name} made a request that has no form: {error}.") from error
        raise InputError([Problem("", "json", "object", f"cannot be written as JSON: {error}.")]) from error


def _exchange(
    connection: Connection, operation: Operation, request: Request, writes: bool
) -> Generator[Wire, Response, Response]:
    """Send one request. An answer is a 2xx or a status that the request accepts; all else is raised."""
    wire = _signed(connection, operation, request)
    try:
        response = yield wire
    except NotSent as error:
        raise UnreachableError(
            _sentence(f"Could not connect to {connection.base_url}: {error}"), request.line
        ) from error
    except NoAnswer as error:
        if writes:
            message = _sentence(f"{request.line} was sent, and no answer came: {error}")
            raise OutcomeUnknown(message, request.line) from error
        kind = TimeoutError if error.timed_out else UnreachableError
        raise kind(_sentence(f"{request.line} had no answer: {error}"), request.line) from error
    except TooLarge as error:
        message = f"The answer to {request.line} is larger than {request.limit} bytes."
        if writes:
            raise OutcomeUnknown(f"{message} It may have been carried out.", request.line) from error
        raise OutputError(message, request.line) from error
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
        after = (response.header("retry-after") or "").strip()
        if after.isdecimal() and after.isascii():
            error.retry_after, error.code = float(after), f"#retry_delay_seconds:{after}"
    return error


# as RFC 9110 names them; Python calls them so only from 3.13 on
_NAMES = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}


def _reason(status: int) -> str:
    try:
        return f"{status} {_NAMES.get(status) or HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _message(connection: Connection, response: Response) -> str:
    """What the service says of the error: the first of the connector's `errors` that gives text, else its own text."""
    body = response.body()
    for source in connection.connector.spec.get("errors", ()) if isinstance(body, dict | list) else ():
        try:
            found = Expression(source)(body)
        except ValueError:
            continue  # an error of another form
        texts = [text for text in (found if isinstance(found, list) else [found]) if isinstance(text, str) and text]
        if texts:
            return _sentence("; ".join(dict.fromkeys(texts)))
    return _sentence(body[:300]) if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _misfit(operation: Operation, output: Any, strict: bool, done: list[str]) -> None:
    problems: list[Problem] = operation.output_validator.problems(output)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    message = f"The output of {operation.name} does not fit its schema: {problems[0]}{more}"
    if strict:
        error = OutputError(message, done[-1] if done else "")
        error.calls = done
        raise error
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
    sent = _signed(connection, operation, request, masked=True)
    headers: dict[str, str] = {}
    for name, value in sent.headers:  # one that comes twice is a list (RFC 9110, 5.3)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    shown = {"method": request.method, "url": sent.url, "headers": headers, "body": readable(request)}
    return {"requests": [shown], "more": operation.has_more_requests}


def readable(request: Request) -> Any:
    """The body of a request for a reader: JSON, text, `{"base64": …}`, or None."""
    import base64

    if request.json is not ABSENT:
        return request.json
    if not request.content:
        return None
    try:
        return request.content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(request.content).decode()}


__all__ = ["Call", "InputError", "NoAnswer", "NotSent", "Result", "TooLarge", "call", "plan", "readable"]
