"""A head that is too large or too slow is refused, on either parser of HTTP; so are too many, and who does not read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from connector.api.protocol import bounded, uvicorn_options
from connector.api.settings import Settings

from ..serving import served
from .line import ALIVE, PROTOCOLS, Base, Line, opened


@pytest.mark.parametrize("protocol", PROTOCOLS)
class TestHeads:
    def test_a_head_without_an_end(self, protocol: Base) -> None:
        with opened(protocol, head_seconds=0.2) as line:
            slow = line()
            slow.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
            slow.refused(408, "within 0.2 seconds")

    def test_a_head_that_drips(self, protocol: Base) -> None:
        with opened(protocol, head_seconds=0.3) as line:
            slow = line()
            slow.socket.sendall(ALIVE)
            assert slow.answer()[0] == 200
            slow.socket.settimeout(0.02)
            begun, came = time.monotonic(), b""
            slow.socket.sendall(b"GET /healthz HTTP/1.1\r\n")
            while not came and time.monotonic() - begun < 10:
                try:
                    slow.socket.sendall(b"a: b\r\n")
                    came = slow.socket.recv(4096)
                except TimeoutError:
                    continue
            assert came.startswith(b"HTTP/1.1 408")
            assert time.monotonic() - begun >= 0.25

    def test_silence_is_ended_without_a_word(self, protocol: Base) -> None:
        with opened(protocol, head_seconds=0.1) as line:
            assert line().socket.recv(100) == b""

    def test_a_connection_is_kept_for_a_while(self, protocol: Base) -> None:
        with opened(protocol, idle_seconds=0.2, head_seconds=0.1) as line:
            kept = line()
            for _ in range(3):
                kept.socket.sendall(ALIVE)
                assert kept.answer()[0] == 200
            begun = time.monotonic()
            assert kept.closed()
            assert time.monotonic() - begun >= 0.15

    def test_a_head_that_is_too_large(self, protocol: Base) -> None:
        with opened(protocol) as line:
            large = line()
            large.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\na: ")
            with pytest.raises(OSError, match=r"reset|pipe"):
                large.socket.sendall(b"b" * 100_000_000)

    def test_it_is_told_why(self, protocol: Base) -> None:
        with opened(protocol, largest_head=1000) as line:
            large = line()
            large.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\na: " + b"b" * 2000)
            assert large.answer()[0] in (400, 431)  # h11 does not say
            assert large.closed()

    @pytest.mark.parametrize("said", [b"HELLO\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n"])
    def test_what_is_no_http(self, protocol: Base, said: bytes) -> None:
        with opened(protocol) as line:
            other = line()
            other.socket.sendall(said)
            other.refused(400, "no request of HTTP/1.1")

    def test_two_requests_in_one_go(self, protocol: Base) -> None:
        with opened(protocol) as line:
            eager = line()
            eager.socket.sendall(ALIVE + ALIVE.replace(b"healthz", b"readyz"))
            with eager.socket.makefile("rb") as incoming:
                assert incoming.read(4) == b"HTTP"
                text = b""
                while text.count(b'{"status":"ok"}') < 2:
                    text += incoming.read1()


class TestWhoDoesNotRead:
    """Of an answer of 20 MB, which no system keeps for them."""

    @pytest.fixture(params=[True, False], ids=["all in one", "in parts"])
    def large(self, request: pytest.FixtureRequest) -> Iterator[tuple[Line, threading.Event]]:
        """A connection on which there is much to be taken, and whether the server has let go of it."""
        gone = threading.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                for _ in range(1 if request.param else 200):
                    body = b"x" * (20_000_000 if request.param else 100_000)
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                while (await receive())["type"] != "http.disconnect":
                    pass
                gone.set()

        settings = Settings(taking_seconds=0.2)
        protocol = bounded(HttpToolsProtocol, settings)
        with served(app, **uvicorn_options(settings) | {"http": protocol, "lifespan": "off"}) as url:
            line = Line(url, "")
            line.socket.sendall(ALIVE)
            yield line, gone
            line.socket.close()

    def test_they_are_let_go(self, large: tuple[Line, threading.Event]) -> None:
        line, gone = large
        assert gone.wait(10)
        assert not line.closed()  # what was on its way comes still

    def test_who_is_only_slow_gets_it_all(self, large: tuple[Line, threading.Event]) -> None:
        line, gone = large
        size = 0
        while size < 20_000_000:
            got = line.socket.recv(200_000)
            assert got
            size += len(got)
            time.sleep(0.001)
        assert not gone.is_set()


@pytest.mark.parametrize("protocol", PROTOCOLS)
class TestCrowds:
    def test_one_too_many_is_told_to_come_again(self, protocol: Base) -> None:
        with opened(protocol, most_connections=1) as line:
            first, second = line(), line()
            first.socket.sendall(ALIVE[:-2])
            second.socket.sendall(ALIVE)
            assert second.refused(503, "as many connections as it takes")["retry-after"] == "1"
            first.socket.sendall(b"\r\n")
            assert first.answer()[0] == 200

    def test_an_idle_connection_makes_room(self, protocol: Base) -> None:
        with opened(protocol, most_connections=1) as line:
            first = line()
            first.socket.sendall(ALIVE)
            assert first.answer()[0] == 200
            second = line()
            second.socket.sendall(ALIVE)
            assert second.answer()[0] == 200
            assert first.closed()
