"""Samples: an input, the calls it makes, and the output; and how they are compared with what the engine does."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from .. import calls
from ..catalog import Connector
from ..clock import SYSTEM
from ..connections import Connection, Wire, connect
from ..context import Context
from ..drive import drive
from ..dropdown.kept import Kept
from ..dropdown.lists import Dropdowns
from ..errors import ConnectorError, UsageError, nearest
from ..message import Request, Response
from ..operation import Operation
from ..steps import NoAnswer, NotSent, TooLarge
from .finding import Finding

KEYS = {*"title input calls output error options search values labels all connector operation at".split()}
CALL_KEYS = ["request", "headers", "body", "status", "response_headers", "response", "text", "base64", "failure"]
FAILURES = {"not_sent": NotSent, "no_answer": NoAnswer, "too_large": TooLarge}


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample file of an operation."""

    file: Path
    connector: Connector
    operation: Operation
    data: Mapping[str, Any]

    @property
    def input(self) -> Any:
        """What the operation is run on; the text that is searched for is an input too, where the dropdown has one."""
        given, by = self.data.get("input", {}), (self.operation.options or {}).get("search")
        return {**given, by: self.data["search"]} if "search" in self.data and isinstance(by, str) else given

    @property
    def calls(self) -> list[dict[str, Any]]:
        return list(self.data.get("calls", ()))

    def response(self, index: int) -> Response:
        """What the service answers to a call. The published output is the answer where the call gives none.

        Raises NotSent, NoAnswer or TooLarge where the call says that there was a `failure`.
        """
        call = self.calls[index]
        if failure := call.get("failure"):
            error: Exception = FAILURES[failure["kind"]](failure.get("message", failure["kind"]))
            if failure.get("timed_out"):
                error = NoAnswer(str(error), timed_out=True)
            raise error
        given = call.get("response_headers", {}).items()
        headers = [(name, one) for name, value in given for one in (value if isinstance(value, list) else [value])]
        if "text" in call or "base64" in call:
            content = call["text"].encode() if "text" in call else base64.b64decode(call["base64"])
        else:
            content = json.dumps(call.get("response", self.data.get("output"))).encode()
            if not any(name.lower() == "content-type" for name, _ in headers):
                headers.append(("Content-Type", "application/json; charset=utf-8"))
        return Response(call.get("status", 200), tuple(headers), content)


def load(connector: Connector, file: Path) -> Sample | Finding:
    """A sample file; a Finding where it is not one."""
    try:
        data = json.loads(file.read_bytes())
        operation = connector.operation(file.name.partition(".")[0])
    except ValueError as error:
        return Finding(file, "", f"is not JSON: {error}.")
    except UsageError as error:
        return Finding(file, "", error.message)
    return checked(file, connector, operation, data)


def checked(file: Path, connector: Connector, operation: Operation, data: Any) -> Sample | Finding:
    """The sample that a parsed file holds; a Finding where it holds none."""
    if not isinstance(data, dict):
        return Finding(file, "", "must hold an object.")
    if wrong := data.keys() - KEYS:
        return Finding(file, min(wrong), "is no key of a sample.", f"Known: {', '.join(sorted(KEYS))}.")
    for index, call in enumerate(data.get("calls", ())):
        if wrong := call.keys() - set(CALL_KEYS):
            return Finding(file, f"calls/{index}/{min(wrong)}", "is no key of a call.", nearest(min(wrong), CALL_KEYS))
        if call.get("failure", {"kind": "no_answer"}).get("kind") not in FAILURES:
            return Finding(file, f"calls/{index}/failure", "is of no kind.", f"Known: {', '.join(FAILURES)}.")
        if "request" not in call:
            return Finding(file, f"calls/{index}/request", "is missing.", "Say what is sent, such as GET /items/1.")
    if "search" in data and "options" not in data:
        return Finding(file, "search", "is for the choices of a dropdown.", "Say what they are, in options.")
    if ("values" in data) != ("labels" in data):
        return Finding(file, "values", "and labels belong together.", "Say what the labels of the values are.")
    if ("output" in data) == ("error" in data) and not data.keys() & {"options", "labels"}:
        return Finding(file, "", "must hold either an output or an error.")
    return Sample(file, connector, operation, data)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes


