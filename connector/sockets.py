"""Opens the connections of the sync carrier, by a proxy and under TLS where asked, and ends every wait in time."""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import time
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult

from .answer import WholeAnswer
from .network import PORTS, Network, Proxy, bracketed, not_sent, reason, refused_by
from .steps import NotSent

SLICE = 2**18  # bytes that are sent at once


def idle(sock: Any) -> bool:
    """Whether nothing has come on a kept connection: neither bytes nor the end."""
    if getattr(sock, "pending", int)():  # under TLS
        return False
    if not hasattr(select, "poll"):  # Windows, whose select takes any descriptor
        return not select.select([sock], [], [], 0)[0]
    watch = select.poll()
    watch.register(sock, select.POLLIN)
    return not watch.poll(0)


class Timed:
    """A socket, as http.client uses one: each wait ends after `read` seconds, and all of them at the deadline."""

    def __init__(self, sock: socket.socket, network: Network, deadline: float) -> None:
        self._sock, self._network, self.deadline = sock, network, deadline

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.timely(self._sock.send, view[:SLICE]) :]

    def timely(self, act: Any, data: Any) -> int:
        read, left = self._network.read, self.deadline - time.monotonic()
        if left > 0:
            self._sock.settimeout(min(read, left))
            try:
                return act(data)  # type: ignore[no-any-return]
            except TimeoutError:
                if read < left:
                    raise TimeoutError(f"no answer within {read:g} seconds") from None
        raise TimeoutError(f"not whole within {self._network.total:g} seconds")

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self, self._sock.makefile("rb", buffering=0)))

    def idle(self) -> bool:
        return idle(self._sock)

    def close(self) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
    """What comes by a Timed; once it is `over`, only what has come already."""

    over = False

    def __init__(self, sock: Timed, raw: Any) -> None:
        self._sock, self._raw = sock, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        return None if self.over else self._sock.timely(self._raw.readinto, buffer)

    def close(self) -> None:
        super().close()
        self._raw.close()


def connect(
    url: SplitResult, network: Network, proxy: Proxy | None, context: ssl.SSLContext | None, deadline: float
) -> http.client.HTTPConnection:
    """A connection to the host of the URL, under TLS where there is a context. Raises NotSent."""
    seconds = min(network.connect, network.total)
    until = min(time.monotonic() + seconds, deadline)
    try:
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        if proxy and network.public_only:
            check_behind(network, host, port)
        sock = _dial(proxy, until) if proxy else _reach(host, port, until, network)
        try:
            if context:
                if proxy:
                    _tunnel(Timed(sock, replace(network, read=seconds), until), proxy, f"{bracketed(host)}:{port}")
                sock.settimeout(_left(until))
                sock = context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
    except TimeoutError:
        raise NotSent(f"no connection within {seconds:g} seconds") from None
    except (OSError, ValueError) as error:
        raise not_sent(error) from error
    connection = http.client.HTTPConnection(host, port)
    connection.default_port = PORTS[url.scheme]
    connection.response_class = WholeAnswer
    connection.sock = Timed(sock, network, deadline)
    return connection


def _reach(host: str, port: int, until: float, network: Network | None = None) -> socket.socket:
    """A connection to the first address that takes one; the time left is shared out among them."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for rest in range(len(addresses), 0, -1):
        try:
            return _connected(addresses[-rest], _left(until) / rest, network)
        except OSError:
            if rest == 1:
                raise
    raise OSError(f"{host} has no address")


def _connected(info: Any, seconds: float, network: Network | None) -> socket.socket:
    sock = unconnected(info, network)
    try:
        sock.settimeout(seconds)
        sock.connect(info[4])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except OSError:
        sock.close()
        raise


def unconnected(info: Any, network: Network | None) -> socket.socket:
    """A socket for one address, as getaddrinfo gives it; NotPublic where the network lets nobody connect to it."""
    family, kind, protocol, _, address = info
    if network:
        network.check(address[0])
    return socket.socket(family, kind, protocol)


def check_behind(network: Network, host: str, port: int) -> None:
    """NotPublic where a proxy must not be asked for a host. One that has no address here is the proxy's to judge."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return
    for *_, address in found:
        network.check(str(address[0]))


def _left(until: float) -> float:
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _dial(proxy: Proxy, until: float) -> socket.socket:
    try:
        return _reach(proxy.host, proxy.port, until)
    except TimeoutError:
        raise
    except OSError as error:
        raise NotSent(f"the proxy {proxy} cannot be reached: {reason(error)}") from error


def _tunnel(sock: Timed, proxy: Proxy, target: str) -> None:
    """Ask a proxy for a way to `host:port`."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    try:
        sock.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        answer = WholeAnswer(sock, method="CONNECT")  # type: ignore[arg-type]
        try:
            answer.begin()
        finally:
            answer.close()
    except http.client.HTTPException:
        raise NotSent(f"the proxy {proxy} gave no answer of HTTP") from None
    except TimeoutError:
        raise
    except OSError as error:
        raise NotSent(f"the proxy {proxy} gave no answer: {reason(error)}") from error
    if answer.status // 100 != 2:
        raise refused_by(proxy, answer.status, answer.reason)
