"""Every way a call can fail, drawn by who can mend it.

    ConnectorError
    ├── DeclarationError     the connector's author: a file that cannot mean what it says; raised at load
    ├── HandlerError         the connector's author: a handler broke while it ran
    ├── UsageError           the caller: an unknown name, an option that does not fit, credentials not given
    ├── InputError           the caller: every problem of the input at once; nothing was sent
    ├── ServiceError         the service, or the way to it
    │   ├── UnreachableError     could not connect, or a read was cut off; nothing was changed
    │   ├── TimeoutError         no answer in time; nothing was changed
    │   ├── APIError             the service answered, and refused
    │   │   ├── AuthError            401 or 403: the credentials, or what they may do
    │   │   └── RateLimitError       429: try again after `retry_after` seconds
    │   └── OutputError          the service answered, with something the operation does not promise
    └── OutcomeUnknown       a write that may have happened: no answer, a broken one, or a 5xx

A call has three outcomes: it returns (success), it raises OutcomeUnknown (unknown), or it raises anything
else here (error: it did not happen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


class ConnectorError(Exception):
    """The root of the tree.

    `code` is stable and meant for machines; `retryable` says whether the same call may succeed later;
    `calls` are the request lines already carried out when a later one of the same operation failed.
    """

    code = "#connector_error"
    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.calls: list[str] = []

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON: kind, code, message, retryable, and what its class adds."""
        found = {"error": type(self).__name__, "code": self.code, "message": self.message}
        return {
            **found,
            "retryable": self.retryable,
            **self._details(),
            **({"calls": self.calls} if self.calls else {}),
        }

    def _details(self) -> dict[str, Any]:
        return {}


class DeclarationError(ConnectorError):
    """A declaration that cannot be loaded: `file`, the `key` inside it, and what would be right."""

    def __init__(self, file: object, key: str, message: str, hint: str = "") -> None:
        place = f"{file}: {key}: " if key else f"{file}: "
        super().__init__(place + message + (f" {hint}" if hint else ""))
        self.file, self.key, self.problem, self.hint = str(file), key, message, hint

    def _details(self) -> dict[str, Any]:
        return {"file": self.file, "key": self.key, "hint": self.hint}


class HandlerError(ConnectorError):
    """A handler raised something of its own, or did not do what a handler does."""


class UsageError(ConnectorError):
    """The caller named something that is not there, or left out what is needed to call at all."""

    code = "#user_input_error"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where (JSON Pointer), which rule, what was given, how to mend it."""

    pointer: str
    rule: str
    type: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.pointer or '(input)'}: {self.message}" + (f" {self.hint}" if self.hint else "")


TOO_DEEP = Problem("", "depth", "object", "is nested too deeply.", "Send a flatter value.")


class InputError(ConnectorError):
    """The input does not fit the operation. Nothing was sent."""

    code = "#user_input_error"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)

    def _details(self) -> dict[str, Any]:
        return {"problems": [asdict(problem) for problem in self.problems]}


class ServiceError(ConnectorError):
    """The service, or the way to it, failed. `request` is the request line, such as `GET /tickets/1`."""

    code = "#api_error"

    def __init__(self, message: str, request: str = "") -> None:
        super().__init__(message)
        self.request = request

    def _details(self) -> dict[str, Any]:
        return {"request": self.request}


class UnreachableError(ServiceError):
    """The connection could not be made, so nothing was sent; or a read had no whole answer."""

    retryable = True


class TimeoutError(ServiceError):
    """A read had no answer in time."""

    code = "#timeout_error"
    retryable = True


class APIError(ServiceError):
    """The service refused. `status`, `headers` and the whole `body` are kept as they came."""

    def __init__(
        self, message: str, request: str, status: int, headers: Sequence[tuple[str, str]] = (), body: object = None
    ) -> None:
        super().__init__(message, request)
        self.status, self.headers, self.body = status, tuple(headers), body
        self.retryable = status in (408, 425, 429) or status >= 500

    def _details(self) -> dict[str, Any]:
        return {"request": self.request, "status": self.status, "body": self.body}


class AuthError(APIError):
    """The service does not accept these credentials, or they may not do this."""


class RateLimitError(APIError):
    """Too many calls. `retry_after` is in seconds, or None where the service does not say."""

    retry_after: float | None = None

    def _details(self) -> dict[str, Any]:
        return {**super()._details(), "retry_after": self.retry_after}


class OutputError(ServiceError):
    """The answer is not what the operation promises: not JSON, or without the part that is its result."""


class OutcomeUnknown(ServiceError):
    """A write was sent and may have happened. It is never repeated blindly.

    `status` and `body` are there when an answer came (a 5xx, or one that could not be read).
    """

    code = "#outcome_unknown"

    def __init__(self, message: str, request: str, status: int | None = None, body: object = None) -> None:
        super().__init__(message, request)
        self.status, self.body = status, body

    def _details(self) -> dict[str, Any]:
        return {"request": self.request, "status": self.status, "body": self.body}


class OutputWarning(UserWarning):
    """A successful answer that does not fit the output schema; the message says where."""


def nearest(name: str, known: Sequence[str]) -> str:
    """A sentence that points from a wrong name to the nearest right one, or lists a few; empty if there are none."""
    from difflib import get_close_matches  # only errors need it

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]}?"
    some = sorted(known)
    return f"Known: {', '.join(some[:8])}{' …' if len(some) > 8 else ''}." if some else ""
