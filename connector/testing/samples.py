"""Samples: an input, the calls it makes, and the output; and the one runner that plays them, sync and async."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from .. import calls, dropdown
from ..catalog import Connector
from ..client import Client
from ..connections import Connection, Wire, connect
from ..errors import ConnectorError, UsageError, nearest
from ..message import Request, Response
from ..operation import Operation
from .finding import Finding

KEYS = {"title", "input", "calls", "output", "error", "options", "search", "all"}
CALL_KEYS = ["request", "headers", "body", "status", "response_headers", "response", "text"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample file of an operation."""

    file: Path
    connector: Connector
    operation: Operation
    data: Mapping[str, Any]

    @property
    def input(self) -> Any:
        """What the operation is run on: in a dropdown's sample, with the text that is searched for."""
        given, search = self.data.get("input", {}), self.data.get("search")
        return dropdown.page_input(self.operation, given, search, None) if search else given

    @property
    def calls(self) -> list[dict[str, Any]]:
        return list(self.data.get("calls", ()))

    def response(self, index: int) -> Response:
        """What the service answers to a call. The published output is the answer where the call gives none."""
        call = self.calls[index]
        headers = dict(call.get("response_headers", {}))
        if "text" in call:
            content = call["text"].encode()
        else:
            content = json.dumps(call.get("response", self.data.get("output"))).encode()
            if not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = "application/json; charset=utf-8"
        return Response(call.get("status", 200), tuple(headers.items()), content)


def load(connector: Connector, file: Path) -> Sample | Finding:
    """A sample file; a Finding where it is not one."""
    try:
        data = json.loads(file.read_bytes())
        operation = connector.operation(file.name.partition(".")[0])
    except ValueError as error:
        return Finding(file, "", f"is not JSON: {error}.")
    except UsageError as error:
        return Finding(file, "", error.message)
    if not isinstance(data, dict):
        return Finding(file, "", "must hold an object.")
    if wrong := data.keys() - KEYS:
        return Finding(file, min(wrong), "is no key of a sample.", f"Known: {', '.join(sorted(KEYS))}.")
    for index, call in enumerate(data.get("calls", ())):
        if wrong := call.keys() - set(CALL_KEYS):
            return Finding(file, f"calls/{index}/{min(wrong)}", "is no key of a call.", nearest(min(wrong), CALL_KEYS))
        if "request" not in call:
            return Finding(file, f"calls/{index}/request", "is missing.", "Say what is sent, such as GET /items/1.")
    if "search" in data and "options" not in data:
        return Finding(file, "search", "is for the choices of a dropdown.", "Say what they are, in options.")
    if ("output" in data) == ("error" in data) and "options" not in data:
        return Finding(file, "", "must hold either an output or an error.")
    return Sample(file, connector, operation, data)


class Player(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that answers the calls of a sample in order, and notes where a request differs."""

    def __init__(self, sample: Sample, base_url: str) -> None:
        self.sample, self.base_url, self.count = sample, base_url, 0
        self.findings: list[Finding] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        index, self.count = self.count, self.count + 1
        host = f"{request.url.scheme}://{request.url.netloc.decode()}"
        target = f"{host}{request.url.raw_path.decode()}".removeprefix(self.base_url)
        if index >= len(self.sample.calls):
            text = f"is not there, and the operation makes a call: {request.method} {target}."
            self.findings.append(Finding(self.sample.file, f"calls/{index}", text))
            raise httpx.ConnectError("no such call in the sample")
        headers = {key.lower(): value for key, value in request.headers.items()}
        sent = Sent(request.method, target, headers, request.read())
        self.findings += [
            Finding(self.sample.file, f"calls/{index}/{place}", message)
            for place, message in differences(self.sample.calls[index], sent)
        ]
        answer = self.sample.response(index)
        return httpx.Response(answer.status, headers=list(answer.headers), stream=httpx.ByteStream(answer.content))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


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


def play(sample: Sample) -> Iterator[Finding]:
    """Everything in which the engine and a sample differ, played sync and then async; what both find is said once."""
    connection = connection_for(sample.connector)
    player = Player(sample, connection.base_url)
    with Client(sample.connector, connection, transport=player, strict=True) as client:
        found = list(_compare(sample, player, lambda: _run(client, sample)))
    player = Player(sample, connection.base_url)

    async def arun() -> Any:
        async with Client(sample.connector, connection, transport=player, strict=True) as client:
            return await _arun(client, sample)

    yield from dict.fromkeys([*found, *_compare(sample, player, lambda: asyncio.run(arun()))])


def _run(client: Client, sample: Sample) -> Any:
    name, given = sample.operation.name, sample.input
    if sample.data.get("all"):
        return list(client.stream(name, given))
    if "options" in sample.data and "output" not in sample.data:
        return client.options(name, given, search=sample.data.get("search"))
    return client.run(name, given)


async def _arun(client: Client, sample: Sample) -> Any:
    name, given = sample.operation.name, sample.input
    if sample.data.get("all"):
        return [row async for row in client.astream(name, given)]
    if "options" in sample.data and "output" not in sample.data:
        return await client.aoptions(name, given, search=sample.data.get("search"))
    return await client.arun(name, given)


def _compare(sample: Sample, player: Player, run: Any) -> Iterator[Finding]:
    data, file = sample.data, sample.file
    try:
        output: Any = run()
        error: dict[str, Any] | None = None
    except ConnectorError as raised:
        output, error = None, raised.as_dict()
    yield from player.findings
    if player.count < len(sample.calls):
        yield Finding(file, f"calls/{player.count}", "was not made.")
    if error is not None:
        wanted = data.get("error")
        if wanted is None:
            yield Finding(file, "output", f"was not given; the call failed: {error['message']}")
        elif not holds(error, wanted):
            yield Finding(file, "error", f"is {json.dumps(error)}, not {json.dumps(wanted)}.")
        return
    if "error" in data:
        yield Finding(file, "error", "did not come; the call succeeded.")
        return
    wanted = data["output"] if "output" in data else data["options"]
    if output != wanted:
        yield Finding(file, "output", f"is {json.dumps(output)[:2000]}, not {json.dumps(wanted)[:2000]}.")
    elif "options" in data and "output" in data:
        yield from _options(sample)


def _options(sample: Sample) -> Iterator[Finding]:
    outcome = trace(sample.operation, sample.input, sample)
    if isinstance(outcome.end, calls.Result):
        found = dropdown.options(sample.operation, sample.input, sample.data.get("search"), outcome.end)
        if found != sample.data["options"]:
            yield Finding(sample.file, "options", f"is {json.dumps(found)}, not {json.dumps(sample.data['options'])}.")


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
    sent: list[Sent] = []
    run: Any = (
        calls.call(connection, operation, given, strict=True) if checked else _unchecked(connection, operation, given)
    )
    try:
        wire = next(run)
        while True:
            sent.append(as_sent(wire, connection.base_url))
            index = len(sent) - 1
            if index >= len(sample.calls):
                return Trace(sent, "more calls than the sample has")
            wire = run.send(sample.response(index))
    except StopIteration as stop:
        return Trace(sent, stop.value)
    except ConnectorError as error:
        return Trace(sent, error.as_dict())
    except Exception as error:  # an unchecked input may break a handler in any way
        return Trace(sent, repr(error))


def _unchecked(connection: Connection, operation: Operation, given: Any) -> Any:
    flow = operation.flow(given)
    request: Request = next(flow)
    while True:
        response = yield connection.wire(request)
        try:
            request = flow.send(response)
        except StopIteration as stop:
            return calls.Result(stop.value, None)
