"""An answer of http.client, held to one thing more: that its headers came whole."""

from __future__ import annotations

import http.client
from typing import Any


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
