"""What the elements share: attributes as properties, tokens that end, answers that come late or are none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import PATIENCE, Site

FORM, GROUPS = "connector-form", {"operation": "list_groups_ddl", "label": "Group"}


def show_form(site: Site, page: Page, *scopes: str) -> str:
    """A form with its token."""
    token = site.token("get_ticket", "list_groups", scopes=("options", *scopes))
    site.show(page, FORM, token, {"operation": "get_ticket"})
    expect(page.get_by_label("Ticket ID")).to_be_visible()
    return token


def hold(page: Page, path: str) -> Callable[[], Route]:
    """Hold the requests for a path; what is given waits for the first of them."""
    held: list[Route] = []
    page.route(re.compile(path), lambda route: held.append(route))

    def first() -> Route:
        for _ in range(PATIENCE // 10):
            if held:
                return held[0]
            page.wait_for_timeout(10)
        raise AssertionError(f"Nothing asked for {path}.")

    return first


def test_each_attribute_is_a_property(site: Site, page: Page) -> None:
    show_form(site, page)
    names = {
        "connector-form": "token connector operation server button",
        "connector-select": "token connector operation server field label name required disabled strict",
        "connector-connect": "token connector server name",
    }
    kept = """([tag, names]) => names.filter((name) => {
      const element = document.createElement(tag);
      const given = typeof element[name] === "boolean" ? true : "https://a.example/";
      element[name] = given;
      const there = element.hasAttribute(name) && element[name] === given;
      element[name] = null;
      return !there || element.getAttribute(name);
    })"""
    for tag, told in names.items():
        assert page.evaluate(kept, [tag, told.split()]) == []


def test_what_the_page_set_before_the_script_came_is_taken(site: Site, page: Page) -> None:
    held = hold(page, "/connector.js$")
    site.show(page, "connector-select", "old", GROUPS, goto="commit")
    page.locator("connector-select").evaluate(
        "(element, token) => { Object.assign(element, {value: 123, renew: async () => token}) }",
        site.token("list_groups_ddl"),
    )
    held().continue_()
    expect(page.get_by_role("combobox")).to_have_value("Billing")


def test_an_older_answer_never_wins(site: Site, page: Page) -> None:
    show_form(site, page)
    held = hold(page, "/operations/get_ticket$")
    page.locator(FORM).evaluate("element => { element.operation = 'x'; element.operation = 'get_ticket' }")
    older = held()
    page.locator(FORM).evaluate("element => { element.operation = 'list_groups' }")
    expect(page.get_by_role("heading", name="List groups")).to_be_visible()
    older.abort()
    page.locator(FORM).evaluate("element => new Promise((done) => { requestAnimationFrame(done) })")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="List groups")).to_be_visible()


def test_an_element_that_is_removed_while_it_loads_loads_again_elsewhere(site: Site, page: Page) -> None:
    show_form(site, page)
    page.evaluate("""() => {
      const copy = document.querySelector("connector-form").cloneNode();
      document.body.append(copy);
      queueMicrotask(() => queueMicrotask(() => { copy.remove(); document.body.append(copy) }));
    }""")
    expect(page.get_by_label("Ticket ID")).to_have_count(2)


def test_a_token_that_ends_is_renewed_once_and_nothing_is_lost(site: Site, page: Page) -> None:
    good = show_form(site, page, "read")
    page.locator(FORM).evaluate(
        """(element, good) => {
          globalThis.asked = 0;
          element.renew = () => { asked++; return good };
          element.token = good.replace(/.{3}$/, "xyz");
        }""",
        good,
    )
    page.get_by_label("Ticket ID").fill("12345")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    page.evaluate("""async (good) => {
      const { ask } = await import(document.querySelector("script").src.replace("connector.js", "parts/api.js"));
      const who = { server: document.querySelector("connector-form").server, token: "old" };
      who.renew = () => { asked++; return good };
      await Promise.all([1, 2, 3].map(() => ask(who, "GET", "v1/connectors/zendesk")));
    }""", good)  # fmt: skip
    assert page.evaluate("asked") == 2


def test_a_token_that_the_page_cannot_renew_is_an_error_like_any_other(site: Site, page: Page) -> None:
    good = show_form(site, page, "read")
    page.locator(FORM).evaluate(
        """(element, good) => {
          globalThis.told = [];
          addEventListener("error", (event) => { event.preventDefault(); told.push(event.message) });
          element.renew = async () => { throw new Error("no session") };
          element.token = good.replace(/.{3}$/, "xyz");
        }""",
        good,
    )
    page.get_by_label("Ticket ID").fill("12345")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.locator(".outcome.bad")).to_have_text("This key or token is not known.")
    assert "no session" in page.evaluate("told")[0]


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_of_something_else_on_the_way_is_said(site: Site, page: Page, status: int) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body="<html>Sign in</html>", headers={"Access-Control-Allow-Origin": "*"})

    page.route(re.compile("/operations/get_ticket$"), answer)
    site.show(page, FORM, site.token("get_ticket"), {"operation": "get_ticket"})
    expect(page.get_by_role("alert")).to_have_text(
        {200: "The server could not be reached.", 502: "Bad Gateway"}[status]
    )
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("Ticket ID")).to_be_visible()


def test_a_click_on_words_leaves_the_keyboard_where_it_is(site: Site, page: Page) -> None:
    show_form(site, page)
    page.get_by_text("Read one ticket").click()
    expect(page.get_by_label("Ticket ID")).not_to_be_focused()


def test_the_outcome_is_heard(site: Site, page: Page) -> None:
    show_form(site, page)
    expect(page.locator(".outcome")).to_have_role("status")
    expect(page.get_by_role("status")).to_have_count(1)  # it is there before it says something


def test_what_came_of_one_request_is_not_said_of_the_next(site: Site, page: Page) -> None:
    show_form(site, page, "read")
    page.get_by_label("Ticket ID").fill("12345")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    token = site.token("get_ticket")
    page.locator(FORM).evaluate("(element, token) => { element.token = token }", token)
    page.get_by_role("button", name="Get ticket").click()
    expect(page.get_by_text("Done.")).to_have_count(0)
