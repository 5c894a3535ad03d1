"""Tokens for a page in a browser: short-lived, signed, for one connection, some operations and one origin."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .. import accounts
from ..accounts import saved
from ..accounts.vault import Locked
from ..catalog import Connector, find
from ..clock import SYSTEM
from ..errors import StorageError, UsageError
from ..store import Store
from . import keys
from .scopes import CONNECT, SCOPES, Caller, Embed, Refused, check_scopes

SCOPES_OF_TOKENS = {name: what for name, what in SCOPES.items() if name != "manage"} | {
    CONNECT: "connect an account, under the name that the token gives"
}
SECONDS = 600
LONGEST = 3600
MOST = 50
"""So many operations a token may name, which travels in a header."""

_ALGORITHM, _ISSUER, _AUDIENCE = "HS256", "connector", "embed"
_LONGEST_TEXT = 8192
_ORIGIN = re.compile(r"https?://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?")


class Tokens:
    """Makes and reads the tokens of one store, which keeps the secret that they are signed with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._opened = (b"", "")  # the secret as it was sealed, and as it is

    def mint(
        self,
        who: Caller,
        *,
        connector: str,
        connection: str,
        operations: Iterable[str] = (),
        origin: str,
        scopes: Iterable[str] = ("options",),
        seconds: int = SECONDS,
        now: float,
    ) -> tuple[str, int]:
        """A token, and when it ends; of a key, which must have what the token is to have.

        UsageError says what does not fit; UnknownNameError where there is no such connector, operation or connection.
        """
        granted, named = check_scopes(scopes, SCOPES_OF_TOKENS), sorted(set(operations))
        if missing := sorted({"manage", *granted - {CONNECT}} - who.scopes):
            raise UsageError(f"The key of a token has what the token has, and manage: this one lacks {missing[0]}.")
        if not granted or not (named or CONNECT in granted):
            raise UsageError("A token without an operation or a scope may do nothing. Name some.")
        if len(named) > MOST or not 1 <= seconds <= LONGEST:
            raise UsageError(f"A token names at most {MOST} operations, and lasts from 1 to {LONGEST} seconds.")
        if not is_origin(origin):
            raise UsageError(f"{origin!r} is no origin, such as https://app.example.com: a scheme, a host, no path.")
        made = find(connector)
        for name in named:
            made.operation(name)
        full = who.full(connection)
        if CONNECT in granted:
            saved.check_name(full)
        else:
            accounts.connect(made, full, self._store, SYSTEM)  # says so where it is none of this connector
        expires = math.ceil(now + seconds)
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "jti": secrets.token_hex(8),
            "exp": expires,
            "key": who.key,
            "connector": connector,
            "connection": connection,
            "operations": named,
            "scopes": sorted(granted),
            "origin": origin,
        }
        import jwt

        return jwt.encode(claims, self._made(), algorithm=_ALGORITHM), expires

    def caller(self, text: str, now: float) -> Caller:
        """Who a token is of; Refused where it is none, has ended, or its key was revoked."""
        claims = self._claims(text)
        if claims is None:
            raise Refused(keys.UNKNOWN)
        if claims["exp"] <= now:
            raise Refused("This token has ended. Ask for another.")
        key = keys.named(self._store, claims["key"])
        if key is None:
            raise Refused("The key of this token was revoked.")
        operations = frozenset(claims["operations"])
        token = Embed(
            claims["connector"], claims["connection"], operations, claims["origin"], claims["exp"], claims["jti"]
        )
        return Caller(key.tenant, frozenset(claims["scopes"]), key.id, token)

    def _claims(self, text: str) -> Any:
        """What a token says; None where it was not signed here."""
        secret = self._secret()
        if secret is None or len(text) > _LONGEST_TEXT:
            return None
        import jwt

        try:
            return jwt.decode(
                text,
                secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": ["exp", "jti", "key"], "verify_exp": False},  # the caller's clock says
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None

    # -- the secret ------------------------------------------------------------------------------------------------

    def _secret(self) -> str | None:
        """The secret; None where none was made yet, so that nothing is signed with it."""
        rows = self._store.query(_SELECT)
        if not rows:
            return None
        if rows[0]["secret"] != self._opened[0]:
            return self._made()
        return self._opened[1]

    def _made(self) -> str:
        """The secret, made where there is none: once, however many processes ask."""
        vault = saved.vault(self._store)
        with self._store.transaction() as cursor:
            row = cursor.execute(_SELECT).fetchone()
            if row is None:
                sealed, key = vault.seal(secrets.token_urlsafe(48))
                cursor.execute("INSERT INTO signing (name, secret, key) VALUES ('embed', ?, ?)", (sealed, key))
                row = {"secret": sealed, "key": key}
            try:
                self._opened = row["secret"], vault.open(row["secret"], row["key"])
            except Locked as error:
                hint = "Mend that, or have another made: connector connections rekey"
                raise StorageError(f"The secret of embed tokens cannot be read: {error} {hint}") from None
        return self._opened[1]


_SELECT = "SELECT secret, key FROM signing WHERE name = 'embed'"


# -- origins and dropdowns ---------------------------------------------------------------------------------------------


def is_origin(text: str) -> bool:
    """Whether a text is an origin as browsers write it: `https://app.example`, or with a port that is not usual."""
    return bool(_ORIGIN.fullmatch(text)) and origin_of(text) == text


def origin_of(url: str) -> str:
    """The origin of a URL; empty where it has none."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else f":{parts.port}"
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}" if host else ""


@lru_cache(1024)
def lookups(connector: Connector, operations: frozenset[str]) -> frozenset[str]:
    """The dropdowns that the inputs of these operations name."""
    return frozenset(name for one in operations for name in _lookups(connector.operation(one).input_schema))


def _lookups(schema: Any) -> Iterator[str]:
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and isinstance(lookup := schema.get("lookup"), dict) and "operation" in lookup:
        yield str(lookup["operation"])
    for part in parts:
        yield from _lookups(part)
