"""The example page, what assistive software is told, and how it looks on a narrow screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Site

NEEDS_NAME = "button checkbox combobox listbox radio spinbutton textbox link Date DateTime InputTime DisclosureTriangle"


OPEN_ALL = "element => element.shadowRoot.querySelectorAll('details').forEach((one) => { one.open = true })"


def open_example(site: Site, page: Page, *operations: str, scopes: tuple[str, ...] = ("options",), **more: Any) -> None:
    token = site.token(*operations, scopes=scopes, origin=site.url, **more)
    page.goto(f"{site.url}/embed/example#token={token}")


def nameless(page: Page) -> list[str]:
    """What can be used and has no name for who cannot see it."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    assert nodes
    return [
        str(node["role"]["value"])
        for node in nodes
        if not node.get("ignored") and node["role"]["value"] in NEEDS_NAME.split()
        and not node.get("name", {}).get("value", "").strip()
    ]  # fmt: skip


def test_without_a_token_it_says_how_to_get_one(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/embed/example")
    expect(page.get_by_role("heading", name="This page needs a token")).to_be_visible()
    expect(page.locator("code").first).to_contain_text("connector keys embed KEY --connector NAME --connection NAME")
    expect(page.locator("code").first).to_contain_text(f"--origin {site.url}")


def test_it_shows_what_the_token_is_for(site: Site, page: Page) -> None:
    open_example(site, page, "get_ticket", "list_groups_ddl", scopes=("options", "read"))
    page.get_by_label("Ticket ID").fill("12345")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(page.locator("#events")).to_contain_text('connector:done {"input":{"ticket_id":12345}')
    page.get_by_label("Operation").select_option("list_groups_ddl")
    page.get_by_role("combobox", name="list_groups_ddl").click()
    page.get_by_role("option", name="Billing").click()
    expect(page.locator("#events")).to_contain_text('change {"value":123}')
    expect(page.get_by_role("heading", name="This page needs a token")).to_be_hidden()


def test_it_connects_an_account(site: Site, page: Page) -> None:
    open_example(site, page, scopes=("connect",), connection="mine")
    expect(page.get_by_role("group", name="How to connect").get_by_role("radio")).to_have_count(4)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_token_is_never_a_part_of_an_address(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_example(site, page, "get_ticket")
    expect(page.get_by_label("Ticket ID")).to_be_visible()
    token = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('token')")
    assert [url for url in asked if token in url.partition("#")[0]] == []


@pytest.mark.parametrize("operation", ["create_ticket", "create_view", "raw_http_request", "create_target"])
def test_whatever_can_be_used_has_a_name(site: Site, page: Page, operation: str) -> None:
    open_example(site, page, operation)
    expect(page.locator("connector-form form")).to_be_visible()
    for add in page.get_by_role("button", name="Add to").all():
        add.click()
    page.locator("connector-form").evaluate(OPEN_ALL)
    if (box := page.locator("input[role=combobox]:visible")).count():
        box.first.click()
        expect(page.locator("[role=option]:visible").first).to_be_visible()
    assert nameless(page) == []


def test_it_fits_a_narrow_screen(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    open_example(site, page, "create_ticket")
    expect(page.locator("connector-form form")).to_be_visible()
    page.locator("details.advanced").last.evaluate("element => { element.open = true }")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert page.locator("connector-form").evaluate("element => element.scrollWidth - element.clientWidth") == 0
    page.get_by_role("combobox", name="Group ID", exact=True).click()
    listed = page.get_by_role("listbox").bounding_box()
    assert listed
    assert listed["x"] >= 0
    assert listed["x"] + listed["width"] <= 320


CONTRAST = """([scheme, text, back]) => {
  const style = getComputedStyle(document.querySelector("connector-form"))
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const light = (name) => {
    const pair = style.getPropertyValue(name).match(/#[0-9a-f]{6}/gi)
    probe.fillStyle = pair[scheme === "dark" ? 1 : 0]
    probe.fillRect(0, 0, 1, 1)
    const part = (one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4)
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
  }
  const [one, other] = [light(text), light(back)].sort((a, b) => b - a)
  return (one + 0.05) / (other + 0.05)
}"""


def test_its_colours_can_be_told_apart(site: Site, page: Page) -> None:
    open_example(site, page, "get_ticket")
    expect(page.get_by_label("Ticket ID")).to_be_visible()
    for scheme in ("light", "dark"):
        for text in ("text", "quiet", "bad", "good", "warn", "accent"):
            for back in ("background", "raised", "tint"):
                assert (
                    page.evaluate(CONTRAST, [scheme, f"--_{text}", f"--_{back}".replace("background", "back")]) >= 4.5
                )
        assert page.evaluate(CONTRAST, [scheme, "--_on-accent", "--_accent"]) >= 4.5
        for back in ("back", "raised"):
            assert page.evaluate(CONTRAST, [scheme, "--_edge", f"--_{back}"]) >= 3


def test_a_page_from_right_to_left_is_mirrored(site: Site, page: Page) -> None:
    open_example(site, page, "create_ticket")
    page.evaluate("() => { document.documentElement.dir = 'rtl' }")
    box = page.locator(".box").first.bounding_box()
    arrow = page.locator(".box .arrow").first.bounding_box()
    assert box
    assert arrow
    assert arrow["x"] - box["x"] < 10


def test_a_page_sets_colours_by_variables(site: Site, page: Page) -> None:
    open_example(site, page, "get_ticket")
    submit = page.get_by_role("button", name="Get ticket")
    page.locator("connector-form").evaluate(
        "element => element.style.setProperty('--connector-accent', 'rgb(90, 20, 120)')"
    )
    expect(submit).to_have_css("background-color", "rgb(90, 20, 120)")


def test_its_files_are_sent_anew_only_where_they_changed(site: Site) -> None:
    for path in ("connector.js", "parts/api.js", "example", "example.js", "example.css"):
        first = site.api.http.get(f"/embed/{path}")
        assert first.status_code == 200
        again = site.api.http.get(f"/embed/{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert site.api.http.get("/embed/connector.js").headers["access-control-allow-origin"] == "*"
    assert "script-src 'self'" in site.api.http.get("/embed/example").headers["content-security-policy"]
    for path in ("parts/nothing.js", "parts/..%2F__init__.py", "parts/..%2Fexample.js", "__init__.py"):
        assert site.api.http.get(f"/embed/{path}").status_code == 404
