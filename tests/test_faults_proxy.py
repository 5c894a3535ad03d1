"""The fault proxy does what its table says, to a client that is nothing but a socket."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from .faults.proxy import HOST
from .faults.service import SANDBOX, Service
from .faults.table import AT_ONCE, FAULTS, NAMED, REFUSE, Fault

KEY = base64.b64encode(f"{SANDBOX['email']}/token:{SANDBOX['api_token']}".encode()).decode()
words = (f"p{number}x" for number in itertools.count())


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


def request(service: Service, word: str, size: int = 0) -> bytes:
    service.mark(word)
    body = json.dumps({"group": {"name": word, "description": "." * size}}).encode()
    lines = [
        "POST /api/v2/groups HTTP/1.1",
        f"Host: {HOST}",
        f"Authorization: Basic {KEY}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def connected(service: Service) -> socket.socket:
    port = int(service.connection.base_url.rpartition(":")[2])
    return socket.create_connection((HOST, port), 0.5)


def received(client: socket.socket) -> bytes:
    """All that comes until the end, or until it takes too long."""
    found, end = b"", time.monotonic() + 0.4
    client.settimeout(0.2)
    try:
        while time.monotonic() < end and (part := client.recv(2**16)):
            found += part
    except TimeoutError:
        pass
    return found


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault is not REFUSE], ids=lambda fault: fault.name)
def test_a_fault_is_taken_or_not_as_it_says(service: Service, fault: Fault) -> None:
    word = next(words)
    service.play([fault])
    with connected(service) as client:
        client.sendall(request(service, word))
        try:
            received(client)
        except ConnectionResetError:
            assert "reset" in fault.name
        else:
            assert "reset" not in fault.name
    (seen,) = service.settled()
    assert (seen.fault, seen.mark, seen.status) == (fault, word, 201 if fault.taken else None)
    assert len(service.writes(word)) == fault.taken


def test_after_its_faults_it_is_faithful_on_the_same_connection(service: Service) -> None:
    service.play([NAMED["422"]])
    with connected(service) as client:
        client.sendall(request(service, next(words)))
        assert client.recv(2**16).startswith(b"HTTP/1.1 422 ")
        word = next(words)
        client.sendall(request(service, word, size=300_000))  # longer than one read
        assert received(client).startswith(b"HTTP/1.1 201 Created\r\n")
    assert len(service.writes(word)) == 1


def test_a_refusal_holds_until_the_client_waits(service: Service) -> None:
    service.play([NAMED["422"], REFUSE, REFUSE, NAMED["409"]])
    with connected(service) as client:
        client.sendall(request(service, next(words)))
        assert received(client).startswith(b"HTTP/1.1 422 ")
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            connected(service)
        service.on()
    with connected(service) as client:
        client.sendall(request(service, next(words)))
        assert received(client).startswith(b"HTTP/1.1 409 ")
    assert [one.fault.name for one in service.settled()] == ["422", "refuse", "refuse", "409"]
    service.on()  # none holds: nothing happens
    connected(service).close()


def test_a_connection_is_reset_before_its_request_is_read(service: Service) -> None:
    service.play([AT_ONCE])
    with connected(service) as client:
        client.sendall(b"P")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_redirect_names_the_request_itself_or_a_host_that_hears_it(service: Service) -> None:
    found = []
    for name in ("redirect-to-self", "redirect-away"):
        service.play([NAMED[name]])
        with connected(service) as client:
            client.sendall(request(service, next(words)))
            found.append(received(client).partition(b"Location: ")[2].partition(b"\r\n")[0].decode())
    assert found[0] == f"{service.connection.base_url}/api/v2/groups"
    host, _, port = found[1].removeprefix("http://").partition("/")[0].partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert service.heard == [b"GET / HTTP/1.1\r\n\r\n"]


def test_a_date_is_five_seconds_away_by_the_clock_that_is_held(service: Service) -> None:
    service.play([NAMED["429-date"]])
    with connected(service) as client:
        client.sendall(request(service, next(words)))
        date = received(client).partition(b"Retry-After: ")[2].partition(b"\r\n")[0].decode()
    assert parsedate_to_datetime(date).timestamp() == service.clock.now() + 5
