"""A network of public addresses alone: no connection is made to any other, however the host is written or resolved."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.addresses import NotPublic, check
from connector.message import Response
from connector.network import Network
from connector.steps import NotSent

from .carriers import attempt, each_kind, wire
from .raw_server import RawServer, Reply, answer

PUBLIC = Network(connect=2, public_only=True, trust_env=False)
SAID = "its address is not public"
LOOPBACK = ip_network("127.0.0.0/8")


def is_public(address: str) -> bool:
    try:
        check(address)
    except NotPublic:
        return False
    return True


REFUSED = """
    0.0.0.0 127.0.0.1 127.255.255.254 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1
    169.254.169.254
    100.64.0.1 100.100.100.200 100.127.255.255 168.63.129.16 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 fe80::1 fe80::1%1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1 2001::1 3fff::1 4000::1 100::1 5f00::1
    ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe 2002:7f00:1:: 2002:a9fe:a9fe::1
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
""".split()
TAKEN = """
    8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0
    192.0.1.0 223.255.255.255     2606:4700:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 2002:808:808::1 64:ff9b::8.8.8.8
""".split()


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", TAKEN)
def test_what_is_public_is_taken(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(2**125, 2**126 - 1).map(IPv6Address))
def test_what_python_knows_as_private_is_never_taken(address: Any) -> None:
    leads = getattr(address, "sixtofour", None) or address
    assert not is_public(str(address)) or (leads.is_global and not leads.is_multicast)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
@example(IPv4Address("10.0.0.1"))
def test_an_address_of_ipv6_that_leads_to_one_of_ipv4_is_as_public_as_that(address: IPv4Address) -> None:
    forms = [f"::ffff:{address}", f"64:ff9b::{address}", str(IPv6Address((0x2002 << 112) + (int(address) << 80)))]
    assert {is_public(form) for form in forms} == {is_public(str(address))}


def test_a_network_that_is_allowed_lets_pass_what_leads_to_it_and_nothing_beside() -> None:
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00::1"):
        check(address, (ip_network("10.1.0.0/16"), ip_network("fd00::/64")))
    with pytest.raises(NotPublic):
        check("10.2.0.1", (ip_network("10.1.0.0/16"),))


# -- over real sockets -------------------------------------------------------------------------------------------------

FORMS = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]", "localhost"]


@pytest.mark.parametrize("host", FORMS)
@each_kind
def test_no_form_of_a_host_reaches_this_machine(host: str, kind: str) -> None:
    with RawServer(Reply(answer(b"{}"))) as server:
        (found,) = attempt(kind, PUBLIC, wire(f"http://{host}:{server.port}/"))
        assert isinstance(found, NotSent)
        assert str(found).startswith(SAID) or "not a canonical IPv4 address" in str(found)  # aiohttp takes no such form
        assert server.connections == 0


@each_kind
def test_what_is_refused_is_not_tried_again(kind: str) -> None:
    (found,) = attempt(kind, PUBLIC, wire("http://127.0.0.1:9/"))
    assert isinstance(found, NotSent)
    assert found.lasting


@each_kind
def test_a_network_that_is_allowed_is_reached(kind: str) -> None:
    network = Network(connect=2, public_only=True, allow=(LOOPBACK,), trust_env=False)
    with RawServer(Reply(answer(b"{}"))) as server:
        (found,) = attempt(kind, network, wire(server.url))
    assert isinstance(found, Response)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Makes `service.test` resolve to one list of addresses after the other; gives the hosts that were looked up."""

    def say(*told: list[str]) -> list[str]:
        asked, real, left = list[str](), socket.getaddrinfo, list(told)

        def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host != "service.test":
                return real(host, port, *args, **kwargs)
            asked.append(host)
            addresses = left.pop(0) if len(left) > 1 else left[0]
            return [found for one in addresses for found in real(one, port, type=socket.SOCK_STREAM)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return say


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fe80::1", "::ffff:127.0.0.1"])
@each_kind
def test_a_name_is_judged_by_what_it_resolves_to(address: str, kind: str, resolver: Callable[..., list[str]]) -> None:
    resolver([address])
    with RawServer(Reply(answer(b"{}"))) as server:
        (found,) = attempt(kind, PUBLIC, wire(f"http://service.test:{server.port}/", "POST", content=b"{}"))
        assert isinstance(found, NotSent)
        assert str(found).startswith(SAID)
        assert address not in str(found)
        assert server.connections == 0


@each_kind
def test_of_several_addresses_those_that_are_not_public_are_passed_over(
    kind: str, resolver: Callable[..., list[str]]
) -> None:
    resolver(["127.0.0.2", "127.0.0.1"])
    network = Network(connect=2, public_only=True, allow=(ip_network("127.0.0.1/32"),), trust_env=False)
    with RawServer(Reply(answer(b"{}"))) as server:
        (found,) = attempt(kind, network, wire(f"http://service.test:{server.port}/"))
        assert isinstance(found, Response)
        assert server.connections == 1


@each_kind
def test_a_name_that_changes_its_address_is_judged_by_the_one_that_is_connected_to(
    kind: str, resolver: Callable[..., list[str]]
) -> None:
    """First an allowed address, then this machine: each connection looks at its own."""
    asked = resolver(["127.0.0.1"], ["127.0.0.2"])
    network = Network(connect=2, public_only=True, allow=(ip_network("127.0.0.1/32"),), trust_env=False)
    with RawServer(Reply(answer(b"{}"), "close")) as server:
        asks = [wire(f"http://service.test:{server.port}/")] * 2
        if kind == "aiohttp":  # it remembers a name for ten seconds; two clients do not
            found = [one for ask in asks for one in attempt(kind, network, ask)]
        else:
            found = attempt(kind, network, *asks)
        assert [type(one) for one in found] == [Response, NotSent]
        assert len(asked) == 2  # one look for each: what was judged is what is connected to
        assert server.connections == 1


# -- by a proxy --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "169.254.169.254", "[::1]", "localhost"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@each_kind
def test_a_proxy_is_not_asked_for_what_is_not_public(host: str, scheme: str, kind: str) -> None:
    with RawServer(Reply(answer(b"{}"))) as server:
        network = Network(connect=2, public_only=True, proxy=f"http://127.0.0.1:{server.port}")
        (found,) = attempt(kind, network, wire(f"{scheme}://{host}:9/"))
        assert isinstance(found, NotSent)
        assert str(found).startswith(SAID)
        assert server.connections == 0


@each_kind
def test_a_proxy_may_have_any_address_and_finds_what_has_none_here(kind: str) -> None:
    with RawServer(Reply(answer(b"{}"))) as server:
        network = Network(connect=2, public_only=True, proxy=f"http://127.0.0.1:{server.port}")
        (found,) = attempt(kind, network, wire("http://service.invalid/"))
        assert isinstance(found, Response)
        assert server.connections == 1
