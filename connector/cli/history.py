"""The commands `calls` and `replay`: the record of calls, for the person at the terminal."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..record import kept
from ..record.journal import recording
from ..store import Store
from . import text


def calls(given: Namespace) -> int:
    """List the calls, or show or export one."""
    store = Store()
    try:
        if given.action == "list":
            return _list(given, store)
        if not given.id:
            raise UsageError(f"Name a call: connector calls {given.action} CALL.")
        found = kept.find(store, given.id)
    finally:
        store.close()
    if given.action == "export":
        from ..catalog import find
        from ..record.export import export

        _print(export(found, find(found.connector)))
    elif given.json:
        _print(kept.as_dict(found))
    else:
        print("\n".join(_shown(found)))
    return 0


def replay(given: Namespace) -> int:
    """Play an exported call; what it comes to is printed as `run` would, and where that differs on stderr."""
    from ..record.replay import compare, play, read

    sample = read(Path(given.file))
    played = play(sample)
    differs = list(compare(sample, played))
    for place, message in differs:
        print(f"Differs: {place} {message}", file=sys.stderr)
    if played.error and not differs:
        raise played.error
    if played.error:
        print(text.error(played.error), file=sys.stderr)
    else:
        _print(played.output)
    return 1 if differs else 0


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _list(given: Namespace, store: Store) -> int:
    if given.last < 1:
        raise UsageError("--last must be 1 or more.")
    wanted = {"connection": given.connection, "operation": given.operation, "outcome": given.outcome}
    found = kept.brief(store, given.last, **wanted)[::-1]  # the newest stands above the prompt
    if given.json:
        _print(found)
    elif found:
        print(text.table([["CALL", "TIME", "CONNECTION", "OPERATION", "OUTCOME", "SECONDS", ""], *map(_row, found)]))
    else:
        print("No calls are recorded." if recording() else "CONNECTOR_RECORD is off: no calls are recorded.")
    return 0


def _row(call: dict[str, Any]) -> list[Any]:
    error = call["error"] or {}
    seconds = "" if call["seconds"] is None else f"{call['seconds']:.2f}"
    said = " ".join(str(error.get("message", "")).split())
    told = call["reconciled"] and f"found out: {call['reconciled']['verdict'].replace('_', ' ')}"
    note = told or (said if len(said) <= 80 else f"{said[:79]}…") or ("no end is recorded" if not seconds else "")
    return [call["id"], _time(call["at"]), call["connection"], call["operation"], call["outcome"], seconds, note]


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M:%S}"


def _shown(call: kept.Kept) -> Iterator[str]:
    """A call for a reader."""
    took = "" if call.seconds is None else f" in {call.seconds:.2f} seconds"
    yield f"{call.operation} of {call.connector} on {call.connection}, {_time(call.at)}"
    yield f"Outcome: {call.ending}{took}, {call.attempts} request{'' if call.attempts == 1 else 's'}"
    if call.outcome == "sent":
        yield "No end is recorded: its program was ended, or is still at it."
    if call.error:
        yield f"Error: {call.error['message']}"
    if call.reconciled:
        yield f"Found out: {call.reconciled['verdict'].replace('_', ' ')}. {call.reconciled['message']}"
    elif call.ending == "unknown":
        yield f"To find out: connector reconcile {call.id}"
    yield f"\nInput:\n{json.dumps(call.input, ensure_ascii=False, indent=2)}"
    for exchange in call.exchanges:
        request, answer = exchange["request"], exchange.get("response")
        yield f"\n> {request['method']} {request['url']}"
        yield from (f"> {name}: {value}" for name, value in request["headers"])
        yield from _lines(request["body"])
        seconds = exchange["seconds"]
        if answer:
            yield f"\n< {answer['status']}  after {seconds:.3f} seconds"
            yield from (f"< {name}: {value}" for name, value in answer["headers"])
            yield from _lines(answer["body"])
        else:
            failure = exchange.get("failure")
            yield f"\n< no answer: {failure['message']}" if failure else "\n< no answer is recorded"


def _lines(body: Any) -> Iterator[str]:
    if body is None:
        return
    body = kept.body(body)
    yield ""
    if isinstance(body, dict) and body.keys() == {"digest"}:
        yield f"({body['digest']})"
    elif isinstance(body, dict) and body.keys() == {"text", "bytes"}:
        yield body["text"]
        yield f"(cut: it has {body['bytes']} bytes)"
    else:
        yield body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
