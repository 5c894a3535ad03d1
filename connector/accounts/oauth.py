"""OAuth 2 as values: the address where a person signs in, what comes back from there, and the requests for tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from ..connections import Connection, Wire, filled
from ..errors import DeclarationError, UsageError
from ..message import Request, Response
from ..refusal import failure, sentence, what_it_says
from ..steps import NoAnswer, NotSent, Steps, TooLarge
from ..ways import MASK

LARGEST = 2**20  # bytes of an answer with tokens
SOON = 60.0  # seconds before their end in which tokens are renewed
PART = 0.1  # of a short life in which they are

_SECRET = ("code", "code_verifier", "refresh_token")


class Refused(Exception):
    """The service gives no tokens: its words, and the `status` of its answer."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, and what renews it; `expires` and `due` (when to renew it) are seconds since 1970."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires: float | None = None
    due: float | None = None

    def on(self, connection: Connection) -> Connection:
        """The connection that signs with them."""
        tokens = {"access_token": self.access} | ({"refresh_token": self.refresh} if self.refresh else {})
        return replace(connection, values={**connection.values, **tokens})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


# -- a person signs in -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in, which the service ends by sending the browser to `redirect`, on this machine."""

    connection: Connection
    redirect: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def address(self) -> str:
        """What is opened in the browser."""
        way = _way(self.connection)
        if not way.get("authorize"):
            file, key = self.connection.connector.file, f"auth/{self.connection.scheme}/authorize"
            raise DeclarationError(file, key, "is missing.", "A person signs in there.")
        asked = {
            "response_type": "code",
            "client_id": str(self.connection.values["client_id"]),
            "redirect_uri": self.redirect,
            **_scope(self.connection),
            "state": self.state,
        }
        if way.get("pkce", True):
            digest = hashlib.sha256(self.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        uri = _address(self.connection, way["authorize"])
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode(asked, quote_via=quote)}"

    def tokens(self, back: str, now: float) -> Steps:
        """The Tokens, for the address that the browser was sent to, or the code in it. Raises Refused."""
        way = _way(self.connection)
        proof = {"code_verifier": self.verifier} if way.get("pkce", True) else {}
        code = self._code(back.strip())
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, **proof}
        return (yield from _asked(self.connection, grant, now))

    def _code(self, back: str) -> str:
        query = parse_qs((back.partition("?")[2] or back).partition("#")[0])
        if back and "://" not in back and not query.keys() & {"code", "state", "error"}:
            return back
        if query.get("state") != [self.state]:
            raise UsageError("That is not the answer to this sign-in. Begin again.")
        if "code" not in query:
            words = query.get("error_description") or query.get("error") or ["It gave no code."]
            raise Refused(sentence(words[0]), 400)
        return query["code"][0]


# -- tokens ------------------------------------------------------------------------------------------------------------


def renewed(connection: Connection, tokens: Tokens | None, now: float) -> Steps:
    """New Tokens: by the refresh token of the old ones, or for the client itself. Raises Refused or a ServiceError."""
    if _way(connection)["grant"] == "client_credentials":
        return (yield from _asked(connection, {"grant_type": "client_credentials", **_scope(connection)}, now))
    if tokens is None or tokens.refresh is None:
        raise Refused("It gave no token that renews them.", 401)
    found = yield from _asked(connection, {"grant_type": "refresh_token", "refresh_token": tokens.refresh}, now)
    return found if found.refresh else replace(found, refresh=tokens.refresh)  # one that does not rotate stays


def renewable(connection: Connection, tokens: Tokens | None) -> bool:
    """Whether there is anything to take new tokens by."""
    return bool(_way(connection)["grant"] == "client_credentials" or (tokens and tokens.refresh))


def _asked(connection: Connection, grant: Mapping[str, str], now: float) -> Steps:
    wire = _wire(connection, grant)
    try:
        answer = yield wire
    except (NotSent, NoAnswer, TooLarge) as error:
        raise failure(connection, wire.request, error, writes=False, maybe=False) from None
    if answer.status == 429 or answer.status >= 500 or answer.status in (404, 405, 408, 425):
        raise failure(connection, wire.request, answer, writes=False, maybe=False)
    return _tokens(connection, answer, grant, now)


def _tokens(connection: Connection, answer: Response, grant: Mapping[str, str], now: float) -> Tokens:
    """The tokens of an answer, of which little is asked: the old ones may be dead, and these the only ones."""
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        found = dict(parse_qsl(answer.text))  # as some services wrote it before there was a standard
    found = found if isinstance(found, dict) else {}
    access, refresh = found.get("access_token"), found.get("refresh_token")
    if answer.status >= 300 or not (isinstance(access, str) and access):
        said = found.get("error_description") or what_it_says(connection, answer)[0] or found.get("error")
        said = said if isinstance(said, str) else f"It answered {answer.status} without tokens."
        for value in filter(None, (*map(grant.get, _SECRET), connection.values.get("client_secret"))):
            said = said.replace(value, MASK)
        raise Refused(sentence(said), answer.status)
    life = _seconds(found.get("expires_in"))
    expires = None if life is None else now + life
    due = None if expires is None or life is None else expires - min(SOON, PART * life)
    return Tokens(access, refresh if isinstance(refresh, str) and refresh else None, expires, due)


def _seconds(given: Any) -> float | None:
    try:
        return max(0.0, float(given))
    except (TypeError, ValueError):
        return None


def _wire(connection: Connection, grant: Mapping[str, str]) -> Wire:
    """The request for tokens, as the way says it is written."""
    way, values = _way(connection), connection.values
    url = _address(connection, way["token"])
    headers = [("Accept", "application/json")]
    client = {name: str(values[name]) for name in ("client_id", "client_secret") if values.get(name)}
    if way.get("client") == "basic" and "client_secret" in client:
        pair = ":".join(quote(text, safe="") for text in client.values())  # RFC 6749, 2.3.1
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        client = {}
    body = {**grant, **client}
    if way.get("send") == "json":
        headers.append(("Content-Type", "application/json"))
        content = json.dumps(body).encode()
    else:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        content = urlencode(body).encode()
    # what others see of the request says nothing of its body, which is all secret
    return Wire(Request("POST", url, limit=LARGEST), url, tuple(headers), content)


def _address(connection: Connection, template: str) -> str:
    return connection.base_url + template if template.startswith("/") else filled(template, connection.values)


def _scope(connection: Connection) -> dict[str, str]:
    scopes = _way(connection).get("scopes")
    return {"scope": " ".join(scopes)} if scopes else {}


def _way(connection: Connection) -> Mapping[str, Any]:
    way = connection.way
    assert way is not None
    return way
