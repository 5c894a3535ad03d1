"""Reads a request: its query as values of the types that the route says, its body as JSON, within bounds."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any
from urllib.parse import parse_qsl

from ..errors import InputError, nearest
from ..schema import Schema
from .problems import Problem
from .route import Route
from .settings import Settings

BOOLEANS = {"true": True, "false": False}


def read_query(route: Route, raw: bytes) -> dict[str, Any]:
    """The query parameters; Problem 400 where one is unknown, comes twice or does not fit."""
    if not raw and not route.asks:
        return {}
    found: dict[str, Any] = {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise Problem(400, "The query is not percent-encoded UTF-8.") from None
    for name, text in pairs:
        if name not in route.query:
            if route.open_query:
                continue
            raise Problem(400, f"There is no query parameter {name!r}. {nearest(name, list(route.query))}".strip())
        if name in found:
            raise Problem(400, f"The query parameter {name} comes twice.")
        found[name] = _typed(route.query[name], text)
    try:
        route.query_validator.check(found)
    except InputError as error:
        raise Problem(400, f"The query does not fit. {error.problems[0]}") from None
    return found


def _typed(schema: Schema, text: str) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return BOOLEANS.get(text, text)
    if kind == "integer" and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) < 19:
        return int(text)
    return text


async def read_body(route: Route, headers: Mapping[bytes, bytes], receive: Any, settings: Settings) -> Any:
    """The JSON of the body, checked by the route's schema; none is {}. Problem 400, 408, 413, 415; InputError."""
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise Problem(415, "The body must not be packed. Leave Content-Encoding out.", headers=UNPACKED)
    content = await _content(headers, receive, settings)
    value = _json(content, headers, settings) if content else {}
    route.body_validator.check(value)
    return value


def _json(content: bytes, headers: Mapping[bytes, bytes], settings: Settings) -> Any:
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json" and not kind.endswith(b"+json"):
        raise Problem(415, "The body must be JSON: Content-Type: application/json.")
    if content.count(b"{") + content.count(b"[") > settings.deepest_body < depth(content):
        raise Problem(400, f"The body is nested deeper than {settings.deepest_body}.")
    try:
        return parse(content)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON.") from None


CLOSE = (("Connection", "close"),)  # what is left of the body is not waited for
UNPACKED = (*CLOSE, ("Accept-Encoding", "identity"))

builtin_timeout = TimeoutError


async def _content(headers: Mapping[bytes, bytes], receive: Any, settings: Settings) -> bytes:
    largest, told = settings.largest_body, headers.get(b"content-length", b"")
    if told.isdigit() and (len(told) > 18 or int(told) > largest):
        raise _too_large(largest)
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(settings.body_seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem(400, "The request was broken off.")
                part, more = message.get("body", b""), message.get("more_body", False)
                parts.append(part)
                size += len(part)
                if size > largest:
                    raise _too_large(largest)
    except builtin_timeout:
        detail = f"The body did not come within {settings.body_seconds:g} seconds."
        raise Problem(408, detail, headers=CLOSE) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(largest: int) -> Problem:
    return Problem(413, f"The body is larger than {largest} bytes.", headers=CLOSE)


def depth(content: bytes) -> int:
    """How deep the arrays and objects of JSON stand in each other. Quick, also where there are many."""
    marks = _STRINGS.sub(b"", content).translate(_STEPS, _BETWEEN)
    return max(accumulate(memoryview(marks).cast("b")), default=0)


_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # possessive: none is looked at twice
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # one in, one out, as signed bytes
_BETWEEN = bytes(set(range(256)) - set(b"[]{}"))


def parse(content: bytes) -> Any:
    """JSON, fast; what the fast reader refuses the standard library decides. ValueError, RecursionError."""
    import msgspec

    try:
        return msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return json.loads(content.decode(), parse_constant=_no_number)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
