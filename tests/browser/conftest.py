"""A browser, an API for it, and a page of another origin that embeds what the API serves."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.requests import Request
from starlette.responses import HTMLResponse

from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings

from ..api.conftest import Api
from ..serving import served
from .program import MISSING, chromium, must_be

PATIENCE = 20_000  # milliseconds: a busy machine is slow; only a failure waits so long
expect.set_options(timeout=PATIENCE)
FLAGS = """
    --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run
    --disable-dev-shm-usage
""".split()
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width">
<script type="module" src="{api}/embed/connector.js"></script><body><main>{html}</main></body></html>"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser a worker; closed before other tests, since what drives it holds the thread's event loop."""
    program = chromium()
    if program is None:
        if must_be():
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a fresh profile. What it complains of fails the test, but for answers that are no success."""
    context = browser.new_context(viewport={"width": 900, "height": 900}, timezone_id="Europe/Rome", locale="en-GB")
    context.set_default_timeout(PATIENCE)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    context.on("weberror", lambda problem: said.append(str(problem.error)))
    yield context.new_page()
    context.close()
    assert [text for text in said if not text.startswith("Failed to load resource")] == []


@dataclass
class Site:
    """An API, and a page of another origin."""

    api: Api
    url: str
    here: str
    pages: dict[str, str] = field(default_factory=dict)

    def token(self, *operations: str, scopes: Sequence[str] = ("options",), **more: Any) -> str:
        """An embed token for the page."""
        wanted = {"connector": "zendesk", "connection": "sandbox", "origin": self.here, **more}
        answer = self.api.call("POST", "/v1/embed-tokens", {**wanted, "operations": operations, "scopes": list(scopes)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def show(
        self,
        page: Page,
        tag: str,
        token: str,
        attributes: Mapping[str, str] | None = None,
        html: str = "",
        goto: Literal["commit", "load"] = "load",
    ) -> None:
        """Open a page with one element of ours, and `html` after it."""
        given = {"connector": "zendesk", "token": token, **(attributes or {})}
        told = "".join(f" {name}='{value}'" for name, value in given.items())
        self.pages["/"] = PAGE.format(api=self.url, html=f"<{tag}{told}></{tag}>{html}")
        page.goto(f"{self.here}/", wait_until=goto)

    def output(self, operation: str, given: dict[str, Any]) -> Any:
        """What an operation gives on the sandbox."""
        path = f"/v1/connectors/zendesk/operations/{operation}/run"
        answer = self.api.call("POST", path, {"connection": "sandbox", "input": given})
        assert answer.status_code == 200, answer.text
        return answer.json()["output"]


@pytest.fixture
def site() -> Iterator[Site]:
    """A page whose policy is as strict as may be, and an API that it may call."""
    pages: dict[str, str] = {}
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    policy = f"default-src 'none'; script-src {url}; connect-src {url}; trusted-types 'none'"
    policy += "; require-trusted-types-for 'script'"

    async def page_of(scope: Any, receive: Any, send: Any) -> None:
        html = pages.get(Request(scope).url.path, "")
        await HTMLResponse(html, headers={"Content-Security-Policy": policy})(scope, receive, send)

    with served(page_of) as here, httpx.Client(base_url=url, trust_env=False) as http:
        settings = Settings(public_url=url, origins=(here,), allow_networks=(ip_network("127.0.0.0/8"),))
        server = Server(settings, retry_for=0)
        with served(create_app(server), "on", listener):
            yield Site(Api(server, http), url, here, pages)
