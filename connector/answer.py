"""What http.client and aiohttp leave open about an answer: whether it came whole, and how much it unpacks to."""

from __future__ import annotations

import http.client
import zlib
from typing import Any

from .calls import TooLarge


class WholeHeaders(http.client.HTTPResponse):
    """Refuses two things that http.client takes for an answer: headers that were cut off, and a hint (1xx)."""

    def begin(self) -> None:
        file = self.fp
        self.fp = lines = _Lines(file)  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            self.fp = file
        if lines.last not in (b"\r\n", b"\n") or self.status < 200:
            raise http.client.HTTPException("the answer was cut off")


class _Lines:
    """Reads lines, and keeps the last."""

    def __init__(self, file: Any) -> None:
        self.last, self.close, self._file = b"", file.close, file

    def readline(self, limit: int) -> bytes:
        self.last = self._file.readline(limit)
        return self.last


class Content:
    """The body of an answer, unpacked as it comes; TooLarge where that is more than the limit."""

    def __init__(self, encoding: str | None, limit: int | None) -> None:
        self._unzip = zlib.decompressobj(31) if (encoding or "").lower() == "gzip" else None
        self._parts: list[bytes] = []
        self._limit, self._size = limit, 0

    def add(self, chunk: bytes) -> None:
        if self._unzip:
            chunk = self._unzip.decompress(chunk, 0 if self._limit is None else self._limit + 1)
        self._size += len(chunk)
        if self._limit is not None and self._size > self._limit:
            raise TooLarge
        self._parts.append(chunk)

    def whole(self) -> bytes:
        if self._unzip and self._parts and not self._unzip.eof:
            raise ValueError("the answer was cut off")
        return b"".join(self._parts)
