"""<connector-connect>: a person connects an account of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from connector.catalog import find
from connector.sandbox import sandbox_app
from sandbox.zendesk import APP_ID, APP_SECRET

from ..serving import served
from .conftest import Site

CONNECTED = "Connected as admin@sandbox.example."


@pytest.fixture
def account() -> Iterator[str]:
    """Where a pretend account is."""
    app = sandbox_app(find("zendesk"))
    with served(app) as url:
        yield url
    app.close()


def show(site: Site, page: Page) -> None:
    site.show(page, "connector-connect", site.token(scopes=["connect"], connection="mine"))


def fill(page: Page, account: str, **values: str) -> None:
    page.get_by_text("More fields").click()
    for name, value in {"Base URL": account, **values}.items():
        page.get_by_role("textbox", name=name.replace("_", " "), exact=True).fill(value)


def test_an_account_is_connected_by_its_values(site: Site, page: Page, account: str) -> None:
    show(site, page)
    page.get_by_label("Email and API token").check()
    expect(page.get_by_text("accepts none from 2027-04-30")).to_be_visible()
    fill(page, account, Email="admin@sandbox.example", API_token="sandbox-token")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text(CONNECTED)).to_be_visible()
    assert site.api.call("GET", "/v1/connections/mine").json()["way"] == "api_token"


def test_what_the_service_refuses_is_said(site: Site, page: Page, account: str) -> None:
    show(site, page)
    page.get_by_label("Email and API token").check()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("fields do not fit.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Email", exact=True)).to_be_focused()
    fill(page, account, Email="admin@sandbox.example", API_token="wrong")
    page.get_by_role("button", name="Connect").click()
    expect(page.locator(".outcome.bad")).to_contain_text("401")
    assert site.api.call("GET", "/v1/connections/mine").status_code == 404


def test_an_account_is_connected_by_a_sign_in_in_a_window(site: Site, page: Page, account: str) -> None:
    show(site, page)
    fill(page, account, Client_identifier=APP_ID, Client_secret=APP_SECRET)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Sign in").click()
    opened.value.get_by_role("button", name="Allow").click()
    expect(page.get_by_text(CONNECTED)).to_be_visible()
    page.reload()
    expect(page.get_by_text(CONNECTED)).to_be_visible()


def test_a_sign_in_that_the_person_denies_is_said(site: Site, page: Page, account: str) -> None:
    show(site, page)
    fill(page, account, Client_identifier=APP_ID, Client_secret=APP_SECRET)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Sign in").click()
    opened.value.get_by_role("button", name="Deny").click()
    expect(page.locator(".outcome.bad")).to_contain_text("denied")


def test_where_no_window_opens_there_is_a_link(site: Site, page: Page, account: str) -> None:
    show(site, page)
    page.evaluate("window.open = () => null")
    fill(page, account, Client_identifier=APP_ID, Client_secret=APP_SECRET)
    page.get_by_role("button", name="Sign in").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the sign-in window").click()
    opened.value.get_by_role("button", name="Allow").click()
    expect(page.get_by_text(CONNECTED)).to_be_visible()


def test_a_window_that_only_seems_closed_is_waited_for(site: Site, page: Page, account: str) -> None:
    show(site, page)  # a service that isolates its pages is to its opener as if it were closed
    page.evaluate("""() => {
      const opened = window.open;
      window.open = (...given) => ({ closed: true, close() {}, location: opened.apply(window, given).location });
    }""")
    fill(page, account, Client_identifier=APP_ID, Client_secret=APP_SECRET)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The window was closed before")).to_be_visible()
    opened.value.get_by_role("button", name="Allow").click()
    expect(page.get_by_text(CONNECTED)).to_be_visible()
