"""One request of a call, sent until it is known what became of it: signed, held to the rate, recorded, tried again."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias

from .connections import Connection, Wire
from .context import Context, Record
from .errors import ConnectorError, HandlerError, InputError, Problem
from .message import Request, Response
from .operation import Operation
from .refusal import after, failure, over_limit, unknown
from .retry import TABLE, Verdict, happened
from .steps import NoAnswer, NotSent, Step, TooLarge, Wait

Answer: TypeAlias = "Response | NotSent | NoAnswer | TooLarge"

REASONS = {
    "not_sent": "it could not connect",
    "no_answer": "no answer came",
    "limited": "the service asks for fewer calls",
    "failing": "the service failed",
}


def exchange(
    context: Context, operation: Operation, request: Request, effect: str, deadline: float, record: Record | None
) -> Generator[Step, Any, Response]:
    """Send one request; its answer: a 2xx, or a status that the request accepts. All else is raised.

    `effect` is a row of the retry table. Nothing is sent again after `deadline` (of the context's monotonic clock).
    """
    clock, attempt, maybe, renewed = context.clock, 0, False, False
    connection: Connection = context.connection
    refused: Connection | None = None
    while True:
        try:
            if context.credentials and not renewed:
                connection, renewed = (yield from context.credentials.fresh(refused)), refused is not None
            wire = signed(connection, operation, request)
            yield from _admitted(context, operation, request, deadline, record)
        except ConnectorError as held:
            if maybe and effect != "read":  # it was not sent now, and says nothing of an earlier attempt
                raise unknown(held.message, request) from held
            raise
        answer, asked = yield from _sent(context, operation, wire, effect != "read", record)
        attempt += 1
        if isinstance(answer, Response):
            if 200 <= answer.status < 300:
                return answer
            told = after(answer, clock.now())
            asked = asked if told is None else told
            if answer.status == 401 and context.credentials and refused is None:
                refused = connection
                continue
        what = _what(answer)
        pause = context.patience.pause(attempt, asked)
        lasting = isinstance(answer, TooLarge) or (isinstance(answer, NotSent) and answer.lasting)
        verdict = Verdict.FAILED if lasting else getattr(TABLE[effect], what)
        if verdict is Verdict.AGAIN and clock.monotonic() + pause <= deadline:
            maybe |= what in ("no_answer", "failing")
            yield Wait(pause, f"{request.line}: {REASONS[what]}", record.id if record else None)
            continue
        doubt = maybe and effect != "read"  # a refusal says nothing of an earlier attempt that had no answer
        if isinstance(answer, Response) and answer.status in request.accept and not doubt:
            return answer
        error = failure(connection, request, answer, writes=effect != "read", maybe=maybe)
        error.attempts, error.retry_after = attempt, asked
        raise error


def _sent(
    context: Context, operation: Operation, wire: Wire, writes: bool, record: Record | None
) -> Generator[Step, Any, tuple[Answer, float | None]]:
    """What became of an admitted request, and the seconds after which its limit opens where that refused it."""
    answer: Answer = NotSent("it was given up")
    try:
        if record and writes and (kept := record.begin(wire)):
            yield kept
        if record:
            record.sent(wire)
        answer = NoAnswer("it was given up")
        try:
            answer = yield wire
        except (NotSent, NoAnswer, TooLarge) as error:
            answer = error
    finally:
        asked = context.rates.heard(operation, wire.request, answer) if context.rates else None
    if record:
        record.answered(answer)
    return answer, asked


def _what(answer: Answer) -> str:
    if isinstance(answer, Response):
        return happened(answer.status)
    return "not_sent" if isinstance(answer, NotSent) else "no_answer"


def _admitted(
    context: Context, operation: Operation, request: Request, deadline: float, record: Record | None
) -> Generator[Step, Any, None]:
    """Wait until the service's limit lets the request pass; RateLimitError where that is after the deadline."""
    while context.rates and (seconds := context.rates.wait(operation, request)):
        if context.clock.monotonic() + seconds > deadline:
            raise over_limit(context.connection, request, seconds)
        yield Wait(seconds, f"{request.line}: the service's limit is reached", record.id if record else None)


def signed(connection: Connection, operation: Operation, request: Request, *, masked: bool = False) -> Wire:
    """The request as it leaves; an error where it has something that JSON or HTTP cannot say."""
    try:
        return connection.wire(request, masked=masked)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        if operation.handler:
            raise HandlerError(f"The handler of {operation.name} made a request that has no form: {error}.") from error
        raise InputError([Problem("", "json", "object", f"cannot be written as JSON: {error}.")]) from error
