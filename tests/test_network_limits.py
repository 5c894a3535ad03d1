"""No answer takes more time or memory than the Network gives it, over real sockets, whatever the server does."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import aiohttp
import httpx
import pytest

from connector.errors import UsageError
from connector.httpx_transport import AsyncHttpxCarrier, HttpxCarrier
from connector.message import Response
from connector.network import Network
from connector.steps import NoAnswer, NotSent, TooLarge
from connector.transport import AiohttpCarrier

from .carriers import attempt, each_kind, wire
from .raw_server import RawServer, Reply, answer, chunked

OK = b'{"a": 1}'
GZIP = "Content-Encoding: gzip"

# -- time -----------------------------------------------------------------------------------------------------------

DRIPS = {
    "status line": Reply(b"HTTP/1.1 200 " + b"O" * 99, drip=0.02),
    "headers": Reply(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99, drip=0.02),
    "body": Reply(answer(b"x" * 99), drip=0.02),
    "chunks": Reply(chunked(*[b"x"] * 99), drip=0.02),
    "until the end": Reply(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 99, "close", drip=0.02),
    "hints for ever": Reply(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, drip=0.02),
}


@pytest.mark.parametrize("case", DRIPS)
@each_kind
def test_the_total_time_holds_for_an_answer_that_drips(case: str, kind: str) -> None:
    begun = time.monotonic()
    with RawServer(DRIPS[case]) as server:
        (found,) = attempt(kind, Network(total=0.3), wire(server.url))
    assert isinstance(found, NoAnswer)
    assert (str(found), found.timed_out) == ("not whole within 0.3 seconds", True)
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n", answer(OK)[:-3]])
@each_kind
def test_the_time_of_each_wait_is_told_apart(begun: bytes, kind: str) -> None:
    with RawServer(Reply(begun, "wait")) as server:
        (found,) = attempt(kind, Network(read=0.2), wire(server.url))
    assert isinstance(found, NoAnswer)
    assert (str(found), found.timed_out) == ("no answer within 0.2 seconds", True)


@each_kind
def test_the_total_time_ends_a_wait_too(kind: str) -> None:
    with RawServer(Reply(b"", "wait")) as server:
        (found,) = attempt(kind, Network(total=0.2), wire(server.url))
    assert isinstance(found, NoAnswer)
    assert (str(found), found.timed_out) == ("not whole within 0.2 seconds", True)


@contextmanager
def full() -> Iterator[int]:
    """The port of a listener that takes no further connection, and refuses none."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port: int = listening.getsockname()[1]
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


@each_kind
def test_the_time_for_a_connection_is_told(kind: str) -> None:
    with full() as port:
        (found,) = attempt(kind, Network(connect=0.2), wire(f"http://127.0.0.1:{port}", "POST", content=b"{}"))
    assert isinstance(found, NotSent)
    assert str(found) == "no connection within 0.2 seconds"


def test_an_address_that_says_nothing_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with full() as port, RawServer(Reply(answer(OK))) as server:
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", one)) for one in (port, server.port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        (found,) = attempt("standard", Network(connect=0.6), wire("http://service.invalid/"))
    assert isinstance(found, Response)


def test_a_wait_for_one_of_many_connections_is_not_sent() -> None:
    async def run(url: str) -> None:
        carrier = AiohttpCarrier(Network())
        many = [asyncio.create_task(carrier.send(wire(url))) for _ in range(100)]
        while len(server.received) < 100:
            await asyncio.sleep(0.01)
        assert carrier._session
        carrier._session._timeout = aiohttp.ClientTimeout(total=0.1)
        with pytest.raises(NotSent, match="no connection within"):
            await carrier.send(wire(url))
        await carrier.aclose()
        await asyncio.gather(*many, return_exceptions=True)

    with RawServer(Reply(b"", "wait")) as server:
        asyncio.run(run(server.url))
    assert len(server.received) == 100


def test_a_transport_of_httpx_is_held_to_the_times_too() -> None:
    async def awaited(url: str) -> Response:
        carrier = AsyncHttpxCarrier(httpx.AsyncHTTPTransport(), Network(total=0.3))
        try:
            return await carrier.send(wire(url))
        finally:
            await carrier.aclose()

    with RawServer(DRIPS["body"]) as server:
        carrier = HttpxCarrier(httpx.HTTPTransport(), Network(total=0.3))
        with pytest.raises(NoAnswer, match=r"not whole within 0\.3 seconds") as error, closing(carrier):
            carrier.send(wire(server.url))
        assert error.value.timed_out
        with pytest.raises(NoAnswer, match=r"not whole within 0\.3 seconds") as error:
            asyncio.run(awaited(server.url))
        assert error.value.timed_out


# -- size -----------------------------------------------------------------------------------------------------------

ZEROS = gzip.compress(b"\0" * 10_000_000)

PACKED = {
    "gzip": (gzip.compress(OK), GZIP, OK),
    "x-gzip": (gzip.compress(OK), "Content-Encoding: x-gzip", OK),
    "several members": (gzip.compress(OK) * 3, GZIP, OK * 3),
    "an empty member": (gzip.compress(b"") + gzip.compress(OK), GZIP, OK),
    "filled up with zeros": (gzip.compress(OK) + b"\0" * 512, GZIP, OK),
    "deflate": (zlib.compress(OK), "Content-Encoding: deflate", OK),
    "another packing": (b"\x8b", "Content-Encoding: br", b"\x8b"),
    "gzip in gzip": (gzip.compress(gzip.compress(OK)), GZIP, gzip.compress(OK)),
}


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("case", PACKED)
@each_kind
def test_what_is_packed_is_unpacked_however_it_comes(case: str, piece: int, kind: str) -> None:
    raw, header, whole = PACKED[case]
    pieces = [raw[at : at + piece] for at in range(0, len(raw), piece)]
    with RawServer(Reply(chunked(*pieces, headers=(header,)))) as server:
        (found,) = attempt(kind, Network(), wire(server.url))
    assert isinstance(found, Response)
    assert found.content == whole


