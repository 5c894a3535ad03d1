"""Every way a call can fail, drawn by who can mend it.

    ConnectorError
    ├── DeclarationError     the connector's author: a file that cannot mean what it says; raised at load
    ├── HandlerError         the connector's author: a handler broke while it ran
    ├── UsageError           the caller: an option that does not fit, credentials not given
    │   ├── UnknownNameError     there is nothing of this name
    │   ├── NameTakenError       there is something of this name already
    │   └── StorageError         whoever runs this: the store, the key or the sandbox cannot be read or written
    ├── InputError           the caller: every problem of the input at once; nothing was sent
    ├── ServiceError         the service, or the way to it
    │   ├── UnreachableError     could not connect, or a read was cut off; nothing was changed
    │   ├── TimeoutError         no answer in time; nothing was changed
    │   ├── APIError             the service answered, and refused
    │   │   ├── AuthError            401 or 403: the credentials, or what they may do
    │   │   └── RateLimitError       429: try again after `retry_after` seconds
    │   └── OutputError          the service answered, with something the operation does not promise
    └── OutcomeUnknown       a write that may have happened: no answer, a broken one, a 303, 408 or 5xx

A call has three outcomes: it returns (success), it raises OutcomeUnknown (unknown), or it raises anything
else here (error: it did not happen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


class ConnectorError(Exception):
    """The root of the tree.

    `code` is stable and meant for machines; `mended_by` says who can mend it; `retryable` whether the same call may
    succeed later; `calls` are the request lines already carried out when a later one of the same operation failed;
    `call_id` names the record of the call, where one is kept.
    """

    code = "#connector_error"
    mended_by = "the connector's author"
    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.calls: list[str] = []
        self.call_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON: kind, code, message, retryable, and what its class adds."""
        found = {"error": type(self).__name__, "code": self.code, "message": self.message}
        return {
            **found,
            "retryable": self.retryable,
            "mended_by": self.mended_by,
            **self._details(),
            **({"calls": self.calls} if self.calls else {}),
            **({"call_id": self.call_id} if self.call_id else {}),
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

    mended_by = "the caller"

    code = "#user_input_error"


class UnknownNameError(UsageError):
    """There is no connector, operation, connection or call of this name."""

    code = "#not_found"


class NameTakenError(UsageError):
    """There is one of this name already, and it was not to be replaced."""

    code = "#conflict"


class StorageError(UsageError):
    """What is kept on this machine cannot be read or written; the message names files."""

    mended_by = "whoever runs this"

    code = "#storage_error"


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

    mended_by = "the caller"

    code = "#user_input_error"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)

    def _details(self) -> dict[str, Any]:
        return {"problems": [asdict(problem) for problem in self.problems]}


class ServiceError(ConnectorError):
    """The service, or the way to it, failed.

    `request` is the request line, such as `GET /tickets/1`; `attempts` says how often it was sent; `retry_after` are
    the seconds after which the service asks to come again, `request_id` is the service's name for the exchange, and
    `fields` says what it finds wrong with which field: None and empty where it does not say.
    """

    code = "#api_error"

    def __init__(self, message: str, request: str = "") -> None:
        super().__init__(message)
        self.request = request
        self.attempts = 1
        self.retry_after: float | None = None
        self.request_id: str | None = None
        self.fields: dict[str, str] = {}

    def _details(self) -> dict[str, Any]:
        more = {"retry_after": self.retry_after, "request_id": self.request_id, "fields": self.fields or None}
        said = {name: value for name, value in more.items() if value is not None}
        return {"request": self.request, "attempts": self.attempts, **said}


class UnreachableError(ServiceError):
    """The connection could not be made, so nothing was sent; or a read had no whole answer."""

    mended_by = "the way there"

    retryable = True


class TimeoutError(ServiceError):
    """A read had no answer in time."""

    mended_by = "nobody yet"

    code = "#timeout_error"
    retryable = True


class APIError(ServiceError):
    """The service refused. `status`, `headers` and the whole `body` are kept as they came."""

    mended_by = "the caller"

    def __init__(
        self, message: str, request: str, status: int, headers: Sequence[tuple[str, str]] = (), body: object = None
    ) -> None:
        super().__init__(message, request)
        self.status, self.headers, self.body = status, tuple(headers), body
        self.retryable = status in (408, 425, 429) or status >= 500
        if status >= 500:
            self.mended_by = "the service"

    def _details(self) -> dict[str, Any]:
        return {**super()._details(), "status": self.status, "body": self.body}


class AuthError(APIError):
    """The service does not accept these credentials, or they may not do this."""

    mended_by = "whoever connected the account"


class RateLimitError(APIError):
    """Too many calls: come again after `retry_after` seconds. `attempts` 0 says that it was not even sent."""

    mended_by = "time"

    @property
    def code(self) -> str:  # type: ignore[override]
        """With the seconds, where they are known: `#retry_delay_seconds:30`."""
        return APIError.code if self.retry_after is None else f"#retry_delay_seconds:{self.retry_after:.0f}"


class OutputError(ServiceError):
    """The answer is not what the operation promises: not JSON, or without the part that is its result.

    `status` and `body` are there where there is a whole answer.
    """

    mended_by = "the service, or the connector's author"
    status: int | None = None
    body: object = None

    def _details(self) -> dict[str, Any]:
        return {**super()._details(), "status": self.status, "body": self.body}


class OutcomeUnknown(ServiceError):
    """A write was sent and may have happened. It is never repeated blindly.

    `status` and `body` are there when an answer came (a 5xx, or one that could not be read).
    """

    mended_by = "a person"

    code = "#outcome_unknown"

    def __init__(self, message: str, request: str, status: int | None = None, body: object = None) -> None:
        super().__init__(message, request)
        self.status, self.body = status, body

    def _details(self) -> dict[str, Any]:
        return {**super()._details(), "status": self.status, "body": self.body}


class OutputWarning(UserWarning):
    """A successful answer that does not fit the output schema; the message says where."""


class FieldsWarning(UserWarning):
    """The fields of the account's own cannot be read: what is given for them is not checked before it is sent."""


def nearest(name: str, known: Sequence[str]) -> str:
    """A sentence that points from a wrong name to the nearest right one, or lists a few; empty if there are none."""
    from difflib import get_close_matches  # only errors need it

    close = get_close_matches(name[:100], known, n=1, cutoff=0.6)  # a long one takes long
    if close:
        return f"Did you mean {close[0]}?"
    some = sorted(known)
    return f"Known: {', '.join(some[:8])}{' …' if len(some) > 8 else ''}." if some else ""
