"""A client of the sandbox's OAuth server: a browser that presses a button, and what a program asks."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from sandbox.zendesk import APP_ID, APP_SECRET, CLIENT_ID

from .conftest import Api

PLACE = "http://127.0.0.1:53682/callback?of=test"
VERIFIER = "a-verifier-that-nobody-else-knows-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": PLACE,
    "scope": "read write",
    "state": "st&te",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
APP = {"client_id": APP_ID, "client_secret": APP_SECRET}


class Form(HTMLParser):
    """The action, hidden fields and buttons of a page, and the language it says it is in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given["lang"]
        if tag == "form":
            self.method, self.action = given["method"], given["action"]
        if tag == "input":
            self.fields[given["name"]] = given["value"]
        if tag == "button":
            self.buttons.append(given["value"])


def decide(api: Api, decision: str = "allow", **changed: str) -> dict[str, str]:
    """What comes back to the redirect_uri when a user opens the page and presses a button."""
    form = Form(api("GET", "/oauth/authorizations/new", params=ASKED | changed).text)
    answer = api(form.method, form.action, data={**form.fields, "decision": decision})
    return back(answer)


def back(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 302
    place = answer.headers["Location"]
    assert place.startswith("http://127.0.0.1:53682/callback?of=test&")
    return {name: values[0] for name, values in parse_qs(urlsplit(place).query).items() if name != "of"}


def ask(api: Api, grant: str, **given: Any) -> httpx.Response:
    body = {"grant_type": grant, "client_id": CLIENT_ID, **given}
    return api("POST", "/oauth/tokens", body)


def redeem(api: Api, code: str, /, **changed: Any) -> httpx.Response:
    return ask(api, "authorization_code", **{"code": code, "redirect_uri": PLACE, "code_verifier": VERIFIER, **changed})


def connect(api: Api, **given: Any) -> dict[str, Any]:
    answer = redeem(api, decide(api)["code"], **given)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def use(api: Api, token: str, method: str = "GET", path: str = "tickets/1", json: Any = None) -> httpx.Response:
    return api(method, path, json, headers={"Authorization": f"Bearer {token}"})


def error(answer: httpx.Response) -> tuple[int, str]:
    assert answer.json()["error_description"]
    return answer.status_code, answer.json()["error"]
