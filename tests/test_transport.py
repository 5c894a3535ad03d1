"""What comes back, over real sockets: one table of what servers answer, and the same verdict from each carrier."""

from __future__ import annotations

import asyncio
import gzip
import traceback
from contextlib import closing

import pytest

from connector.connections import Wire
from connector.message import Response
from connector.steps import NoAnswer
from connector.transport import AiohttpCarrier, StandardCarrier

from .carriers import NETWORK, OURS, Send, each_carrier, each_of_ours, wire
from .raw_server import RawServer, Reply, answer, chunked

ZIPPED = gzip.compress(b'{"a": 1}', mtime=0)
OK = b'{"a": 1}'

WHOLE = {
    "plain": (answer(OK), OK),
    "empty": (answer(b""), b""),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "chunked": (chunked(b'{"a"', b": 1}"), OK),
    "gzip": (answer(ZIPPED, "Content-Encoding: gzip"), OK),
    "gzip, in capitals": (answer(ZIPPED, "content-encoding: GZIP"), OK),
    "gzip in chunks": (chunked(ZIPPED[:9], ZIPPED[9:], headers=("Content-Encoding: gzip",)), OK),
    "an empty body said to be gzip": (answer(b"", "Content-Encoding: gzip"), b""),
    "after 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(OK), OK),
    "large": (answer(b"x" * 300_000), b"x" * 300_000),
    "large and gzip": (answer(gzip.compress(b"x" * 300_000), "Content-Encoding: gzip"), b"x" * 300_000),
}


@pytest.mark.parametrize("case", WHOLE)
@each_carrier
def test_a_whole_answer_is_read_whole(case: str, send: Send) -> None:
    raw, expected = WHOLE[case]
    with RawServer(Reply(raw)) as server:
        (found,) = send([wire(server.url)])
    assert isinstance(found, Response)
    assert found.content == expected


@each_carrier
def test_an_answer_that_ends_with_the_connection_is_whole(send: Send) -> None:
    with RawServer(Reply(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK, "close")) as server:
        (found,) = send([wire(server.url)])
    assert isinstance(found, Response)
    assert found.content == OK


