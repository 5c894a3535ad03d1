"""Who asks: Basic with an API token, or Bearer with an access token."""

from __future__ import annotations

import base64
import binascii

from . import errors
from .store import Doc, Store

ADMIN_EMAIL = "admin@sandbox.example"
ADMIN_ID = 1001
API_TOKEN = "sandbox-token"
ACCESS_TOKEN = "sandbox-access-token"
ANONYMOUS: Doc = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}


def authenticate(store: Store, header: str | None, anonymous_allowed: bool) -> Doc:
    """The user of an Authorization header.

    An API token speaks for any user of the account by email. Without valid credentials: the anonymous user where that
    is allowed and no token was tried, else 401.
    """
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() == "bearer" and value == ACCESS_TOKEN and (user := store.get("users", ADMIN_ID)):
        return user
    name, password = _basic(value) if scheme.lower() == "basic" else ("", "")
    email, token_tried = name.removesuffix("/token"), name.endswith("/token") or scheme.lower() == "bearer"
    if name.endswith("/token") and password == API_TOKEN and (user := store.first("users", **{"email~": email})):
        return user
    if anonymous_allowed and not token_tried:
        return ANONYMOUS
    raise errors.unauthenticated()


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
