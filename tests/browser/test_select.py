"""<connector-select>: the choices of a dropdown, by keyboard, mouse and name."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, Route, expect

from .conftest import Site

USERS, GROUPS = {"operation": "list_users_ddl", "label": "User"}, {"operation": "list_groups_ddl", "label": "Group"}


def combobox(page: Page) -> Locator:
    return page.get_by_role("combobox")


def options(page: Page) -> Locator:
    return page.get_by_role("option")


def value(page: Page) -> object:
    return page.locator("connector-select").evaluate("element => element.value")


def show_users(site: Site, page: Page, **more: str) -> Locator:
    site.show(page, "connector-select", site.token("list_users_ddl"), {**USERS, **more})
    return combobox(page)


def test_a_choice_is_picked_with_the_mouse(site: Site, page: Page) -> None:
    box = show_users(site, page)
    expect(box).to_have_attribute("aria-expanded", "false")
    box.click()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_have_text("100 results, more at the end of the list")
    page.get_by_role("option", name="Omar Haddad").click()
    expect(box).to_have_value("Omar Haddad")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_be_focused()
    assert value(page) == 1002


def test_a_search_goes_to_the_service_and_says_how_many_it_found(site: Site, page: Page) -> None:
    box = show_users(site, page)
    box.press_sequentially("omar")
    expect(options(page)).to_have_text(["Omar Haddad", "Use “omar”"])
    expect(page.get_by_role("status")).to_have_text("1 result")
    box.press("Enter")  # the only one of its name is meant only where it is written out
    assert value(page) == "omar"
    box.fill("OMAR HADDAD")
    expect(options(page)).to_have_text(["Omar Haddad"])
    box.press("Enter")
    expect(box).to_have_value("Omar Haddad")
    assert value(page) == 1002


def test_the_next_page_comes_by_keyboard(site: Site, page: Page) -> None:
    box = show_users(site, page)
    box.click()
    expect(options(page)).to_have_count(100)
    for key in ("ArrowDown", "End", "ArrowDown"):
        box.press(key)
    expect(options(page)).to_have_count(199)
    expect(page.get_by_role("status")).to_have_text("99 more")
    expect(page.locator("[data-active]")).to_have_text(options(page).nth(100).inner_text())
    texts = options(page).all_inner_texts()
    assert len(texts) == len(set(texts))


def test_the_next_page_comes_by_scrolling(site: Site, page: Page) -> None:
    show_users(site, page).click()
    expect(options(page)).to_have_count(100)
    expect(page.get_by_text("More at the end", exact=True)).to_be_visible()
    options(page).last.hover()
    page.mouse.wheel(0, 10_000)
    expect(options(page)).to_have_count(199)
    expect(page.get_by_text("More at the end", exact=True)).to_have_count(0)


def test_the_keyboard_alone_does_all(site: Site, page: Page) -> None:
    site.show(page, "connector-select", site.token("list_groups_ddl"), GROUPS, "<button>Next</button>")
    box, active = combobox(page), page.locator("[data-active]")
    page.keyboard.press("Tab")
    expect(box).to_be_focused()
    box.press("Alt+ArrowDown")
    expect(options(page)).to_have_count(12)
    expect(active).to_have_count(0)
    names = options(page).all_inner_texts()
    for key, name in [
        ("ArrowDown", names[0]), ("ArrowDown", names[1]), ("ArrowUp", names[0]), ("ArrowUp", names[-1]),
        ("ArrowDown", names[0]), ("PageDown", names[10]), ("PageDown", names[-1]), ("Home", names[0]),
        ("End", names[-1]),
    ]:  # fmt: skip
        box.press(key)
        expect(active).to_have_text(name)
        assert box.get_attribute("aria-activedescendant") == active.get_attribute("id")
    box.press("Enter")
    expect(box).to_have_value(names[-1])
    box.press("ArrowDown")
    expect(active).to_have_text(names[-1])  # it opens at the one that is chosen
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value(names[-1])
    box.press("ArrowUp")
    box.press("Alt+ArrowUp")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("Escape")
    expect(box).to_have_value("")
    assert value(page) is None
    box.press("Alt+ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Refresh")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")


def test_a_value_that_is_not_in_the_list_is_taken_and_marked(site: Site, page: Page) -> None:
    box = show_users(site, page)
    box.fill("{{ step.user }}")
    page.get_by_role("option", name="Use").click()
    expect(box).to_have_value("{{ step.user }}")
    expect(page.get_by_text("Your own value, not from the list")).to_be_visible()
    expect(box).to_have_accessible_description("Your own value, not from the list")
    box.fill("another")
    box.blur()  # what was typed is never lost
    assert value(page) == "another"


def test_stored_values_are_shown_by_their_names(site: Site, page: Page) -> None:
    box = show_users(site, page, value="1003")
    expect(box).to_have_value("Ingrid Berg")
    page.locator("connector-select").evaluate("element => { element.value = 1002 }")
    expect(box).to_have_value("Omar Haddad")


def test_one_that_no_longer_exists_is_marked(site: Site, page: Page) -> None:
    site.show(page, "connector-select", site.token("list_groups_ddl"), {**GROUPS, "value": "999"})
    expect(combobox(page)).to_have_value("999")
    expect(page.get_by_text("No longer exists")).to_be_visible()


def test_an_error_is_shown_and_the_button_tries_again(site: Site, page: Page) -> None:
    failing = [True]

    def answer(route: Route) -> None:
        if failing:
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/options$"), answer)
    box = show_users(site, page)
    box.click()
    expect(page.get_by_role("alert")).to_have_text("The server could not be reached.")
    expect(box).to_have_attribute("aria-expanded", "false")
    failing.clear()
    page.get_by_role("button", name="Try again").click()
    expect(options(page)).to_have_count(100)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(box).to_be_focused()


def test_what_the_server_refuses_is_shown_in_its_words(site: Site, page: Page) -> None:
    site.show(page, "connector-select", site.token("list_groups_ddl"), {"operation": "list_users_ddl"})
    combobox(page).click()
    expect(page.get_by_role("alert")).to_contain_text("list_users_ddl")


def test_refresh_asks_the_service_again(site: Site, page: Page) -> None:
    site.show(page, "connector-select", site.token("list_groups_ddl"), GROUPS)
    combobox(page).click()
    expect(options(page)).to_have_count(12)
    site.output("create_group", {"name": "Harbour shift"})
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("option", name="Harbour shift")).to_be_attached()


def test_a_form_of_the_page_has_its_value(site: Site, page: Page) -> None:
    token = site.token("list_groups_ddl")
    page_of = f"""<form><label for="g">Group of the page</label>
    <connector-select id="g" name="group" required connector="zendesk" operation="list_groups_ddl" token="{token}">
    </connector-select><button type="reset">Reset</button></form>"""
    site.show(page, "connector-select", token, GROUPS, page_of)
    box = page.get_by_role("combobox", name="Group of the page")
    data = "() => [...new FormData(document.forms[0])]"
    assert page.evaluate(data) == []
    assert page.evaluate("() => document.forms[0].checkValidity()") is False
    page.evaluate("() => addEventListener('change', (event) => document.title = `${event.target.value}`)")
    box.click()
    page.get_by_role("option", name="Billing").click()
    assert page.evaluate(data) == [["group", "123"]]
    assert page.evaluate("() => document.forms[0].checkValidity()") is True
    expect(page).to_have_title("123")
    page.get_by_role("button", name="Reset").click()
    expect(box).to_have_value("")
    page.locator("#g").evaluate("element => { element.disabled = true; element.toggleAttribute('disabled', true) }")
    expect(box).to_be_disabled()


def test_another_parent_gives_another_list(site: Site, page: Page) -> None:
    given = {"operation": "list_sections_ddl", "label": "Section", "input": '{"category_id": 1901}'}
    site.show(page, "connector-select", site.token("list_sections_ddl"), given)
    combobox(page).click()
    expect(options(page).first).to_be_visible()
    before = options(page).all_inner_texts()
    options(page).first.click()
    page.locator("connector-select").evaluate("element => { element.input = {category_id: 1902} }")
    expect(combobox(page)).to_have_value("")
    expect(page.get_by_role("status")).to_have_text("Section was emptied: it is not in the new list.")
    combobox(page).click()
    expect(options(page).first).to_be_visible()
    assert not set(before) & set(options(page).all_inner_texts())


def test_a_token_that_is_renewed_is_used(site: Site, page: Page) -> None:
    site.show(page, "connector-select", "old", GROUPS)
    page.locator("connector-select").evaluate(
        "(element, token) => { element.renew = async () => token }", site.token("list_groups_ddl")
    )
    combobox(page).click()
    expect(options(page)).to_have_count(12)


def test_a_page_of_another_origin_is_refused(site: Site, page: Page) -> None:
    other = site.token("list_groups_ddl", origin=site.url)
    site.show(page, "connector-select", other, GROUPS)
    combobox(page).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(options(page)).to_have_count(0)


def test_a_name_is_text_and_never_markup(site: Site, page: Page) -> None:
    site.output("create_group", {"name": "<img src=x onerror=alert(1)>"})
    site.show(page, "connector-select", site.token("list_groups_ddl"), GROUPS)
    combobox(page).click()
    expect(page.get_by_role("option", name="<img src=x onerror=alert(1)>")).to_be_attached()
    expect(page.locator("img")).to_have_count(0)


def test_with_strict_what_is_not_in_the_list_is_refused_and_stays(site: Site, page: Page) -> None:
    site.show(page, "connector-select", site.token("list_groups_ddl"), {**GROUPS, "strict": "", "value": "123"})
    box = combobox(page)
    expect(box).to_have_value("Billing")
    box.fill("nobody")
    box.blur()
    expect(page.get_by_text("“nobody” is not one of the choices")).to_be_visible()
    expect(box).to_have_value("nobody")
    state = "element => [element.value ?? null, element.validity.badInput]"
    assert page.locator("connector-select").evaluate(state) == [None, True]
    box.fill("billing")
    expect(options(page)).to_have_count(1)
    box.press("Enter")
    assert page.locator("connector-select").evaluate(state) == [123, False]
