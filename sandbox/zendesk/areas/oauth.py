"""The OAuth clients, and the page on which a user lets one act for them."""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..auth import ADMIN_EMAIL, ADMIN_ID, APP_ID, APP_SECRET, CLIENT_ID, digest
from ..call import Answer, Call, Routes, anybody
from ..errors import ZendeskError
from ..resource import Resource
from ..store import stamp

Params: TypeAlias = Mapping[str, str]

CODES = "oauth_codes"
CODE_LIFETIME = timedelta(seconds=120)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FORM = "application/x-www-form-urlencoded"
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1>
{content}
</main></body>
</html>
"""


@dataclass(frozen=True)
class OAuthClient:
    """A program that asks for tokens: without a secret it is public; `ceiling` are the scopes it may have, () all."""

    id: int
    name: str
    secret: str = ""
    ceiling: tuple[str, ...] = ()

    def may_have(self, scopes: list[str]) -> bool:
        """Whether there are scopes, and none is above the ceiling; `tickets:read` is below `read`."""
        return bool(scopes) and all(
            not self.ceiling or scope in self.ceiling or scope.rpartition(":")[2] in self.ceiling for scope in scopes
        )


CLIENTS = {
    CLIENT_ID: OAuthClient(1, "Sandbox client"),
    APP_ID: OAuthClient(2, "Sandbox app", APP_SECRET, ("read", "write")),
}


def params_of(call: Call) -> Params:
    """The parameters of a body, as a form or as JSON, whose numbers become text."""
    if call.request.headers.get("content-type", "").startswith(FORM):
        return dict(parse_qsl(call.raw.decode(errors="replace")))
    given = call.json if isinstance(call.json, dict) else {}
    return {name: str(value) for name, value in given.items() if isinstance(value, str | int)}


@anybody
def _ask(call: Call) -> Answer:
    """The page; nothing is decided yet."""
    params = call.request.query_params
    client = _client(params)
    if refusal := _refusal(client, params):
        return _back(params, **refusal)
    title = f"Allow {client.name} to act for you?"
    hidden = "\n".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in params.items()
    )
    content = f"""<p>You are {ADMIN_EMAIL} of a pretend Zendesk.</p>
<p>{client.name} asks for: {html.escape(params["scope"])}.</p>
<form method="post" action="/oauth/authorizations">
{hidden}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>"""
    return Answer(PAGE.format(title=title, content=content), 200, PAGE_HEADERS)


@anybody
def _decide(call: Call) -> Answer:
    """Back to the client, with a code or a refusal."""
    params = params_of(call)
    client = _client(params)
    if refusal := _refusal(client, params):
        return _back(params, **refusal)
    if params.get("decision") != "allow":
        return _back(params, error="access_denied", error_description="The user denied the request.")
    code = secrets.token_urlsafe(32)
    kept = {
        "id": digest(code),
        "client": params["client_id"],
        "user_id": ADMIN_ID,
        "redirect_uri": params["redirect_uri"],
        "scopes": params["scope"].split(),
        "challenge": params.get("code_challenge", ""),
        "expires_at": stamp(call.store.clock() + CODE_LIFETIME),
    }
    call.store.put(CODES, kept)
    return _back(params, code=code)


def _client(params: Params) -> OAuthClient:
    """Who asks; a client or a place to go back to that is not known gets a page and no redirect."""
    client = CLIENTS.get(params.get("client_id", ""))
    if client is None:
        raise _page_of_refusal("No client has this client_id.")
    if not _is_loopback(params.get("redirect_uri", "")):
        raise _page_of_refusal("The redirect_uri is not one of this client: http://127.0.0.1:PORT/PATH, or localhost.")
    return client


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = uri.isascii() and uri.isprintable() and "@" not in parts.netloc and "#" not in uri
    return parts.scheme == "http" and host in LOOPBACK and plain


def _page_of_refusal(text: str) -> ZendeskError:
    page = PAGE.format(title="This request is not valid", content=f"<p>{html.escape(text)}</p>")
    return ZendeskError(400, page, PAGE_HEADERS)


def _refusal(client: OAuthClient, params: Params) -> dict[str, str]:
    """What is wrong with a request whose client and redirect_uri are right; {} where nothing is."""
    if params.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "response_type must be code."}
    if not client.may_have(params.get("scope", "").split()):
        return {"error": "invalid_scope", "error_description": "The requested scope is invalid, unknown, or malformed."}
    challenge = params.get("code_challenge")
    if (challenge and params.get("code_challenge_method") != "S256") or not (challenge or client.secret):
        text = "A client without a secret sends code_challenge, and code_challenge_method=S256."
        return {"error": "invalid_request", "error_description": text}
    return {}


def _back(params: Params, **values: str) -> Answer:
    """302 to the redirect_uri, with these values and the state."""
    parts = urlsplit(params["redirect_uri"])
    given = values | ({"state": params["state"]} if params.get("state") else {})
    query = "&".join(filter(None, [parts.query, urlencode(given, errors="replace")]))
    place = urlunsplit(parts._replace(query=query, path=parts.path or "/"))
    return Answer(None, 302, {"Location": place, "Cache-Control": "no-store"})


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "GET /oauth/authorizations/new": _ask,
    "POST /oauth/authorizations": _decide,
}
