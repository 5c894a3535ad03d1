"""Every fault, in one table: whether the service took the request, what the client is sent, how the connection ends."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

CAP = 2**18  # bytes: the largest answer that the client of these tests takes
PACE = 0.03  # seconds between the bytes of a drip
SELF, AWAY, SOON = "{self}", "{away}", "{soon}"  # the request's own URL, a host that must hear nothing, a date to come


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: the status line, the headers, the body."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def head(self) -> bytes:
        lines = [self.line, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the client is sent, `pace` seconds between the parts; `wait` says no more until the client goes."""

    parts: Iterable[bytes] = ()
    then: Literal["keep", "close", "reset", "wait"] = "keep"
    pace: float = 0.0


Breaks: TypeAlias = Callable[[Answer], Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `taken`: the service carried the request out first, and `breaks` is given its answer.

    `doubt`: whoever sees it cannot know whether the request was carried out. `again`: what may be sent again, is.
    """

    name: str
    taken: bool
    doubt: bool
    again: bool
    breaks: Breaks


def _whole(answer: Answer) -> Reply:
    return Reply((answer.head + answer.body,))


def nothing(then: Literal["close", "reset", "wait"]) -> Breaks:
    """No byte of an answer."""
    return lambda _: Reply(then=then)


def says(status: str, body: bytes = b"{}", *more: tuple[str, str], kind: str = "application/json") -> Breaks:
    """An answer of the proxy's own, whole."""
    headers = (("Content-Type", kind), *more, ("Content-Length", str(len(body))))
    return lambda _: _whole(Answer(f"HTTP/1.1 {status}", headers, body))


def body(change: Callable[[bytes], bytes], **headers: str) -> Breaks:
    """The service's answer with another body of the right length, and other headers (`content_type="text/html"`)."""

    def breaks(answer: Answer) -> Reply:
        new = change(answer.body)
        line = "HTTP/1.1 200 OK" if " 204 " in answer.line else answer.line
        return _whole(_with(Answer(line, answer.headers, new), content_length=str(len(new)), **headers))

    return breaks


def limit(remaining: int, reset: int) -> dict[str, str]:
    """The headers of a rate limit: how many requests remain until it opens again in so many seconds."""
    return {"RateLimit-Limit": "700", "RateLimit-Remaining": str(remaining), "RateLimit-Reset": str(reset)}


def chunks(parts: Callable[[bytes], Iterable[bytes]], then: Literal["keep", "close"] = "close") -> Breaks:
    """The service's answer in chunks; without an empty one at the end it is cut off."""

    def breaks(answer: Answer) -> Reply:
        new = _with(Answer("HTTP/1.1 200 OK", answer.headers, b""), content_length="", transfer_encoding="chunked")
        return Reply((piece for group in ([new.head], map(_chunk, parts(answer.body))) for piece in group), then)

    return breaks


def raw(change: Callable[[bytes, bytes], bytes], then: Literal["keep", "close", "reset", "wait"] = "close") -> Breaks:
    """The bytes of head and body, changed at will."""
    return lambda answer: Reply((change(answer.head, answer.body),), then)


def drip(answer: Answer) -> Reply:
    """One byte at a time: each in time, the whole never."""
    return Reply((bytes((byte,)) for byte in (answer.head + answer.body)), "wait", PACE)


def _with(answer: Answer, **headers: str) -> Answer:
    given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    kept = [(name, value) for name, value in answer.headers if name.lower() not in given]
    return Answer(answer.line, (*kept, *((name, value) for name, value in given.items() if value)), answer.body)


def _chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def _endless(_: bytes) -> Iterator[bytes]:
    return (b" " * 65536 for _ in range(64 * CAP // 65536))


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2] or b"{"


BOMB = gzip.compress(gzip.compress(bytes(40 * CAP)) + bytes(40 * CAP))
HTML = b"<html><body>Welcome to the hotel. Log in to go on.</body></html>"
OTHER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"stale": "body"}'
HINT = b"HTTP/1.1 100 Continue\r\n\r\n"
BUSY = b'{"error": "Too many requests"}'

#     name                taken  doubt  again  what the client sees
FAULTS = tuple(Fault(*row) for row in (
    ("ok",                True,  False, False, _whole),  # none
    ("refuse",            False, False, True,  nothing("close")),  # nothing listens
    ("reset-at-once",     False, True,  True,  nothing("reset")),  # before the request is read
    ("reset",             False, True,  True,  nothing("reset")),
    ("reset-after",       True,  True,  True,  nothing("reset")),
    ("close",             False, True,  True,  nothing("close")),
    ("close-after",       True,  True,  True,  nothing("close")),
    ("silent",            False, True,  True,  nothing("wait")),
    ("silent-after",      True,  True,  True,  nothing("wait")),
    ("drip",              True,  True,  True,  drip),
    ("stall-in-body",     True,  True,  True,  raw(lambda head, body: head + _half(body), "wait")),
    ("head-cut",          True,  True,  True,  raw(lambda head, _: _half(head))),
    ("head-reset",        True,  True,  True,  raw(lambda head, _: _half(head), "reset")),
    ("body-cut",          True,  True,  True,  raw(lambda head, body: head.replace(b" 204 ", b" 200 ") + _half(body))),
    ("chunk-cut",         True,  True,  True,  chunks(lambda body: [_half(body)])),
    ("json-cut",          True,  True,  False, body(_half)),
    ("html",              False, True,  False, says("200 OK", HTML, kind="text/html")),
    ("html-after",        True,  True,  False, body(lambda _: HTML, content_type="text/html")),
    ("wrong-type",        True,  True,  False, body(lambda body: body, content_type="image/png")),
    ("no-type",           True,  True,  False, body(lambda body: body, content_type="")),
    ("limit-near",        True,  True,  False, body(lambda body: body, **limit(0, 5))),
    ("limit-far",         True,  True,  False, body(lambda body: body, **limit(0, 3600))),
    ("empty",             True,  True,  False, body(lambda _: b"")),
    ("no-content",        True,  True,  False, says("204 No Content", b"")),
    ("bad-utf-8",         True,  True,  False, body(lambda body: b'{"name": "\xff\xfe"}')),
    ("endless",           True,  True,  False, chunks(_endless)),
    ("gigantic",          True,  True,  False, raw(lambda head, _: _sized(head, 2**40), "wait")),
    ("bomb",              True,  True,  False, body(lambda _: BOMB, content_encoding="gzip")),
    ("gzip-cut",          True,  True,  True,  body(lambda body: gzip.compress(body)[:-9], content_encoding="gzip")),
    ("gzip-lie",          True,  True,  False, body(lambda body: body, content_encoding="gzip")),
    ("two-lengths",       True,  True,  False, raw(lambda head, body: _sized(head, 9, last=False) + body, "keep")),
    ("bad-header",        True,  True,  False, raw(lambda head, body: head[:-2] + b"\0\xff no colon\r\n\r\n" + body)),
    ("bad-status",        True,  True,  False, raw(lambda head, body: b"HTTP/9.9 lots OK\r\n" + body)),
    ("hint",              False, True,  True,  raw(lambda *_: HINT)),
    ("hint-after",        True,  True,  True,  raw(lambda *_: HINT)),
    ("hint-and-answer",   True,  True,  False, raw(lambda head, body: HINT + head + body, "keep")),
    ("leftover",          True,  True,  False, raw(lambda head, body: head + body + OTHER, "keep")),
    ("500",               False, True,  True,  says("500 Internal Server Error")),
    ("500-after",         True,  True,  True,  says("500 Internal Server Error")),
    ("502",               False, True,  True,  says("502 Bad Gateway", HTML, kind="text/html")),
    ("502-after",         True,  True,  True,  says("502 Bad Gateway", HTML, kind="text/html")),
    ("503",               False, True,  True,  says("503 Service Unavailable", b"", ("Retry-After", "2"))),
    ("503-after",         True,  True,  True,  says("503 Service Unavailable", b"", ("Retry-After", "2"))),
    ("504",               False, True,  True,  says("504 Gateway Timeout", b"{", kind="text/plain")),
    ("504-after",         True,  True,  True,  says("504 Gateway Timeout", b"{", kind="text/plain")),
    ("500-limit-far",     True,  True,  False, says("500 Internal Server Error", b"{}", *limit(0, 3600).items())),
    ("408",               False, True,  True,  says("408 Request Timeout", b"", ("Connection", "close"))),
    ("425",               False, False, True,  says("425 Too Early")),
    ("429",               False, False, True,  says("429 Too Many Requests", BUSY)),
    ("429-seconds",       False, False, True,  says("429 Too Many Requests", BUSY, ("Retry-After", "7"))),
    ("429-date",          False, False, True,  says("429 Too Many Requests", BUSY, ("Retry-After", SOON))),
    ("429-hour",          False, False, False, says("429 Too Many Requests", BUSY, ("Retry-After", "3600"))),
    ("429-nonsense",      False, False, True,  says("429 Too Many Requests", BUSY, ("Retry-After", "soon"))),
    ("401",               False, False, False, says("401 Unauthorized", b'{"error": "Couldn\'t authenticate you"}')),
    ("404",               False, False, False, says("404 Not Found", b'{"error": "RecordNotFound"}')),
    ("409",               False, False, False, says("409 Conflict", b"collision", kind="text/plain")),
    ("422",               False, False, False, says("422 Unprocessable Content", b'{"error": "RecordInvalid"}')),
    ("see-other",         True,  True,  False, says("303 See Other", b"", ("Location", SELF))),
    ("redirect-to-self",  False, False, False, says("307 Temporary Redirect", b"", ("Location", SELF))),
    ("redirect-away",     False, False, False, says("302 Found", b"", ("Location", AWAY))),
    ("redirect-for-good", False, False, False, says("308 Permanent Redirect", b"", ("Location", AWAY))),
))  # fmt: skip

NAMED = {fault.name: fault for fault in FAULTS}
FAITHFUL, REFUSE, AT_ONCE = NAMED["ok"], NAMED["refuse"], NAMED["reset-at-once"]


def _sized(head: bytes, length: int, *, last: bool = True) -> bytes:
    """The head with another Content-Length; with `last` false, beside the one that it has."""
    lines = [line for line in head.split(b"\r\n") if not (last and line.lower().startswith(b"content-length"))]
    return b"\r\n".join([lines[0], b"Content-Length: %d" % length, *lines[1:]])
