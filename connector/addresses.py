"""Which addresses are public: where a program that calls what others name may connect to."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# IANA's registries of special purposes; Python's own list changes with its patches
NOT_PUBLIC = tuple(
    map(
        ip_network,
        """
        0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
        192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
        168.63.129.16/32
        2001::/23 2001:db8::/32 2002::/16 3fff::/20
        """.split(),
    )
)  # 168.63.129.16 is the machine room itself in one large cloud
UNICAST = IPv6Network("2000::/3")  # all of IPv6 that is given out
NAT64 = IPv6Network("64:ff9b::/96")


class NotPublic(OSError):
    """An address that may not be connected to."""

    def __init__(self) -> None:
        super().__init__("its address is not public. To allow its network: connector serve --allow-network")


def check(address: str, allow: Iterable[IPv4Network | IPv6Network] = ()) -> None:
    """NotPublic, unless an address, as a socket takes it, is public or in an allowed network."""
    found = ip_address(address)
    leads = _leads_to(found)
    if not (_is_public(leads) or any(one in network for network in allow for one in (found, leads))):
        raise NotPublic


def _leads_to(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address of IPv4 that one of IPv6 stands for, where it does: mapped, 6to4, NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    within = isinstance(address, IPv4Address) or address in UNICAST
    return within and not any(address in network for network in NOT_PUBLIC)
