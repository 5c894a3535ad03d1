"""Who asks, and whether they may: the key or embed token of a request, its rate, its scopes."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from ..access import keys
from ..access.embed import Tokens, origin_of
from ..access.rate import Rate
from ..access.scopes import Caller, Embed, Refused
from ..clock import Clock
from ..store import Store
from .problems import Problem
from .route import NOBODY, Headers, Route, check_scope
from .settings import Settings

BEARER = (("WWW-Authenticate", "Bearer"),)
SHARE = 10
"""A token may make this part of the requests that its key may."""
FRESH, MANY, LONG = 1.0, 1024, 8192
"""Seconds in which a key is not looked up again, how many are known so, and how many bytes of one."""


class Gate:
    """Knows who asks, and lets them in."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._tokens = Tokens(store)
        self._rate = Rate(settings.rate)
        self._own = origin_of(settings.public_url)
        self._known: dict[bytes, tuple[Caller, float]] = {}  # what was sent, and until when it is believed unseen

    def caller(self, route: Route, headers: Mapping[bytes, bytes]) -> Caller:
        """Who asks; Problem 401 where nobody knows."""
        if route.scope is None:
            return NOBODY
        try:
            return self._caller(headers)
        except Refused as error:
            raise Problem(401, str(error), headers=BEARER) from None

    def admit(self, route: Route, who: Caller, headers: Mapping[bytes, bytes]) -> Headers:
        """Let them in, or raise Problem 403 or 429; the headers that tell of their rate."""
        if route.scope is None:
            return ()
        told = self._count(who)
        if who.embed:
            self._check_page(route, who.embed, headers, told)
        if route.scope:
            check_scope(who, route.scopes, told)
        return told

    def _caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        sent, now = headers.get(b"authorization", b""), self._clock.monotonic()
        found, until = self._known.get(sent, (NOBODY, 0.0))
        if until <= now or (found.embed and found.embed.expires <= self._clock.now()):
            self._known.pop(sent, None)
            found = self._looked_up(sent)
            if len(self._known) >= MANY:
                self._known.clear()
            if len(sent) <= LONG:
                self._known[sent] = found, now + FRESH
        return found

    def _looked_up(self, sent: bytes) -> Caller:
        scheme, _, text = sent.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not (text := text.strip()):
            raise Refused("Send an API key: Authorization: Bearer KEY.")
        if text.startswith(keys.PREFIX):
            return keys.caller(self._store, text)
        return self._tokens.caller(text, self._clock.now())

    def _count(self, who: Caller) -> Headers:
        shares = {who.key: 1, who.embed.id: SHARE} if who.embed else {who.key: 1}
        left = self._rate.take(shares, self._clock.monotonic())
        told = (
            ("RateLimit-Limit", str(left.limit)),
            ("RateLimit-Remaining", str(left.remaining)),
            ("RateLimit-Reset", str(ceil(left.resets))),
        )
        if left.wait:
            seconds = ceil(left.wait)
            detail = f"That is more than {left.limit} requests a minute. Try again in {seconds} s."
            raise Problem(429, detail, headers=(*told, ("Retry-After", str(seconds))))
        return told

    def _check_page(self, route: Route, token: Embed, headers: Mapping[bytes, bytes], told: Headers) -> None:
        """Problem where a token is not used by a page of its origin, or for what takes a key."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin and headers.get(b"sec-fetch-site") == b"same-origin":  # browsers then send none with a GET
            origin = self._own
        if origin != token.origin:
            raise Problem(403, f"This token is for pages of {token.origin}.", headers=told)
        if not route.embed:
            raise Problem(403, "A token for a page may not do this: it takes a key.", headers=told)
