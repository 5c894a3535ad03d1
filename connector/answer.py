"""What http.client and aiohttp leave open about an answer: whether it came whole, and how much it unpacks to."""

from __future__ import annotations

import http.client
import zlib
from typing import Any

from .steps import TooLarge


class WholeAnswer(http.client.HTTPResponse):
    """Refuses what http.client takes for an answer: headers cut off, a length that is none. Skips hints (1xx).

    `leftover` says, once all is read, that more came than the answer.
    """

    leftover = False

    def begin(self) -> None:
        if self.headers is not None:
            return
        file = self.fp
        self.fp = lines = _Lines(file)
        try:
            while True:
                super().begin()
                if lines.last not in (b"\r\n", b"\n"):
                    raise http.client.IncompleteRead(b"")
                if self.status >= 200:
                    break
                if self.status == 101:
                    raise http.client.HTTPException
                self.headers = None
        finally:
            if self.fp:
                self.fp = file
        lengths = set(self.headers.get_all("content-length", ()))
        if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
            raise http.client.HTTPException

    def _close_conn(self) -> None:
        file: Any = self.fp
        if hasattr(file, "peek"):
            file.raw.over = True  # it gives what has come, and waits for nothing
            self.leftover = bool(file.peek(1))
        super()._close_conn()  # type: ignore[misc]


class _Lines:
    """Reads lines, and keeps the last."""

    def __init__(self, file: Any) -> None:
        self.last, self.close, self._file = b"", file.close, file

    def readline(self, limit: int) -> bytes:
        self.last = self._file.readline(limit)
        return self.last


STEP = 2**20  # bytes unpacked at once


class Content:
    """The body of an answer, unpacked as it comes; TooLarge where that is more than `limit` bytes."""

    def __init__(self, encoding: str | None, limit: int) -> None:
        packed = (encoding or "").strip().lower() in ("gzip", "x-gzip", "deflate")
        self._unzip: Any = zlib.decompressobj(AUTO) if packed else None
        self._parts: list[bytes] = []
        self._begun, self._limit, self._size = False, limit, 0

    def expect(self, length: int | None) -> None:
        """TooLarge where the length that is announced is too large already."""
        if length is not None and length > self._limit and not self._unzip:
            raise TooLarge(self._limit)

    def add(self, chunk: bytes) -> None:
        """Take in the next bytes; zlib.error where they cannot be unpacked."""
        self._begun = True
        if not self._unzip:
            return self._keep(chunk)
        while chunk:
            if self._unzip.eof:  # another member follows, or zeros that fill up a block
                if not (chunk := chunk.lstrip(b"\0")):
                    return None
                self._unzip = zlib.decompressobj(AUTO)
            self._keep(self._unzip.decompress(chunk, STEP))
            chunk = self._unzip.unused_data or self._unzip.unconsumed_tail
        return None

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise TooLarge(self._limit)
        if part:
            self._parts.append(part)

    def whole(self) -> bytes:
        """All of it; EOFError where it ends before it should."""
        if self._unzip and self._begun and not self._unzip.eof:
            raise EOFError
        return b"".join(self._parts)


AUTO = 47  # to zlib: 32 KiB of window; gzip or zlib, as the bytes say
