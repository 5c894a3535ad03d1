"""Plays an exported call offline: through the engine as it is now, on the answers that were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import calls
from ..catalog import find
from ..connections import Connection, Wire
from ..context import Context
from ..drive import drive
from ..errors import ConnectorError, UsageError
from ..message import Response
from ..steps import NotSent, Steps
from ..testing.clock import HeldClock
from ..testing.finding import Finding
from ..testing.playing import as_long_as
from ..testing.samples import Sample, Sent, as_sent, checked, connection_for, differences, holds


@dataclass(frozen=True, slots=True)
class Played:
    """What a call came to: its output or its error, what was sent, and where that is not what the file says."""

    output: Any
    error: ConnectorError | None
    sent: list[Sent]
    differences: list[tuple[str, str]]


class _Recorded:
    """Carries nothing: gives the recorded answers in their order."""

    def __init__(self, sample: Sample, connection: Connection) -> None:
        self.sample, self.connection = sample, connection
        self.sent: list[Sent] = []
        self.differences: list[tuple[str, str]] = []

    @property
    def more(self) -> bool:
        return len(self.sent) < len(self.sample.calls)

    def send(self, wire: Wire) -> Response:
        index, sent = len(self.sent), as_sent(wire, self.connection.base_url)
        if not self.more:
            self.differences.append((f"calls/{index}", f"is not there, and the call asks for {wire.request.line}."))
            raise NotSent("nothing more was recorded", lasting=True)
        self.sent.append(sent)
        found = differences(self.sample.calls[index], sent)
        self.differences += [(f"calls/{index}/{place}", message) for place, message in found]
        return self.sample.response(index)

    def close(self) -> None:
        """There is nothing to close."""


class _Renewed:
    """Credentials that are as good after a refusal as before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fresh(self, refused: Connection | None = None) -> Steps:
        yield from ()
        return self._connection


def read(file: Path) -> Sample:
    """An exported call; UsageError where the file is none."""
    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is not JSON: {error}.") from None
    if not isinstance(data, dict) or not all(isinstance(data.get(key), str) for key in ("connector", "operation")):
        raise UsageError(
            f"{file} is no exported call: it names no connector and operation. See connector calls export."
        )
    connector = find(data["connector"])
    found = checked(file, connector, connector.operation(data["operation"]), data)
    if isinstance(found, Finding):
        raise UsageError(str(found))
    return found


def play(sample: Sample) -> Played:
    """Run the call on its recorded answers, in no time; sent again as often as it was."""
    connection = connection_for(sample.connector)
    hosts = (urlsplit(call["request"].partition(" ")[2]).hostname for call in sample.calls)
    connection = replace(connection, allowed_hosts=frozenset(host for host in hosts if host))
    carrier, clock = _Recorded(sample, connection), HeldClock(float(sample.data.get("at", 0)))
    credentials = _Renewed(connection) if any(_renewals(sample)) else None
    context = Context(connection, as_long_as(lambda: carrier.more), clock, credentials)
    try:
        result = drive(calls.call(context, sample.operation, sample.input), lambda: carrier, clock)
    except ConnectorError as error:
        played = Played(None, error, carrier.sent, carrier.differences)
    else:
        played = Played(result.output, None, carrier.sent, carrier.differences)
    if carrier.more:
        played.differences.append((f"calls/{len(carrier.sent)}", "was not made."))
    return played


def compare(sample: Sample, played: Played) -> Iterator[tuple[str, str]]:
    """Where what was played is not what the file says."""
    yield from played.differences
    if played.error:
        told = played.error.as_dict()
        if "error" not in sample.data:
            yield "output", f"was not given; the call failed: {played.error.message}"
        elif not holds(told, sample.data["error"]):
            yield "error", f"is {json.dumps(told)}, not {json.dumps(sample.data['error'])}."
    elif "error" in sample.data:
        yield "error", "did not come; the call succeeded."
    elif played.output != sample.data["output"]:
        yield "output", f"is {json.dumps(played.output)[:2000]}, not {json.dumps(sample.data['output'])[:2000]}."


def _renewals(sample: Sample) -> Iterator[bool]:
    """Whether a request that was refused for its credentials was sent again."""
    for refused, after in zip(sample.calls, sample.calls[1:], strict=False):
        yield refused.get("status") == 401 and refused["request"] == after["request"]
