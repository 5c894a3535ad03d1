"""OAuth tokens: granted, refreshed with rotation, listed and revoked. Only their digests are kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta

from .. import errors
from ..auth import ADMIN_ID, digest
from ..call import NO_CONTENT, Answer, Call, Routes, anybody
from ..errors import ZendeskError
from ..resource import Resource
from ..store import Doc, stamp
from .oauth import CLIENTS, CODES, OAuthClient, Params, params_of

SHOWN = 10
"""How much of a token its owner sees again."""
DAY = 86_400
LIFETIME = 1800, 300, 2 * DAY
REFRESH_LIFETIME = 30 * DAY, 7 * DAY, 90 * DAY
"""In seconds: the default, the shortest, the longest."""

TOKEN = Resource(
    name="token",
    plural="tokens",
    path="oauth/tokens",
    fields={},
    readonly={
        "client_id": 0,
        "user_id": ADMIN_ID,
        "scopes": [],
        "token": "",
        "refresh_token": None,
        "used_at": None,
        "expires_at": "",
        "refresh_token_expires_at": None,
        "_access": "",
        "_refresh": None,
    },
    verbs=("list", "show", "delete"),
)


@anybody
def _grant(call: Call) -> Answer:
    params = params_of(call)
    client = CLIENTS.get(params.get("client_id", ""))
    given = params.get("client_secret", "").encode(errors="replace")
    if client is None or (client.secret and not hmac.compare_digest(given, client.secret.encode())):
        raise errors.oauth("invalid_client", "Client authentication failed: unknown client or wrong secret.", 401)
    grant = GRANTS.get(params.get("grant_type", ""))
    if grant is None:
        raise errors.oauth("unsupported_grant_type", f"grant_type must be one of {', '.join(GRANTS)}.")
    return grant(call, client, params)


def _by_code(call: Call, client: OAuthClient, params: Params) -> Answer:
    id = digest(params.get("code", ""))
    code = call.store.get(CODES, id)
    if (
        code is None
        or code["expires_at"] <= call.store.now()
        or code["client"] != params["client_id"]
        or code["redirect_uri"] != params.get("redirect_uri")
        or code["challenge"] not in ("", _challenge(params.get("code_verifier", "")))
    ):
        raise _invalid_grant()
    call.store.delete(CODES, id)
    return _issue(call, client, params, code["scopes"])


def _by_refresh(call: Call, client: OAuthClient, params: Params) -> Answer:
    """A new pair for the old one, which is deleted; what is already spent leaves the new pair alone."""
    old = call.store.first(TOKEN.plural, _refresh=digest(params.get("refresh_token", "")))
    if old is None or old["client_id"] != client.id or old["refresh_token_expires_at"] <= call.store.now():
        raise _invalid_grant()
    scopes = params.get("scope", "").split() or old["scopes"]
    if not set(scopes) <= set(old["scopes"]):
        raise _invalid_scope()
    call.store.delete(TOKEN.plural, old["id"])
    return _issue(call, client, params, scopes)


def _by_client(call: Call, client: OAuthClient, params: Params) -> Answer:
    if not client.secret:
        raise errors.oauth("unauthorized_client", "A client without a secret cannot have a token for itself.")
    scopes = params.get("scope", "").split()
    if not client.may_have(scopes):
        raise _invalid_scope()
    return _issue(call, client, params, scopes, refreshable=False)


def _issue(call: Call, client: OAuthClient, params: Params, scopes: list[str], refreshable: bool = True) -> Answer:
    access, refresh = secrets.token_hex(32), secrets.token_hex(32)
    expires_in = _lifetime(params, "expires_in", *LIFETIME)
    refresh_expires_in = _lifetime(params, "refresh_token_expires_in", *REFRESH_LIFETIME)
    now = call.store.clock()
    pair = {
        "refresh_token": refresh[:SHOWN],
        "refresh_token_expires_at": stamp(now + timedelta(seconds=refresh_expires_in)),
        "_refresh": digest(refresh),
    }
    TOKEN.new(
        call.store,
        client_id=client.id,
        scopes=scopes,
        token=access[:SHOWN],
        expires_at=stamp(now + timedelta(seconds=expires_in)),
        _access=digest(access),
        **(pair if refreshable else {}),
    )
    body: Doc = {
        "access_token": access,
        "token_type": "bearer",
        "scope": " ".join(scopes),
        "expires_in": expires_in,
    }
    more = {"refresh_token": refresh, "refresh_token_expires_in": refresh_expires_in} if refreshable else {}
    return Answer(body | more, 201, {"Cache-Control": "no-store"})


def _lifetime(params: Params, name: str, default: int, shortest: int, longest: int) -> int:
    given = params.get(name) or str(default)
    if given.isascii() and given.isdigit() and len(given) < 12 and shortest <= int(given) <= longest:
        return int(given)
    raise errors.oauth("invalid_request", f"{name} must be between {shortest} and {longest} seconds.")


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def _invalid_grant() -> ZendeskError:
    return errors.oauth(
        "invalid_grant",
        "The provided access grant is invalid, expired, or revoked (e.g. invalid assertion, expired authorization "
        "token, bad end-user password credentials, or mismatching authorization code and redirection URI).",
    )


def _invalid_scope() -> ZendeskError:
    return errors.oauth("invalid_scope", "The requested scope is invalid, unknown, or malformed.")


def _current(call: Call) -> Doc:
    if call.token is None:
        raise errors.not_found()
    return call.token


def _revoke_current(call: Call) -> Answer:
    call.store.delete(TOKEN.plural, _current(call)["id"])
    return NO_CONTENT


GRANTS: dict[str, Callable[[Call, OAuthClient, Params], Answer]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "client_credentials": _by_client,
}
RESOURCES = (TOKEN,)
ROUTES: Routes = {
    "POST /oauth/tokens": _grant,
    "GET oauth/tokens/current": lambda call: TOKEN.one(call, _current(call)),
    "DELETE oauth/tokens/current": _revoke_current,
}
