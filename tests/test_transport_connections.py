"""Connections, over real sockets: what was not sent is told from what may have arrived, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import os
import resource
import socket

import pytest

from connector.message import Response
from connector.steps import NoAnswer
from connector.transport import AiohttpCarrier

from .carriers import CARRIERS, NETWORK, OURS, PAUSE, Send, each_carrier, each_of_ours, wire
from .raw_server import RawServer, Reply, answer, chunked, refused_url

OK = b'{"a": 1}'
LARGE = b"x" * 20_000_000


@each_carrier
def test_a_refused_connection_is_not_sent(send: Send) -> None:
    assert send([wire(refused_url(), "POST", content=b"{}")]) == ["NotSent"]


@each_carrier
def test_a_host_without_an_address_is_not_sent(send: Send) -> None:
    assert send([wire("http://nowhere.invalid/", "POST", content=b"{}")]) == ["NotSent"]


@each_carrier
def test_tls_to_a_server_that_speaks_none_is_not_sent(send: Send) -> None:
    with RawServer(Reply(answer())) as server:
        url = server.url.replace("http:", "https:")
        assert send([wire(url, "POST", content=b"{}")]) == ["NotSent"]
    assert [one for one in server.received if one.line.startswith("POST")] == []


@each_carrier
def test_a_connection_that_takes_too_long_is_not_sent(send: Send) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        try:
            assert send([wire(f"http://127.0.0.1:{port}", "POST", content=b"{}")]) == ["NotSent"]
        finally:
            for one in waiting:
                one.close()


@each_carrier
def test_a_connection_reset_at_once_has_no_answer(send: Send) -> None:
    with RawServer(reset_at_once=True) as server:
        (found,) = send([wire(server.url, "POST", content=b"{}")])
    assert found in ("NotSent", "NoAnswer")  # by how far the connection got


@each_carrier
def test_a_connection_is_kept_for_the_next_request(send: Send) -> None:
    with RawServer(Reply(answer(OK)), Reply(chunked(OK)), Reply(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        found = send([wire(server.url), wire(server.url), wire(server.url), wire(server.url)])
    assert all(isinstance(one, Response) for one in found)
    assert [one.connection for one in server.received] == [0, 0, 0, 0]


@each_carrier
def test_a_refusal_keeps_the_connection_too(send: Send) -> None:
    with RawServer(Reply(answer(b"no", status="404 Not Found"))) as server:
        assert [one.status for one in send([wire(server.url)] * 2) if isinstance(one, Response)] == [404, 404]
    assert server.connections == 1


@pytest.mark.parametrize("reply", [Reply(answer(OK, "Connection: close"), "close"), Reply(answer(OK), "close")])
@each_carrier
def test_a_connection_closed_meanwhile_is_made_anew(reply: Reply, send: Send) -> None:
    with RawServer(reply) as server:
        found = send([wire(server.url), wire(server.url, "POST", content=b"{}")])
    assert [one.content if isinstance(one, Response) else one for one in found] == [OK, OK]
    assert [one.connection for one in server.received] == [0, 1]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@each_carrier
def test_a_request_that_may_have_arrived_is_sent_once(method: str, send: Send) -> None:
    with RawServer(Reply(answer(OK)), Reply(b"", "close")) as server:
        found = send([wire(server.url), wire(server.url, method, content=b"{}")])
    assert found[1] == "NoAnswer"
    assert [one.line.split()[0] for one in server.received] == ["GET", method]


@each_of_ours
def test_bytes_after_an_answer_are_not_the_next_answer(send: Send) -> None:
    with RawServer(Reply(answer(b"one") + answer(b"stray")), Reply(answer(b"two"))) as server:
        found = send([wire(server.url), wire(server.url)])
    assert [one.content if isinstance(one, Response) else one for one in found] == [b"one", b"two"]


def test_a_kept_connection_is_judged_in_a_process_with_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with RawServer(Reply(answer(OK))) as server:
            found = OURS["standard"]([wire(server.url), wire(server.url)])
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [one.content for one in found if isinstance(one, Response)] == [OK, OK]
    assert server.connections == 1


@pytest.mark.parametrize("send", [CARRIERS["standard"], CARRIERS["httpx"]])
def test_an_upload_that_nobody_reads_runs_out_of_time(send: Send) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:  # it accepts, and never reads
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert send([wire(url, "POST", content=LARGE)]) == ["NoAnswer in time"]


def test_an_awaited_upload_that_nobody_reads_runs_out_of_time() -> None:
    async def run() -> None:
        carrier = AiohttpCarrier(NETWORK)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            with pytest.raises(NoAnswer) as error:
                await carrier.send(wire(url, "POST", content=LARGE))
            assert error.value.timed_out
        await asyncio.sleep(PAUSE)  # the reset reaches the connection, whose bytes would wait for ever
        await carrier.aclose()

    asyncio.run(run())
