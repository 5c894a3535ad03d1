"""The exchanges of a call as they are written down: redacted, and bounded in size. Values in, values out."""

from __future__ import annotations

import json
import sys
import zlib
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..connections import Wire
from ..message import Response
from ..steps import NoAnswer, NotSent, TooLarge
from ..ways import MASK
from .redact import Mask, address_header, of_header, secret_header, without_named

LONGEST = 2**20  # bytes of a text that are kept
BINARY = 2**14  # bytes of a body that is no text; of a longer one its digest is kept
MARGIN = 2**13  # beyond what is kept, so that no secret is cut in half

FAILURES = {NotSent: "not_sent", NoAnswer: "no_answer", TooLarge: "too_large"}


@dataclass(slots=True)
class Exchange:
    """A request that was sent, and what came of it: status, headers and body; or what kept them from coming."""

    wire: Wire
    at: float
    started: float = 0.0
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    failure: Exception | None = None
    seconds: float | None = None  # None while it goes on

    def end(self, answer: Response | Exception, now: float) -> None:
        """What came of it; not the Response itself, which holds its body parsed as well."""
        self.seconds = now - self.started
        if isinstance(answer, Response):
            self.status, self.headers, self.content = answer.status, answer.headers, answer.content
        else:
            self.failure = answer

    @property
    def size(self) -> int:
        """About its bytes."""
        return 500 + len(self.wire.content or b"") + len(self.content)


class Text(NamedTuple):
    """A body as it came: to make bytes of its text again would cost as much as all else."""

    text: str
    content: bytes


def said(exchanges: list[Exchange], secrets: set[str]) -> tuple[list[dict[str, Any]], list[Any]]:
    """The exchanges with the mask where a name says that a secret stands, and their bodies, in two lists.

    The secrets that stood there are added to `secrets`.
    """
    bodies: list[Any] = []
    return [_head(exchange, secrets, bodies) for exchange in exchanges], bodies


def written(heads: list[dict[str, Any]], bodies: list[Any], mask: Mask, exact: set[str]) -> list[bytes]:
    """The same as it is kept: a line of JSON, and after it the bodies that are texts, as they are.

    Without the secrets that the mask knows, and without the values of `exact` even where they are short.
    """
    line = dumped(heads)
    if exact or mask.finds(line) or any(_unfinished(body, mask) for body in bodies):
        line = dumped([_masked(head, mask) for head in heads])
        bodies = [_finished(body, mask, exact) for body in bodies]
    texts = [_bytes(body) for body in bodies]
    lengths = [body if text is None else len(text) for body, text in zip(bodies, texts, strict=True)]
    return [f"[{line},{dumped(lengths)}]\n".encode(), *(text for text in texts if text)]


def read(said: bytes, place: int, length: int) -> list[dict[str, Any]]:
    """The exchanges of a call in its block: `{"at", "seconds", "request", "response" or "failure"}` each."""
    line, _, rest = zlib.decompress(said)[place : place + length].partition(b"\n")
    found: list[dict[str, Any]]
    found, lengths = json.loads(line)
    bodies, begin = [], 0
    for size in lengths:
        whole = isinstance(size, int)
        bodies.append(rest[begin : begin + size].decode() if whole else size)
        begin += size if whole else 0
    for exchange in found:
        for side in exchange.keys() & {"request", "response"}:
            exchange[side]["body"] = bodies[exchange[side]["body"]]
    return found


def dumped(value: Any) -> str:
    """JSON, without a line break."""
    if "msgspec" in sys.modules:  # a process that does not use it would lose more by the import
        import msgspec

        with suppress(ValueError, TypeError, OverflowError, RecursionError):  # the standard library decides
            return msgspec.json.encode(value).decode()
    return _by_the_standard(value)


_by_the_standard = json.JSONEncoder(separators=(",", ":"), default=str).encode


def digest(content: bytes) -> str:
    """What stands for bytes that are not kept."""
    import hashlib

    return f"{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}"


def _head(exchange: Exchange, secrets: set[str], bodies: list[Any]) -> dict[str, Any]:
    wire, failure = exchange.wire, exchange.failure
    request = {
        "method": wire.request.method,
        "url": _named(wire.url, secrets),
        "headers": [[name, _header(name, value, secrets, sent=True)] for name, value in wire.headers],
        "body": len(bodies),
    }
    bodies.append(_body(wire.content, secrets))
    head: dict[str, Any] = {"at": exchange.at, "seconds": exchange.seconds, "request": request}
    if exchange.status:
        head["response"] = {
            "status": exchange.status,
            "headers": [[name, _header(name, value, secrets)] for name, value in exchange.headers],
            "body": len(bodies),
        }
        bodies.append(_body(exchange.content, secrets))
    elif failure:
        kind = next((name for found, name in FAILURES.items() if isinstance(failure, found)), "no_answer")
        head["failure"] = {"kind": kind, "message": str(failure)}
        if getattr(failure, "timed_out", False):
            head["failure"]["timed_out"] = True
    return head


def _named(text: str, secrets: set[str]) -> str:
    masked, found = without_named(text)
    secrets.update(found)
    return masked


def _header(name: str, value: str, secrets: set[str], sent: bool = False) -> str:
    if not secret_header(name):
        return _named(value, secrets) if address_header(name) else value
    if sent or name.lower() == "set-cookie":
        secrets.update(of_header(value))
    kind, _, rest = value.partition(" ")
    return f"{kind} {MASK}" if rest and kind.isalpha() else MASK


def _body(content: bytes | None, secrets: set[str]) -> Any:
    """Text; `{"text", "bytes"}` where it is cut; `{"base64"}` or `{"digest"}` where it is no text; None where empty."""
    if not content:
        return None
    head = content[: LONGEST + MARGIN]
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if len(head) == len(content) or error.start < len(head) - 3:
            return {"digest": digest(content)} if len(content) > BINARY else {"latin-1": content.decode("latin-1")}
        text = head[: error.start].decode()
    masked = _named(text, secrets)
    if len(content) > LONGEST:
        return {"text": masked, "bytes": len(content)}
    return Text(text, content) if masked is text else masked


def _masked(head: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """An exchange without the secrets of its call."""
    head["request"]["url"] = mask(head["request"]["url"])
    for side in head.keys() & {"request", "response"}:
        head[side]["headers"] = [[name, mask(value)] for name, value in head[side]["headers"]]
    if failure := head.get("failure"):
        failure["message"] = mask(failure["message"])
    return head


def _bytes(body: Any) -> bytes | None:
    """A text as it is written; what is no text stands in the line before."""
    if isinstance(body, Text):
        return body.content
    return body.encode() if isinstance(body, str) else None


def _unfinished(body: Any, mask: Mask) -> bool:
    return isinstance(body, dict) or (body is not None and mask.finds(body.text if isinstance(body, Text) else body))


def _finished(body: Any, mask: Mask, exact: set[str]) -> Any:
    """A body without the secrets of its call, and without the values of `exact` even where they are short."""
    body = body.text if isinstance(body, Text) else body
    if isinstance(body, str):
        return mask(_without(body, exact) if exact else body)
    if isinstance(body, dict) and "text" in body:
        return {**body, "text": mask(body["text"])[:LONGEST]}
    if isinstance(body, dict) and "latin-1" in body:
        return {"base64": b64encode(mask(body["latin-1"]).encode("latin-1")).decode()}
    return body


def _without(text: str, exact: set[str]) -> str:
    """A JSON text with the mask in place of these values."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return MASK if repr(value) in exact else value

    return json.dumps(walk(value))
