"""A call as it is written down: redacted, and bounded in size. Values in, values out."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..connections import Connection, Wire
from ..message import Response
from ..operation import Operation
from ..steps import NoAnswer, NotSent, TooLarge
from ..ways import MASK
from .redact import (
    Mask,
    address_header,
    hides,
    of_connection,
    of_header,
    secret_header,
    without_hidden,
    without_named,
)

LONGEST = 2**20  # bytes of a text that are kept
BINARY = 2**14  # bytes of a body that is no text; of a longer one its digest is kept
FILE = 2**18  # letters of one text in an input
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


@dataclass(slots=True)
class Call:
    """A call, as far as it has come."""

    id: str
    at: float
    connection: Connection
    operation: Operation
    given: dict[str, Any]
    effect: str
    exchanges: list[Exchange]
    outcome: str = "sent"
    seconds: float | None = None
    error: dict[str, Any] | None = None
    hidden: Sequence[Any] = ()  # what its output has where the schema says `writeOnly`


COLUMNS = """
    id at connector operation connection base_url effect outcome seconds attempts code size input exchanges error
""".split()


def row(call: Call) -> tuple[Any, ...]:
    """The COLUMNS of the table `calls`."""
    given, hidden, connection = call.given, list(call.hidden), call.connection
    if hides(call.operation, "input"):
        given, more = without_hidden(given, call.operation.input_schema)
        hidden += more
    secrets, bodies = {*of_connection(connection), *map(str, hidden)}, list[Any]()
    heads = [_head(exchange, secrets, bodies) for exchange in call.exchanges]
    mask, exact = Mask(secrets), {repr(value) for value in hidden}
    said = _dumped(heads)
    if exact or mask.finds(said) or any(isinstance(body, dict) or mask.finds(body or "") for body in bodies):
        said = _dumped([_masked(head, mask) for head in heads])
        bodies = [_finished(body, mask, exact) for body in bodies]
    input = _dumped(given)
    if mask.finds(input) or len(input) > FILE:
        input = _dumped({name: _mapped(value, lambda text: _shortened(mask(text))) for name, value in given.items()})
    error = _dumped(call.error) if call.error else None
    if call.error and error and mask.finds(error):
        error = _dumped({name: _mapped(value, mask) for name, value in call.error.items()})
    kept = _packed(said, bodies)
    size = len(input) + len(kept) + len(error or "") + 200
    code = call.error["code"] if call.error else None
    return (
        call.id, call.at, connection.connector.name, call.operation.name, connection.name, mask(connection.base_url),
        call.effect, call.outcome, call.seconds, len(heads), code, size, input, kept, error,
    )  # fmt: skip


_dumped = json.JSONEncoder(separators=(",", ":"), default=str).encode


def _packed(heads: str, bodies: list[Any]) -> bytes:
    """The exchanges, zipped: JSON in its first line, and after it the bodies that are texts, as they are."""
    texts = [body.encode() if isinstance(body, str) else None for body in bodies]
    lengths = [body if text is None else len(text) for body, text in zip(bodies, texts, strict=True)]
    pack = zlib.compressobj(1)
    parts = (f"[{heads},{_dumped(lengths)}]\n".encode(), *(text for text in texts if text))
    return b"".join([*map(pack.compress, parts), pack.flush()])


def read(exchanges: bytes) -> list[dict[str, Any]]:
    """The exchanges of a row: `{"at", "seconds", "request", "response" or "failure"}` each."""
    line, _, rest = zlib.decompress(exchanges).partition(b"\n")
    found: list[dict[str, Any]]
    found, lengths = json.loads(line)
    bodies, place = [], 0
    for length in lengths:
        whole = isinstance(length, int)
        bodies.append(rest[place : place + length].decode() if whole else length)
        place += length if whole else 0
    for exchange in found:
        for side in exchange.keys() & {"request", "response"}:
            exchange[side]["body"] = bodies[exchange[side]["body"]]
    return found


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text in it changed, names too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(item, change) for item in value]
    return value


def _shortened(text: str) -> str:
    return f"{MASK} {_digest(text.encode('utf-8', 'surrogatepass'))}" if len(text) > FILE else text


def _digest(content: bytes) -> str:
    import hashlib

    return f"{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}"


# -- exchanges -----------------------------------------------------------------------------------------------------


def _head(exchange: Exchange, secrets: set[str], bodies: list[Any]) -> dict[str, Any]:
    """An exchange with the mask where a name says that a secret stands; its bodies are added to `bodies`.

    The secrets that stood there are added to `secrets`.
    """
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
            return {"digest": _digest(content)} if len(content) > BINARY else {"latin-1": content.decode("latin-1")}
        text = head[: error.start].decode()
    text = _named(text, secrets)
    return text if len(content) <= LONGEST else {"text": text, "bytes": len(content)}


def _masked(head: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """An exchange without the secrets of its call."""
    head["request"]["url"] = mask(head["request"]["url"])
    for side in head.keys() & {"request", "response"}:
        head[side]["headers"] = [[name, mask(value)] for name, value in head[side]["headers"]]
    if failure := head.get("failure"):
        failure["message"] = mask(failure["message"])
    return head


def _finished(body: Any, mask: Mask, exact: set[str]) -> Any:
    """A body without the secrets of its call, and without the values of `exact` even where they are short."""
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
