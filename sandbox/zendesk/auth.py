"""Who asks: Basic with an API token, or Bearer with an access token."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection

from . import errors
from .store import Doc, Store

ADMIN_EMAIL = "admin@sandbox.example"
ADMIN_ID = 1001
API_TOKEN = "sandbox-token"
ACCESS_TOKEN = "sandbox-access-token"
CLIENT_ID = "sandbox-client"
APP_ID = "sandbox-app"
APP_SECRET = "sandbox-secret"
ANONYMOUS: Doc = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
SCOPE_NAMES = {"help_center": "hc"}
"""Resources whose scope is not called as their path is."""


def authenticate(store: Store, header: str | None, anonymous_allowed: bool) -> tuple[Doc, Doc | None]:
    """The user of an Authorization header, and the OAuth token that was issued, where one asks.

    An API token speaks for any user of the account by email. Without valid credentials: the anonymous user where that
    is allowed and no token was tried, else 401.
    """
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() == "bearer":
        return _bearer(store, value)
    name, password = _basic(value) if scheme.lower() == "basic" else ("", "")
    email, token_tried = name.removesuffix("/token"), name.endswith("/token")
    if token_tried and password == API_TOKEN and (user := store.first("users", **{"email~": email})):
        return user, None
    if anonymous_allowed and not token_tried:
        return ANONYMOUS, None
    raise errors.unauthenticated()


def digest(secret: str) -> str:
    """What is kept of a token or a code."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def permitted(scopes: Collection[str], method: str, path: str) -> bool:
    """Whether a token of these scopes may ask this: `read` and `write` open all, `tickets:read` opens one resource."""
    resource = path.removeprefix("/api/v2/").partition("/")[0].removesuffix(".json")
    needed = "read" if method == "GET" else "write"
    return needed in scopes or f"{SCOPE_NAMES.get(resource, resource)}:{needed}" in scopes


def _bearer(store: Store, value: str) -> tuple[Doc, Doc | None]:
    if value == ACCESS_TOKEN and (user := store.get("users", ADMIN_ID)):
        return user, None
    token = store.first("tokens", _access=digest(value))
    user = store.get("users", token["user_id"]) if token and token["expires_at"] > store.now() else None
    if user is None:
        raise errors.invalid_token()
    return user, token


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
