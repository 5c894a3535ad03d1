"""The pages of lists that a client has read, for as long as they may be used, and those that are being read now."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import Any

from .choices import Page

LARGEST = 20_000  # choices that are kept at a time; those not asked for the longest go first


class Kept:
    """Pages by what was asked for. For all threads of a process."""

    def __init__(self) -> None:
        self.running: dict[str, Future[Any]] = {}
        self._pages: OrderedDict[str, tuple[float, Page]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: str, now: float) -> Page | None:
        """A page, where it may still be used."""
        with self._lock:
            until, page = self._pages.get(key, (now, None))
            if page is None or now >= until:
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: str, page: Page, until: float) -> None:
        """Keep a page until then."""
        with self._lock:
            self._drop(key)
            self._pages[key] = until, page
            self._size += _size(page)
            while self._size > LARGEST:
                self._drop(next(iter(self._pages)))

    def _drop(self, key: str) -> None:
        if key in self._pages:
            self._size -= _size(self._pages.pop(key)[1])


def _size(page: Page) -> int:
    return len(page.choices) + 1