BROKEN = {
    "closed without an answer": Reply(b"", "close"),
    "reset after the request": Reply(b"", "reset"),
    "cut in the status line": Reply(b"HTTP/1.1 20", "close"),
    "cut after the status line": Reply(b"HTTP/1.1 200 OK\r\n", "close"),
    "cut in a header": Reply(b"HTTP/1.1 200 OK\r\nContent-Ty", "close"),
    "cut between headers": Reply(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", "close"),
    "cut before the body": Reply(answer(OK)[: -len(OK)], "close"),
    "cut in the body": Reply(answer(OK)[:-1], "close"),
    "reset in the body": Reply(answer(OK)[:-1], "reset"),
    "cut in a chunk": Reply(chunked(OK)[:-10], "close"),
    "cut between chunks": Reply(chunked(OK, end=b""), "close"),
    "broken gzip": Reply(answer(b"no gzip at all", "Content-Encoding: gzip")),
    "not HTTP": Reply(b"220 mail.example ESMTP\r\n", "close"),
}


@pytest.mark.parametrize("case", BROKEN)
@each_carrier
def test_a_broken_answer_is_no_answer(case: str, send: Send) -> None:
    with RawServer(BROKEN[case]) as server:
        assert send([wire(server.url, "POST", content=b"{}")]) == ["NoAnswer"]
    assert len(server.received) == 1


@pytest.mark.parametrize("case", BROKEN)
def test_no_error_tells_the_query(case: str) -> None:
    async def run(asked: Wire) -> None:
        carrier = AiohttpCarrier(NETWORK)
        try:
            await carrier.send(asked)
        finally:
            await carrier.aclose()

    with RawServer(BROKEN[case]) as server:
        asked = wire(f"{server.url}/?code=s3cret")
        with pytest.raises(NoAnswer) as sync, closing(StandardCarrier(NETWORK)) as carrier:
            carrier.send(asked)
        with pytest.raises(NoAnswer) as awaited:
            asyncio.run(run(asked))
    told = [text for error in (sync, awaited) for text in traceback.format_exception(error.value)]
    assert [text for text in told if "s3cret" in text] == []
    assert str(sync.value)
    assert str(awaited.value)


@each_of_ours
def test_gzip_that_is_cut_off_is_no_answer(send: Send) -> None:
    with RawServer(Reply(answer(ZIPPED[:-9], "Content-Encoding: gzip"))) as server:
        assert send([wire(server.url)]) == ["NoAnswer"]


@each_carrier
def test_an_early_hint_is_never_taken_for_the_answer(send: Send) -> None:
    with RawServer(Reply(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(OK))) as server:
        (found,) = send([wire(server.url)])
    assert found == "NoAnswer" or (isinstance(found, Response) and found.content == OK)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n", answer(OK)[:-3]])
@each_carrier
def test_a_slow_answer_runs_out_of_time(begun: bytes, send: Send) -> None:
    with RawServer(Reply(begun, "wait")) as server:
        assert send([wire(server.url)]) == ["NoAnswer in time"]


@pytest.mark.parametrize(("limit", "verdict"), [(7, "TooLarge"), (8, OK), (None, OK)])
@pytest.mark.parametrize("raw", [answer(OK), chunked(OK), answer(ZIPPED, "Content-Encoding: gzip")])
@each_carrier
def test_a_limit_is_of_the_unpacked_bytes(raw: bytes, limit: int | None, verdict: bytes | str, send: Send) -> None:
    with RawServer(Reply(raw)) as server:
        (found,) = send([wire(server.url, limit=limit)])
    assert (found.content if isinstance(found, Response) else found) == verdict


@each_of_ours
def test_a_small_answer_that_unpacks_to_much_stops_at_the_limit(send: Send) -> None:
    with RawServer(Reply(answer(gzip.compress(b"0" * 50_000_000), "Content-Encoding: gzip"))) as server:
        assert send([wire(server.url, limit=1000)]) == ["TooLarge"]


@each_carrier
def test_repeated_headers_are_kept_in_order_and_case(send: Send) -> None:
    raw = answer(OK, "X-One: 1", "Set-Cookie: a=1", "x-one: 2", "Set-Cookie: b=2")
    with RawServer(Reply(raw)) as server:
        (found,) = send([wire(server.url)])
    assert isinstance(found, Response)
    kept = [pair for pair in found.headers if pair[0].lower() in ("x-one", "set-cookie")]
    assert kept == [("X-One", "1"), ("Set-Cookie", "a=1"), ("x-one", "2"), ("Set-Cookie", "b=2")]


@each_carrier
def test_cookies_are_not_kept(send: Send) -> None:
    with RawServer(Reply(answer(OK, "Set-Cookie: session=1; Path=/"))) as server:
        send([wire(server.url), wire(server.url)])
    assert [one.header("cookie") for one in server.received] == [None, None]


@each_carrier
def test_a_redirect_is_an_answer(send: Send) -> None:
    with RawServer(Reply(answer(b"", "Location: /elsewhere", status="302 Found"))) as server:
        (found,) = send([wire(server.url + "/here", "GET", ("Authorization", "secret"))])
    assert isinstance(found, Response)
    assert (found.status, found.header("location")) == (302, "/elsewhere")
    assert [one.line for one in server.received] == ["GET /here HTTP/1.1"]


@each_carrier
def test_the_answer_to_head_has_no_body(send: Send) -> None:
    with RawServer(Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")) as server:
        found = send([wire(server.url, "HEAD"), wire(server.url, "HEAD")])
    assert [(one.status, one.content) for one in found if isinstance(one, Response)] == [(200, b"")] * 2
    assert server.connections == 1


@pytest.mark.parametrize("target", ["/", "/a%2Fb/%2e%2e?x=%5B1%5D&y=a+b&y=", "/?q=caf%C3%A9"])
@each_of_ours
def test_the_target_is_sent_as_it_was_written(target: str, send: Send) -> None:
    with RawServer(Reply(answer())) as server:
        send([wire(server.url + target)])
    assert server.received[0].line == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("method", "content", "lengths"),
    [("GET", None, [None]), ("DELETE", None, [None, "0"]), ("POST", None, ["0"]), ("POST", b"caf\xc3\xa9", ["5"]),
     ("PUT", b"", ["0"]), ("DELETE", b"{}", ["2"]), ("PATCH", b"\x00\xff", ["2"]),
     ("POST", b"x" * 3_000_000, ["3000000"])],
)  # fmt: skip
@each_carrier
def test_the_body_is_sent_with_its_length(method: str, content: bytes | None, lengths: list[str], send: Send) -> None:
    with RawServer(Reply(answer())) as server:
        send([wire(server.url, method, content=content)])
    assert server.received[0].header("content-length") in lengths
    assert server.received[0].body == (content or b"")


@each_of_ours
def test_headers_are_sent_in_order_and_no_others_are_made_up(send: Send) -> None:
    headers = (("Accept", "application/json"), ("X-Two", "a"), ("X-Two", "b"), ("X-Name", "café"))
    with RawServer(Reply(answer())) as server:
        send([wire(server.url, "POST", *headers, content=b"{}")])
    own = {"host", "accept-encoding", "content-length", "connection"}
    assert [pair for pair in server.received[0].headers if pair[0].lower() not in own] == list(headers)


@each_carrier
def test_accept_encoding_is_the_callers_where_it_is_given(send: Send) -> None:
    with RawServer(Reply(answer())) as server:
        send([wire(server.url, "GET", ("Accept-Encoding", "identity"))])
    found = [value for name, value in server.received[0].headers if name.lower() == "accept-encoding"]
    assert found == ["identity"]


@pytest.mark.parametrize("case", WHOLE)
def test_the_two_carriers_give_equal_answers(case: str) -> None:
    with RawServer(Reply(WHOLE[case][0])) as server:
        sync, awaited = (send([wire(server.url)]) for send in OURS.values())
    assert sync == awaited
