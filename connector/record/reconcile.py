"""Finds out what became of a write whose answer was lost: reads what the service has, or sends it again by its key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from sqlite3 import Cursor
from typing import Any

from .. import calls
from ..connections import Connection
from ..context import Context
from ..errors import APIError, UsageError
from ..message import Response
from ..operation import EFFECTS, Operation
from ..steps import Steps, Wait
from ..store import Store
from .kept import Kept, find, some
from .reading import (
    AS_ASKED,
    CANNOT_TELL,
    DID_NOT_HAPPEN,
    HAPPENED,
    Asked,
    Finding,
    Reading,
    Span,
    masked,
    readings,
)
from .redact import Mask, of_connection, without_named

LONGEST = 180.0  # seconds after which a call is over whose process never said so
PAGES = 100  # of a list that are read
APART = 2.0  # seconds by which times may differ that are told in whole seconds
UNSURE = 60.0  # the same, where the service does not tell its time
SAFE = 120.0  # seconds before its end from which on a key is not relied on
ROWS = 5  # that are kept

OTHERS = "connector = ? AND base_url = ? AND effect <> 'read' AND id <> ? AND at BETWEEN ? AND ?"
OUTCOMES = {HAPPENED: "success", AS_ASKED: "success", DID_NOT_HAPPEN: "error"}


def reconcile(context: Context, store: Store, id: str, *, finish: bool = False) -> Steps:
    """Find out, and keep what was found with the call. Returns `{"call", "operation", "verdict", "message", "found"}`.

    The verdict is `happened`, `as_asked` (things are as the call asked for, whoever did it), `did_not_happen` or
    `cannot_tell`. With `finish`, a call that has an idempotency key is sent again under it; `finish_until` says until
    when that is safe. A read that fails is an error, and no verdict.
    """
    call = find(store, id)
    connection = context.connection
    if (call.connector, call.base_url) != (connection.connector.name, connection.base_url):
        raise UsageError(f"The call {call.id} was made on {call.base_url}, and {connection.name} is another account.")
    operation = connection.connector.operation(call.operation)
    until = _until(call, operation, connection, context.clock.now())
    finding = _known(call)
    if finish and (finding is None or (call.reconciled and finding.verdict == DID_NOT_HAPPEN)):
        finding = yield from _finish(context, call, operation, until)
    elif finding is None:
        finding = yield from _find_out(context, store, call, operation)
    else:
        return _result(call, finding, until)
    yield store.durable(partial(_keep, call.id, finding.verdict, _told(finding, connection, context.clock.now())))
    return _result(call, finding, until)


def _end(call: Kept) -> float:
    """When it was over, or must have been."""
    return call.at + (LONGEST if call.seconds is None else call.seconds)


def _answers(call: Kept) -> Iterator[dict[str, Any]]:
    """The answers to those of its requests that may have changed something, and succeeded."""
    for one in call.exchanges:
        answer = one.get("response") or {"status": 0}
        if EFFECTS[one["request"]["method"]] != "read" and 200 <= answer["status"] < 300:
            yield answer


def _known(call: Kept) -> Finding | None:
    """What is known of a call without asking."""
    if (told := call.reconciled) and told["verdict"] != CANNOT_TELL:
        return Finding(told["verdict"], told["message"], tuple(told["found"]))
    if call.effect == "read":
        return Finding(DID_NOT_HAPPEN, "It only reads: there is nothing to find out.")
    if call.outcome == "success":
        return Finding(HAPPENED, "It succeeded, as its record says.")
    return Finding(DID_NOT_HAPPEN, "It failed, as its record says.") if call.outcome == "error" else None


def _result(call: Kept, finding: Finding, until: float | None = None) -> dict[str, Any]:
    message = finding.message
    if finding.verdict in (HAPPENED, AS_ASKED) or (call.outcome == "error" and not call.reconciled):
        until = None
    if until:
        message += f" It can be finished safely until {_clock(until)}."
    found = {"call": call.id, "operation": call.operation, "verdict": finding.verdict, "message": message}
    return {**found, "found": list(finding.rows), **({"finish_until": until} if until else {})}


def _told(finding: Finding, connection: Connection, now: float) -> str:
    """A finding as JSON, without what must not be written."""
    told = {"at": now, "verdict": finding.verdict, "message": finding.message, "found": list(finding.rows[:ROWS])}
    text = Mask(of_connection(connection))(without_named(json.dumps(told))[0])
    return text if _json(text) else json.dumps({**told, "found": []})  # a number may be what must not be written


def _keep(id: str, verdict: str, told: str, cursor: Cursor) -> None:
    cursor.execute("UPDATE calls SET reconciled = ? WHERE id = ?", (told, id))
    if outcome := OUTCOMES.get(verdict):
        cursor.execute("UPDATE calls SET outcome = ? WHERE id = ?", (outcome, id))


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


# -- by reading --------------------------------------------------------------------------------------------------------


def _find_out(context: Context, store: Store, call: Kept, operation: Operation) -> Steps:
    """The Finding of the first reading that fits the call."""
    if operation.idempotency and (key := call.input.get(operation.idempotency)):
        for other in _others(store, call, settles=context.clock.now() - _end(call)):
            if (
                other.operation == call.operation
                and other.input.get(operation.idempotency) == key
                and other.outcome == "success"
            ):
                return Finding(HAPPENED, f"It happened: the call {other.id} with the same key had the answer.")
    styles = context.connection.connector.spec.get("pagination", {})
    for reading in readings(operation, styles):
        if isinstance(reading, str):
            return Finding(CANNOT_TELL, reading)
        if reading.fits(call.input):
            return (yield from _by(context, store, call, reading))
    line = next((f"{one['request']['method']} {one['request']['url']}" for one in call.exchanges), call.operation)
    return Finding(CANNOT_TELL, f"Nothing tells. Look for what {line} was to do, at {_clock(call.at)} or soon after.")


def _by(context: Context, store: Store, call: Kept, reading: Reading) -> Steps:
    given, asked = reading.input(call.input), reading.asked(call.input)
    if masked(given) or masked(asked) or not asked:
        return Finding(CANNOT_TELL, "What was asked for is not kept, since it is secret or long. Look for it yourself.")
    clock = context.clock
    settled = _end(call) + reading.settles
    while True:
        finding = yield from _look(context, store, call, reading, given, asked)
        rest = settled - clock.now()
        if finding.verdict != DID_NOT_HAPPEN or rest <= 0:
            return finding
        if rest > context.patience.seconds:
            return Finding(CANNOT_TELL, f"Nothing shows, and it still may. Ask again in {rest:.0f} seconds.")
        yield Wait(rest, "what was sent may still show")


def _look(
    context: Context, store: Store, call: Kept, reading: Reading, given: dict[str, Any], asked: list[Asked]
) -> Steps:
    heard: list[Response] = []
    rows: list[Any] = []
    line = reading.operation.request(given).line
    next_input: dict[str, Any] | None = given
    span = Span(call.at, _end(call))
    for _ in range(PAGES):
        try:
            result = yield from _overheard(calls.call(context, reading.operation, next_input), heard)
        except APIError as error:
            if error.status not in (404, 410):
                raise
            if not reading.gone:
                return Finding(CANNOT_TELL, f"{line} answers {error.status}: what the call was about is not there.")
            break
        span = _span(call, reading, heard[-1], context.clock.now())
        page = reading.rows(result.output)
        rows += page
        next_input = result.next_input
        if next_input is None or (reading.newest_first and _is_past(reading, page, span)):
            break
    else:
        return Finding(CANNOT_TELL, f"{line} has more than can be read. Look there for what the call asked for.")
    others: list[Kept] = []
    if reading.makes:
        others = _others(store, call, reading.settles)
        taken = _of_others(others, reading, asked)
        rows = [row for row in rows if not isinstance(row, dict) or str(row.get("id")) not in taken]
    unknown = [one for one in others if one.outcome in ("sent", "unknown") and one.operation == call.operation]
    alike = [one.at < call.at for one in unknown if reading.asked(one.input) == asked]
    finding = reading.judge(rows, asked, span, before=sum(alike), after=len(alike) - sum(alike))
    if finding.verdict == DID_NOT_HAPPEN and any(_answers(call)):
        finding = Finding(CANNOT_TELL, f"A part of it was done. {finding.message}", finding.rows)
    return Finding(finding.verdict, f"{finding.message} ({line})", finding.rows)


def _overheard(steps: Steps, heard: list[Response]) -> Steps:
    """The same steps; each answer is also noted."""
    try:
        step = next(steps)
        while True:
            try:
                got = yield step
            except Exception as error:
                step = steps.throw(error)
            else:
                heard += [got] if isinstance(got, Response) else []
                step = steps.send(got)
    except StopIteration as stop:
        return stop.value
    finally:
        steps.close()


def _span(call: Kept, reading: Reading, answer: Response, now: float) -> Span:
    """When the call may have been carried out, by the clock of the service as this answer tells it."""
    from email.utils import parsedate_to_datetime

    try:
        ahead = parsedate_to_datetime(answer.header("date") or "").timestamp() - now
        unsure = APART
    except ValueError:
        ahead, unsure = 0.0, UNSURE
    return Span(call.at + ahead - unsure, _end(call) + ahead + unsure + reading.settles)


def _is_past(reading: Reading, page: list[Any], span: Span) -> bool:
    times = [time for row in page if (time := reading.time(row)) is not None]
    return bool(times) and min(times) < span.first


# -- other calls -------------------------------------------------------------------------------------------------------


def _others(store: Store, call: Kept, settles: float) -> list[Kept]:
    """Other writes to the same account that may have been carried out at the same time."""
    first, last = call.at - LONGEST - settles, _end(call) + settles + UNSURE
    return some(store, OTHERS, call.connector, call.base_url, call.id, first, last)


def _of_others(others: list[Kept], reading: Reading, asked: list[Asked]) -> set[str]:
    """The ids of the rows that other calls made, as their answers say."""
    told = [_json(answer["body"]) for one in others for answer in _answers(one)]
    told += [one.reconciled["found"] for one in others if one.reconciled and one.outcome == "success"]
    records = [record for body in told for record in _records(body) if record.get("id") is not None]
    return {str(record["id"]) for record in records if any(len(reading.has(record, one)) == len(one) for one in asked)}


def _json(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return None


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a value."""
    if isinstance(value, dict):
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _records(inside)


