"""What the headers of an answer say of the service's limits: the families in common use, and a connector's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from math import inf
from typing import NamedTuple, TypeAlias

ACCOUNT = "account"  # the bucket of headers that name none

Headers: TypeAlias = tuple[tuple[str, str], ...]

_GENERAL = re.compile(r"(?:x-)?rate-?limit(?:-(limit|remaining|reset|policy))?", re.IGNORECASE)
_ITEM = re.compile(r'\s*(?:"([^"]*)"|(\d+))?(.*)')
_PAIR = re.compile(r"([a-z]+)\s*=\s*(\d+(?:\.\d+)?)")
_PARTS = {
    "total": "limit", "limit": "limit", "q": "limit",
    "remaining": "remaining", "r": "remaining",
    "resets": "reset", "reset": "reset", "t": "reset",
}  # fmt: skip


class Said(NamedTuple):
    """One limit as an answer says it: `total` requests a window, `remaining` of them, which ends in `resets` seconds.

    None where the answer does not say.
    """

    bucket: str
    total: int | None
    remaining: int
    resets: float | None


class Reader:
    """Reads headers; `own` names a connector's own, `Acme-Limit-*`, each `total=N; remaining=N; resets=S`.

    A connector's own header names a bucket by what stands at the `*`.
    """

    def __init__(self, own: str | None = None) -> None:
        self._own = re.compile(re.escape(own).replace(r"\*", "(.+)"), re.IGNORECASE) if own else None
        # an answer has two dozen headers, the same ones as the answer before it, and mostly the same numbers
        self._place = lru_cache(1024)(self._placed)
        self._numbers = lru_cache(1024)(lambda name, value: tuple(self._numbered(name, value)))

    def read(self, headers: Headers, now: float) -> list[Said]:
        """Every limit that the headers tell of; `now` is the time of day, for a reset that is one."""
        found: dict[str, dict[str, float]] = {}
        for name, value in headers:
            if self._place(name):
                for bucket, part, number in self._numbers(name, value):
                    parts = found.setdefault(bucket, {})
                    parts[part] = min(number, parts.get(part, inf))  # the lowest where several families say it
        return [
            Said(
                bucket, _whole(parts.get("limit")), int(parts["remaining"]), _seconds(parts.get("reset"), headers, now)
            )
            for bucket, parts in found.items()
            if "remaining" in parts and parts.get("limit") != 0
        ]

    def _placed(self, name: str) -> tuple[str, str] | None:
        """The bucket that a header is about, and which part of it: limit, remaining, reset, or all in one."""
        if self._own and (match := self._own.fullmatch(name)):
            return match[1].lower() if match.groups() else ACCOUNT, "all"
        if match := _GENERAL.fullmatch(name):
            return ACCOUNT, (match[1] or "all").lower()
        return None

    def _numbered(self, name: str, value: str) -> Iterator[tuple[str, str, float]]:
        """What a header says, a number each: of which bucket, which part."""
        bucket, place = self._place(name) or ("", "")
        if place in ("all", "policy"):
            for item in value.split(","):
                yield from _item(item, bucket)
        else:
            yield from _number(bucket, place, value.partition(",")[0])


def _item(item: str, bucket: str) -> Iterator[tuple[str, str, float]]:
    """`"default";r=50;t=30`, `limit=100`, `total=100; remaining=50; resets=30`, `700`."""
    if match := _ITEM.fullmatch(item):
        name, number, rest = match.groups()
        if number:
            yield from _number(bucket, "limit", number)
        for word, text in _PAIR.findall(rest.lower()):
            if word in _PARTS:
                yield from _number(name or bucket, _PARTS[word], text)


def _number(bucket: str, part: str, text: str) -> Iterator[tuple[str, str, float]]:
    with suppress(ValueError):
        number = float(text)
        if -inf < number < inf:
            yield bucket, part, max(0.0, number)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _seconds(number: float | None, headers: Iterable[tuple[str, str]], now: float) -> float | None:
    """Seconds until the reset; a large number is a time of day, in seconds or milliseconds since 1970.

    By the service's clock, where the answer is dated: ours may be wrong.
    """
    if number is None or number < 1e9:
        return number
    date = next((value for name, value in headers if name.lower() == "date"), None)
    with suppress(TypeError, ValueError):  # no date, or none that can be read
        now = parsedate_to_datetime(date).timestamp()  # type: ignore[arg-type]
    return max(0.0, (number / 1000 if number > 1e11 else number) - now)
