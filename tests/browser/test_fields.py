"""Fields of a form: what is typed and can be no value, rows of a list, saved values of another shape."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Site
from .test_form import pick, show, value

SHAPES = "[null, 0, 'x', '', true, [], {}, [null], [[1]], [{}], {a: {b: 1}}, ['x', 1], [{id: 1, value: 2}, {id: 'x'}]]"
OTHERS = f"""(element) => [...element.fields.root.fields.keys()].flatMap((name) => {SHAPES}
  .map((value) => JSON.stringify({{ [name]: value }}))
  .filter((text) => {{ element.value = JSON.parse(text); return JSON.stringify(element.value) !== text }}))"""


def test_a_name_that_is_none_of_the_choices_is_not_dropped(site: Site, page: Page) -> None:
    show(site, page, "create_ticket", "write")
    page.get_by_role("textbox", name="Subject", exact=True).fill("s")
    page.get_by_role("textbox", name="Body", exact=True).fill("b")
    for name in ("Group ID", "Author ID"):  # the latter in an object
        box = page.get_by_role("combobox", name=name, exact=True)
        box.fill("nobody")
        page.get_by_role("button", name="Create ticket").click()
        expect(page.get_by_text("One field does not fit.")).to_be_visible()
        expect(box).to_have_value("nobody")
        expect(box).to_be_focused()
        expect(box).to_have_accessible_description(re.compile(f"{name} “nobody” is not one of the choices$"))
        box.press("Escape")
        box.press("Escape")
        expect(box).to_have_value("")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_text("Done.")).to_be_visible()


def test_no_two_rows_of_a_list_have_one_name(site: Site, page: Page) -> None:
    show(site, page, "create_ticket")
    add = page.get_by_role("button", name="Add to Tags")
    add.click()
    add.click()
    page.get_by_role("button", name="Remove Tag 1").click()
    add.click()
    for name in ("Tag 2", "Tag 3"):
        page.get_by_role("combobox", name=name).fill(name.replace(" ", "_"))
    expect(page.get_by_role("button", name="Remove Tag")).to_have_count(2)
    add.focus()
    assert value(page) == {"tags": ["Tag_2", "Tag_3"]}


def test_a_saved_value_of_any_shape_comes_back_as_it_was(site: Site, page: Page) -> None:
    for operation in ("create_view", "create_ticket"):
        show(site, page, operation)
        assert page.locator("connector-form").evaluate(OTHERS) == []
    page.locator("connector-form").evaluate("element => element.reset()")


def test_a_file_that_cannot_be_read_is_said_and_not_left_out(site: Site, page: Page) -> None:
    show(site, page, "upload_attachment", "write")
    page.evaluate("""() => {
      FileReader.prototype.readAsDataURL = function () { this.dispatchEvent(new Event("loadend")) }
    }""")
    file = page.get_by_label("File *", exact=True)
    file.set_input_files({"name": "hello.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(page.locator(".problem:visible")).to_have_text("hello.txt could not be read. Choose it again.")
    page.get_by_role("button", name="Upload attachment").click()
    expect(page.get_by_text("One field does not fit.")).to_be_visible()


def test_a_dropdown_follows_its_parent_also_after_the_form_was_filled_out_of_sight(site: Site, page: Page) -> None:
    show(site, page, "list_articles")
    page.evaluate("""() => {
      const form = document.querySelector("connector-form"), place = form.parentNode;
      form.remove();
      for (const category_id of [1902, 1901]) form.value = { category_id };
      place.append(form);
    }""")
    page.get_by_role("combobox", name="Section ID", exact=True).click()
    page.locator("[role=option]:visible").first.click()
    pick(page, "Category ID", "Devices")
    expect(page.get_by_text("was emptied").last).to_be_visible()
    assert value(page) == {"category_id": 1902}