# -- by its key --------------------------------------------------------------------------------------------------------


def _until(call: Kept, operation: Operation, connection: Connection, now: float) -> float | None:
    """Until when the service surely knows the key of a call; None where it has none, or no longer."""
    life = connection.connector.spec.get("idempotency")
    if not life or not operation.idempotency or call.input.get(operation.idempotency) is None or masked(call.input):
        return None
    until = float(call.at + life["seconds"] - SAFE)
    return until if until > now else None


def _finish(context: Context, call: Kept, operation: Operation, until: float | None) -> Steps:
    """Send a call again under its key."""
    if until is None:
        why = "It has no idempotency key that the service surely still knows, or was not kept whole."
        raise UsageError(f"The call {call.id} cannot be finished. {why}")
    left = until - context.clock.now()
    patience = replace(context.patience, seconds=min(context.patience.seconds, left))
    heard: list[Response] = []
    result = yield from _overheard(calls.call(replace(context, patience=patience), operation, call.input), heard)
    hit = context.connection.connector.spec["idempotency"].get("hit", {})
    if not hit:
        return Finding(HAPPENED, "It has happened, once.", (result.output,))
    if all(heard[-1].header(name) == value for name, value in hit.items()):
        return Finding(HAPPENED, "It had happened. The service gave its answer again.", (result.output,))
    return Finding(HAPPENED, "It had not happened. Now it has, once.", (result.output,))
