"""One call, from the input to the output, as a generator: it yields what is to be done and is sent what came of it.

Whoever carries the requests (sync, async, a sample, a dry run) drives the same generator: `steps.py`. No I/O.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .connections import Connection
from .context import Context, Record
from .errors import (
    ConnectorError,
    DeclarationError,
    HandlerError,
    InputError,
    OutcomeUnknown,
    OutputError,
    OutputWarning,
    Problem,
    ServiceError,
)
from .exchange import exchange, signed
from .message import ABSENT, Request, Response
from .operation import EFFECTS, Flow, Operation
from .steps import Step


@dataclass(frozen=True, slots=True)
class Result:
    """A successful call: the output, and the input of the next page where the operation is a list that goes on.

    `call_id` names the record of the call, where one is kept.
    """

    output: Any
    next_input: dict[str, Any] | None
    call_id: str | None = None


Call: TypeAlias = Generator[Step, Any, Result]


def call(context: Context, operation: Operation, given: Any, *, strict: bool = False) -> Call:
    """Run an operation. An output that does not fit is a warning; with `strict`, an OutputError."""
    checked = operation.check_input({} if given is None else given)
    if (key := operation.idempotency) and checked.get(key) is None and context.patience.seconds:
        checked = {**checked, key: os.urandom(16).hex()}  # so that the call may be tried again
    journal, effect = context.journal, operation.effect_of(checked)
    record = journal.open(context.connection, operation, checked, effect) if journal else None
    if record is None:
        return (yield from _call(context, operation, checked, strict, None))
    try:
        result = yield from _call(context, operation, checked, strict, record)
    except GeneratorExit as error:  # whoever drove it went away
        record.end(error=error)
        raise
    except Exception as error:
        if isinstance(error, ConnectorError):
            error.call_id = record.id if record.kept else None
        if kept := record.end(error=error):
            yield kept
        raise
    if kept := record.end(result.output):
        yield kept
    return result


def _call(context: Context, operation: Operation, checked: dict[str, Any], strict: bool, record: Record | None) -> Call:
    deadline = context.clock.monotonic() + context.patience.seconds
    flow = operation.flow(checked)
    done: list[str] = []
    response, output = Response(0), None
    try:
        request = _advance(operation, flow, None)
        while True:
            effect = _effect(operation, checked, request)
            response = yield from exchange(context, operation, request, effect, deadline, record)
            done.append(request.line)
            try:
                request = _advance(operation, flow, response)
            except OutputError as error:
                done.pop()  # it is the error's own
                raise _unreadable(error, request, response, effect != "read") from None
    except StopIteration as stop:
        output = stop.value
    except ConnectorError as error:
        error.calls = done
        raise
    finally:
        flow.close()
    if not operation.output_validator.accepts(output):
        _misfit(operation, output, strict, done)
    id = record.id if record and record.kept else None
    return Result(output, operation.next_input(checked, response, output), id)


def _effect(operation: Operation, given: Mapping[str, Any], request: Request) -> str:
    """The row of the retry table: a request that only reads in a handler of several, else as the operation says."""
    effect = operation.effect_of(given)
    if effect == "read" or (operation.handler and EFFECTS[request.method] == "read"):
        return "read"
    return "keyed" if operation.idempotency and given.get(operation.idempotency) else effect


def _unreadable(error: OutputError, request: Request, response: Response, writes: bool) -> ServiceError:
    """What it means that the answer to a request is not what it promises."""
    if not writes:
        error.request, error.status, error.body = request.line, response.status, response.body()
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
    sent = signed(connection, operation, request, masked=True)
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
