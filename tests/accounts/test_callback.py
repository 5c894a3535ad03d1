"""The browser comes back to this machine: once, with the right state, and nothing else is taken for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connector import UsageError
from connector.accounts.callback import HOST, PATH, Callback


@pytest.fixture
def callback() -> Iterator[Callback]:
    with Callback() as callback:
        yield callback


def coming(callback: Callback, *queries: str) -> list[Any]:
    """The status of each request of a browser, and what `wait` gave."""
    found: list[Any] = []

    def browse() -> None:
        found.extend(httpx.get(callback.address + query, trust_env=False) for query in queries)

    thread = threading.Thread(target=browse)
    thread.start()
    came = callback.wait("st", 30)
    thread.join()
    return [*found, came]


def test_the_right_answer_is_taken_and_the_person_told(callback: Callback) -> None:
    page, came = coming(callback, "?code=c%20d&state=st")
    assert came == f"{callback.address}?code=c%20d&state=st"
    assert page.status_code == 200
    assert "Go back to the terminal" in page.text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "c%20d" not in page.text


def test_all_else_is_told_off_and_waited_past(callback: Callback) -> None:
    wrong = ["/../favicon.ico", "", "?state=other&code=x", "?code=x", "?state=other&state=st"]
    *pages, page, came = coming(callback, *wrong, "?error=access_denied&state=st")
    assert [page.status_code for page in pages] == [404, 400, 400, 400, 400]
    assert (page.status_code, came.endswith("?error=access_denied&state=st")) == (200, True)


def test_a_browser_that_says_nothing_does_not_hold_it_up(callback: Callback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.accounts.callback._Handler.timeout", 0.05)
    port = int(callback.address.removesuffix(PATH).rpartition(":")[2])
    with socket.create_connection((HOST, port)):
        assert coming(callback, "?state=st&code=x")[0].status_code == 200


def test_nobody_comes(callback: Callback) -> None:
    with pytest.raises(UsageError, match=r"Nobody signed in within 0 seconds\. Begin again; --no-browser"):
        callback.wait("st", 0.05)


def test_two_at_once_have_a_port_each(callback: Callback) -> None:
    with Callback() as other:
        assert callback.address != other.address
        assert all(one.address.startswith(f"http://{HOST}:") for one in (callback, other))
