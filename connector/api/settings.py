"""What whoever runs the server decides."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True)
class Settings:
    """Sizes are in bytes, times in seconds.

    `public_url` is where browsers reach the server. `origins` are those of pages that may call it from a browser.
    `allow_networks` are networks that are not public and may be called all the same. `rate` is how many requests a key
    may make in a minute. `clients` is how many connections to services are held open; `largest_answer` is the largest
    answer of a service that is taken, unpacked: as objects it may be thirty times as large.

    `seconds` is the longest that a request may take, or the next part of a stream; `head_seconds` and `body_seconds`
    the longest that its head and its body may take to arrive. `taking_seconds` is the longest in which somebody takes
    next to nothing of an answer. `idle_seconds` is how long a connection is kept for the next request: longer than
    proxies keep theirs. There are `most_connections` at once. `stopping_seconds` is how long what runs may still take
    when the server is told to stop.
    """

    public_url: str = "http://127.0.0.1:8400"
    origins: tuple[str, ...] = ()
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    rate: int = 6000
    clients: int = 256
    largest_head: int = 2**16
    largest_body: int = 10 * 2**20
    deepest_body: int = 64
    largest_answer: int = 16 * 2**20
    seconds: float = 120.0
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    taking_seconds: float = 20.0
    idle_seconds: float = 75.0
    stopping_seconds: float = 20.0
    most_connections: int = 1000