def as_sent(wire: Wire, base_url: str) -> Sent:
    """A signed request in the form that samples are compared in."""
    headers: dict[str, str] = {}
    for name, value in wire.headers:
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    return Sent(wire.request.method, wire.url.removeprefix(base_url), headers, wire.content or b"")


def differences(call: Mapping[str, Any], sent: Sent) -> Iterator[tuple[str, str]]:
    """Where a request differs from the one that a sample pins. Query parameters may come in any order."""
    method, _, target = call["request"].partition(" ")
    path, _, query = target.partition("?")
    sent_path, _, sent_query = sent.target.partition("?")
    if method != sent.method or path != sent_path:
        yield "request", f"is {sent.method} {sent_path}, not {method} {path}."
    if sorted(parse_qsl(query, True)) != sorted(parse_qsl(sent_query, True)):
        yield "request", f"has the query {sent_query or '(none)'}, not {query or '(none)'}."
    for name, value in call.get("headers", {}).items():
        if sent.headers.get(name.lower()) != value:
            yield f"headers/{name}", f"is {sent.headers.get(name.lower())!r}, not {value!r}."
    if (body := _readable(sent.content)) != call.get("body"):
        yield "body", f"is {json.dumps(body)}, not {json.dumps(call.get('body'))}."


def _readable(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        pass
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def connection_for(connector: Connector) -> Connection:
    """A connection to play samples on: the sandbox's where there is one, else one of made-up values."""
    try:
        return connect(connector, "sandbox")
    except UsageError:
        values = dict.fromkeys(connector.spec["connection"].get("properties", {}), "sample")
        return Connection("sample", connector, "https://sample.example", values)


def holds(found: Any, wanted: Any) -> bool:
    """Whether `found` holds all that `wanted` says: objects may hold more, lists may not."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and holds(found[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(found, list | tuple) and len(found) == len(wanted) and all(map(holds, found, wanted))
    return bool(found == wanted)


@dataclass(frozen=True, slots=True)
class Trace:
    """What an operation did on an input, without a network: the requests, and the Result or the error at the end."""

    sent: list[Sent]
    end: Any


def trace(operation: Operation, given: Any, sample: Sample, *, checked: bool = True) -> Trace:
    """Run an operation on the answers of a sample. Without `checked`, the input is not validated first."""
    connection = connection_for(sample.connector)
    if checked:
        return _traced(calls.call(Context(connection), operation, given, strict=True), sample, connection)
    return _traced(_unchecked(connection, operation, given), sample, connection)


def trace_choices(operation: Operation, sample: Sample) -> Trace:
    """What a sample says of a dropdown: its choices, or the labels of stored values, on the answers of the sample."""
    data, connection = sample.data, connection_for(sample.connector)
    lists = Dropdowns(sample.connector, Context(connection), Kept(), strict=True)
    given = data.get("input", {})
    if "labels" in data:
        return _traced(lists.stored(operation, given, data["values"]), sample, connection)
    return _traced(lists.choices(operation, given, search=data.get("search")), sample, connection)


def _traced(steps: Any, sample: Sample, connection: Connection) -> Trace:
    player = _Player(sample, connection)
    try:
        return Trace(player.sent, drive(steps, lambda: player, SYSTEM))
    except ConnectorError as error:
        return Trace(player.sent, error.as_dict())
    except Exception as error:  # an unchecked input may break a handler in any way
        return Trace(player.sent, repr(error))


class _Player:
    """A Carrier of the answers of a sample; `sent` is what it was given to send."""

    def __init__(self, sample: Sample, connection: Connection) -> None:
        self.sent: list[Sent] = []
        self._sample, self._connection = sample, connection

    def send(self, wire: Wire) -> Response:
        self.sent.append(as_sent(wire, self._connection.base_url))
        return self._sample.response(len(self.sent) - 1)  # IndexError: more calls than the sample has

    def close(self) -> None:
        """There is nothing to close."""


def _unchecked(connection: Connection, operation: Operation, given: Any) -> Any:
    flow = operation.flow(given)
    request: Request = next(flow)
    while True:
        response = yield connection.wire(request)
        try:
            request = flow.send(response)
        except StopIteration as stop:
            return calls.Result(stop.value, None)
