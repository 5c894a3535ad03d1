"""What a call needs beside its input: who asks, how patiently, at what rate, and who keeps the record.

Each part but the connection may be absent: then nothing is tried twice, nothing waits, nothing is kept.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from .clock import SYSTEM, Clock
from .connections import Connection, Wire
from .message import Request, Response
from .operation import Operation
from .retry import ONCE, Patience
from .steps import Steps


class Credentials(Protocol):
    """A connection whose tokens end: gives the one to sign with now."""

    def fresh(self, refused: Connection | None = None) -> Steps:
        """Returns a Connection; takes new tokens first where the old ones end, or where `refused` was answered 401."""
        ...


class Rates(Protocol):
    """What the service says of its limits, for one connection."""

    def wait(self, operation: Operation, request: Request) -> float:
        """Seconds to wait before sending; 0 counts the request as sent."""
        ...

    def heard(self, operation: Operation, request: Request, answer: Response | Exception) -> float | None:
        """Take in what became of a request; where a limit refused it, the seconds until it opens."""
        ...


class Record(Protocol):
    """The record of one call, while it goes on."""

    @property
    def id(self) -> str: ...

    @property
    def kept(self) -> bool:
        """Whether it is there to be read later; else it is only told of while it goes on."""
        ...

    def begin(self, wire: Wire) -> Future[None] | None:
        """Before a write is sent: done when the record is safe on disk; None where it already is."""
        ...

    def sent(self, wire: Wire) -> None: ...

    def answered(self, answer: Response | Exception) -> None: ...

    def end(self, output: Any = None, error: BaseException | None = None) -> Future[None] | None:
        """The call is over. A Future where it was a write: done when that is on disk. Never fails."""
        ...


class Journal(Protocol):
    """Keeps the record of calls."""

    def open(
        self, connection: Connection, operation: Operation, given: dict[str, Any], effect: str
    ) -> Record | None: ...


@dataclass(slots=True)
class Context:
    """The surroundings of the calls of one client."""

    connection: Connection
    patience: Patience = ONCE
    clock: Clock = SYSTEM
    credentials: Credentials | None = None
    rates: Rates | None = None
    journal: Journal | None = None