BROKEN = {
    "cut off": gzip.compress(OK)[:-9],
    "a member cut off": gzip.compress(OK) * 2 + ZEROS[:99],
    "rubbish after it": gzip.compress(OK) + b"x",
    "rubbish": b"no gzip at all",
}


@pytest.mark.parametrize("case", BROKEN)
@each_kind
def test_what_cannot_be_unpacked_to_its_end_is_no_answer(case: str, kind: str) -> None:
    with RawServer(Reply(answer(BROKEN[case], GZIP))) as server:
        (found,) = attempt(kind, Network(), wire(server.url))
    assert isinstance(found, NoAnswer)
    assert str(found) in ("the answer was cut off", "the answer cannot be unpacked")


BOMBS = {
    "zeros": answer(ZEROS, GZIP),
    "zeros of several members": answer(gzip.compress(b"\0" * 900_000) * 50, GZIP),
    "zeros in chunks": chunked(*[ZEROS[at : at + 99] for at in range(0, len(ZEROS), 99)], headers=(GZIP,)),
    "zeros of deflate": answer(zlib.compress(b"\0" * 10_000_000), "Content-Encoding: deflate"),
    "plain": answer(b"x" * 10_000_000),
    "plain in chunks": chunked(*[b"x" * 100_000] * 100),
    "said to be long": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
}
CAP = 1_000_000


def peak(act: Callable[[], object]) -> int:
    """The most bytes that Python held at once while it acted, beyond those that it held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        act()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("case", BOMBS)
@each_kind
def test_a_bomb_takes_no_more_memory_than_the_cap(case: str, kind: str) -> None:
    found: list[object] = []
    with RawServer(Reply(BOMBS[case])) as server:
        attempt(kind, Network(), wire(server.url, "HEAD"))  # what is imported is no part of the answer
        most = peak(lambda: found.extend(attempt(kind, Network(largest=CAP), wire(server.url))))
    assert [(type(one), one.args) for one in found if isinstance(one, Exception)] == [(TooLarge, (CAP,))]
    assert most < 4 * CAP


ENDLESS = {
    "status line": (Reply(b"HTTP/1.1 200 O" + b"O" * 8192, "repeat", late=(8192, 0)), NoAnswer),
    "header": (Reply(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 8192, "repeat", late=(8192, 0)), NoAnswer),
    "headers": (Reply(b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyyyyyy\r\n" * 512, "repeat", late=(8192, 0)), NoAnswer),
    "chunks": (Reply(chunked(b"x" * 8187, end=b""), "repeat", late=(8195, 0)), TooLarge),
    "until the end": (Reply(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 8192, "repeat", late=(8192, 0)), TooLarge),
}


@pytest.mark.parametrize("case", ENDLESS)
@each_kind
def test_an_answer_without_end_is_ended(case: str, kind: str) -> None:
    reply, verdict = ENDLESS[case]
    found: list[object] = []
    with RawServer(reply) as server:
        most = peak(lambda: found.extend(attempt(kind, Network(total=20, largest=CAP), wire(server.url))))
    assert [type(one) for one in found] == [verdict]
    assert "20 seconds" not in str(found[0])
    assert most < 8 * CAP


@each_kind
def test_a_request_lowers_the_cap_and_does_not_raise_it(kind: str) -> None:
    with RawServer(Reply(answer(b"x" * 100))) as server:
        low, high = wire(server.url, limit=99), wire(server.url, limit=1000)
        verdicts = [attempt(kind, Network(largest=largest), one)[0].args  # type: ignore[union-attr]
                    for largest, one in ((1000, low), (99, high))]  # fmt: skip
    assert verdicts == [(99,), (99,)]


@each_kind
def test_a_length_is_no_body_where_there_is_none(kind: str) -> None:
    with RawServer(Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")) as server:
        (found,) = attempt(kind, Network(largest=10), wire(server.url, "HEAD"))
    assert isinstance(found, Response)
    assert found.content == b""


@pytest.mark.parametrize("lengths", ["8\r\nContent-Length: 9", "+8", "-1", "8_0", "eight"])
@each_kind
def test_a_length_that_is_none_is_no_answer(lengths: str, kind: str) -> None:
    with RawServer(Reply(f"HTTP/1.1 200 OK\r\nContent-Length: {lengths}\r\n\r\n".encode() + OK)) as server:
        (found,) = attempt(kind, Network(), wire(server.url))
    assert isinstance(found, NoAnswer)
    assert str(found) == "the answer is not HTTP"


# -- the value ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["connect", "read", "total", "largest"])
def test_no_time_and_no_size_is_nothing(name: str) -> None:
    with pytest.raises(UsageError, match="more than 0"):
        Network(**{name: 0})  # type: ignore[arg-type]


def test_a_number_of_seconds_is_a_network() -> None:
    assert Network.of(60.0) == Network()
    assert Network.of(2.0) == Network(connect=2.0, read=2.0, total=10.0)
    assert Network.of(Network(read=5.0)) == Network(read=5.0)


def test_a_network_shows_no_password() -> None:
    assert "pa55" not in repr(Network(proxy="http://ann:pa55@proxy.example:3128"))
