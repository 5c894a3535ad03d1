"""A request and a response as plain values; what operations yield and are sent, whoever carries them."""

from __future__ import annotations

import json as _json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import OutputError


class Absent:
    """The type of ABSENT: no value was given, which is not the same as a null."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    `url` is a path with its query, relative to the connection (`/tickets/1?include=users`), already encoded; an
    absolute one is refused unless the connection allows its host. The body is `json` (any JSON value) or
    `content` (bytes). Any 2xx is an answer; `accept` names further statuses that the flow wants to see instead of
    an error (`range(100, 600)` for all). `limit` is the largest answer taken, in bytes.
    """

    method: str
    url: str
    json: Any = ABSENT
    content: bytes | None = None
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    accept: range | tuple[int, ...] = ()
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.json is not ABSENT and self.content is not None:
            raise ValueError("a request has json or content, not both")

    @property
    def line(self) -> str:
        """`GET /tickets/1`: the method and the path, without the query, which may hold what should not be shown."""
        return f"{self.method} {self.url.partition('?')[0]}"

    def header_pairs(self) -> list[tuple[str, str]]:
        """The headers in order; a name may come twice."""
        return list(self.headers.items() if isinstance(self.headers, Mapping) else self.headers)

    def body(self) -> bytes | None:
        """The bytes that are sent, or None."""
        if self.json is ABSENT:
            return self.content
        text = _json.dumps(self.json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8", "backslashreplace")  # half of a surrogate pair is no UTF-8, but its escape is JSON


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer: status, headers in the order they came, and the whole body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    _parsed: list[Any] = field(default_factory=list, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """The first value of a header, its name compared without regard to case."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), None)

    @property
    def text(self) -> str:
        """The body as text, in the charset that the answer names, else UTF-8; what cannot be decoded is replaced."""
        kind = self.header("content-type") or ""
        charset = kind.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or "utf-8"
        try:
            return self.content.decode(charset, "replace")
        except (LookupError, ValueError):  # no such charset, or one that is not for text
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; an empty body is `{}`. Raises OutputError where it is not JSON."""
        if not self._parsed:
            try:
                self._parsed.append(_parse(self.content) if self.content.strip() else {})
            except (ValueError, RecursionError):
                raise OutputError("The answer is not JSON.") from None
        return self._parsed[0]

    def body(self) -> Any:
        """The body for a reader: JSON where it is JSON, else text, None where it is empty."""
        if not self.content.strip():
            return None
        try:
            return self.json()
        except OutputError:
            return self.text


def _parse(content: bytes) -> Any:
    """JSON as the standard library reads it, in half the time."""
    if len(content) > 4096 or "msgspec" in sys.modules:  # else its import costs a short process more than it saves
        import msgspec

        try:
            return msgspec.json.decode(content)
        except (ValueError, RecursionError):
            pass  # NaN, lone surrogates, great depth: the standard library decides
    return _json.loads(content)
