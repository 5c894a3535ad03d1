"""A recorded call as one file that tells of nobody and plays to the same result: a sample, as tests have them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..catalog import Connector
from ..errors import OutcomeUnknown, UsageError
from ..operation import Operation
from ..testing.finding import Finding
from ..testing.samples import checked, connection_for
from ..ways import MASK
from .kept import Kept
from .replay import Played, play
from .scrub import StandIns, hosts

OWN_HEADERS = {"content-length", "host", "connection", "accept-encoding", "user-agent"}


def export(call: Kept, connector: Connector) -> dict[str, Any]:
    """The file of a call, as JSON; UsageError where it was not kept whole, or ends otherwise when it is played."""
    if "." in call.operation:
        hint = "It is no operation of its own; export the call that it was made for."
        raise UsageError(f"The call {call.id} only read for {call.operation.partition('.')[0]}. {hint}")
    operation = connector.operation(call.operation)
    sample: dict[str, Any] = {
        "title": f"{operation.title}: {call.ending}, {datetime.fromtimestamp(call.at, UTC):%Y-%m-%d}",
        "connector": call.connector,
        "operation": call.operation,
        "at": call.at,
        "input": call.input,
        "calls": [_call(call, operation, exchange) for exchange in call.exchanges],
    }
    if not call.exchanges:
        raise UsageError(f"Nothing was sent in the call {call.id}: there is nothing to play.")
    if f"{MASK} " in json.dumps(call.input) and "bytes, sha256" in json.dumps(call.input):
        raise _not_whole(call, "its input has a text that is too long to be kept")
    sample = StandIns(sample, hosts(call.base_url, connection_for(connector).base_url))(sample)
    return _ended(call, sample, connector, operation)


def _ended(call: Kept, sample: dict[str, Any], connector: Connector, operation: Operation) -> dict[str, Any]:
    """The sample with its output or its error, as it plays."""
    found = checked(Path(f"{call.id}.json"), connector, operation, {**sample, "output": None})
    if isinstance(found, Finding):
        raise UsageError(str(found))
    played = play(found)
    for index, sent in enumerate(played.sent):  # a stand-in may change what is made of it, such as a boundary
        if any(place.startswith(f"calls/{index}/") for place, _ in played.differences):
            one = sample["calls"][index]
            one["request"], one["body"] = f"{sent.method} {sent.target}", _readable(sent.content)
            one["headers"] = {
                name: sent.headers[name.lower()] for name in one["headers"] if name.lower() in sent.headers
            }
    whole = len(played.sent) == len(sample["calls"])
    if not whole or _ending(played) != call.ending:
        message = played.error.message if played.error else "it succeeds"
        raise _not_whole(call, f"played again it ends otherwise ({message})")
    if played.error:
        told = played.error.as_dict()
        return {
            **sample,
            "error": {name: told[name] for name in ("error", "code", "message", "status") if name in told},
        }
    return {**sample, "output": played.output}


def _ending(played: Played) -> str:
    if played.error is None:
        return "success"
    return "unknown" if isinstance(played.error, OutcomeUnknown) else "error"


def _not_whole(call: Kept, why: str) -> UsageError:
    return UsageError(f"The call {call.id} cannot be exported: {why}.")


def _call(call: Kept, operation: Operation, exchange: dict[str, Any]) -> dict[str, Any]:
    """An exchange as a sample has it."""
    request, answer = exchange["request"], exchange.get("response")
    for body in (request["body"], answer and answer["body"]):
        if isinstance(body, dict) and "base64" not in body:
            raise _not_whole(call, f"the body of {request['method']} {request['url']} is too long to be kept whole")
    headers = {
        name: value for name, value in request["headers"] if MASK not in value and name.lower() not in OWN_HEADERS
    }
    done = {
        "request": f"{request['method']} {request['url'].removeprefix(call.base_url)}",
        "headers": headers,
        "body": _parsed(request["body"]),
    }
    if answer is None:
        ended = {"kind": "no_answer", "message": "the program was ended before an answer came"}
        return {**done, "failure": exchange.get("failure", ended)}
    found: dict[str, Any] = {}
    for name, value in answer["headers"]:
        earlier = found.get(name)
        found[name] = value if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), value]
    done |= {"status": answer["status"], "response_headers": found}
    body = answer["body"]
    if isinstance(body, dict):
        return {**done, "base64": body["base64"]}
    parsed = _parsed(body)
    if operation.handler or not isinstance(parsed, dict | list):  # a handler may look at the text
        return {**done, "text": body or ""}
    return {**done, "response": parsed}


def _parsed(body: Any) -> Any:
    """A text as JSON, where it is JSON."""
    try:
        return json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return body


def _readable(content: bytes) -> Any:
    try:
        return _parsed(content.decode()) if content else None
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"base64": b64encode(content).decode()}
