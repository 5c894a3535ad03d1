"""The one runner that plays samples, sync and async."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from ..client import Client
from ..connections import Connection
from ..errors import ConnectorError
from ..retry import Patience
from .clock import HeldClock
from .finding import Finding
from .samples import Sample, Sent, connection_for, differences, holds, trace_choices

AGES = 1e9  # seconds


def as_long_as(more: Callable[[], bool]) -> Patience:
    """Sends again, whenever the table allows it, for as long as there is more to come."""
    return Patience(AGES, chance=lambda: 0.0 if more() else math.inf)


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
        answer = self.sample.response(index)  # or a failure, as the network would have it
        return httpx.Response(answer.status, headers=list(answer.headers), stream=httpx.ByteStream(answer.content))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def play(sample: Sample) -> Iterator[Finding]:
    """Everything in which the engine and a sample differ, played sync and then async; what both find is said once."""
    connection = connection_for(sample.connector)
    player = Player(sample, connection.base_url)
    with _client(player, connection) as client:
        found = list(_compare(sample, player, lambda: _run(client, sample)))
    player = Player(sample, connection.base_url)

    async def arun() -> Any:
        async with _client(player, connection) as client:
            return await _arun(client, sample)

    yield from dict.fromkeys([*found, *_compare(sample, player, lambda: asyncio.run(arun()))])


def _client(player: Player, connection: Connection) -> Client:
    """A client that sends again where the table allows it and the sample has a further call."""
    patience = as_long_as(lambda: player.count < len(player.sample.calls))
    return Client(
        player.sample.connector, connection, transport=player, retry_for=patience, strict=True, record=False,
        clock=HeldClock(),
    )  # fmt: skip


def _run(client: Client, sample: Sample) -> Any:
    name, given, data = sample.operation.name, sample.data.get("input", {}), sample.data
    if data.get("all"):
        return list(client.stream(name, given))
    if "labels" in data:
        return client.labels(name, data["values"], given)
    if "options" in data and "output" not in data:
        return client.options(name, given, search=data.get("search"))
    return client.run(name, sample.input)


async def _arun(client: Client, sample: Sample) -> Any:
    name, given, data = sample.operation.name, sample.data.get("input", {}), sample.data
    if data.get("all"):
        return [row async for row in client.astream(name, given)]
    if "labels" in data:
        return await client.alabels(name, data["values"], given)
    if "options" in data and "output" not in data:
        return await client.aoptions(name, given, search=data.get("search"))
    return await client.arun(name, sample.input)


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
    key = next(key for key in ("output", "labels", "options") if key in data)
    if output != data[key]:
        yield Finding(file, key, f"is {json.dumps(output)[:2000]}, not {json.dumps(data[key])[:2000]}.")
    elif "options" in data and "output" in data:
        yield from _options(sample)


def _options(sample: Sample) -> Iterator[Finding]:
    found = trace_choices(sample.operation, sample).end
    if found != sample.data["options"]:
        yield Finding(sample.file, "options", f"is {json.dumps(found)}, not {json.dumps(sample.data['options'])}.")
