"""<connector-form>: an operation's form, its live dropdowns, and what becomes of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from .conftest import Site


def show(
    site: Site, page: Page, operation: str, *scopes: str, value: Any = None, tag: str = "connector-form"
) -> Locator:
    token = site.token(operation, scopes=("options", *scopes))
    given = {"operation": operation} | ({} if value is None else {"value": json.dumps(value)})
    site.show(page, tag, token, given)
    form = page.locator("form")
    expect(form).to_be_visible()
    return form


def value(page: Page) -> Any:
    return page.locator("connector-form").evaluate("element => element.value")


def field(page: Page, name: str) -> Locator:
    return page.get_by_label(re.compile(rf"^{name}( \*)?$"))


def pick(page: Page, name: str, choice: str) -> None:
    page.get_by_role("combobox", name=name, exact=True).click()
    page.get_by_role("option", name=choice).click()


def test_a_ticket_is_created_from_end_to_end(site: Site, page: Page) -> None:
    show(site, page, "create_ticket", "write")
    field(page, "Subject").fill("The lift is stuck")
    pick(page, "Requester ID", "Omar Haddad")
    page.get_by_role("combobox", name="Priority").select_option("high")
    field(page, "Body").fill("Between two floors.")
    page.get_by_role("button", name="Add to Tags").click()
    page.get_by_role("combobox", name="Tag 1").fill("lift")
    expected = {
        "subject": "The lift is stuck",
        "requester_id": 1002,
        "priority": "high",
        "tags": ["lift"],
        "comment": {"body": "Between two floors."},
    }
    page.evaluate("() => addEventListener('connector:done', (event) => { globalThis.done = event.detail.output })")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert value(page) == expected
    ticket = site.output("get_ticket", {"ticket_id": page.evaluate("done.ticket.id")})["ticket"]
    assert (ticket["requester_id"], ticket["priority"], ticket["tags"]) == (1002, "high", ["lift"])


def test_the_page_is_given_the_input_and_told_how_it_ended(site: Site, page: Page) -> None:
    show(site, page, "get_ticket", "read")
    page.evaluate(
        """() => {
          globalThis.told = [];
          for (const name of ["input", "submit", "done", "error"])
            addEventListener(`connector:${name}`, (event) => told.push([name, event.detail]));
        }"""
    )
    field(page, "Ticket ID").fill("12345")
    field(page, "Ticket ID").press("Enter")
    expect(page.get_by_text("Done.")).to_be_visible()
    told = page.evaluate("told")
    assert [name for name, _ in told] == ["input", "submit", "done"]
    assert told[1][1] == {"input": {"ticket_id": 12345}}
    assert told[2][1]["output"]["ticket"]["id"] == 12345
    field(page, "Ticket ID").fill("99999999")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.locator(".outcome.bad")).to_contain_text("404")
    assert page.evaluate("told.at(-1)")[1]["status"] == 424


def test_a_token_that_may_not_run_gives_the_input_to_the_page_alone(site: Site, page: Page) -> None:
    show(site, page, "get_ticket")
    page.evaluate("() => addEventListener('connector:submit', (event) => { globalThis.told = event.detail })")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    field(page, "Ticket ID").fill("12345")
    page.get_by_role("button", name="Get ticket").click()
    page.wait_for_function("globalThis.told")
    assert page.evaluate("told") == {"input": {"ticket_id": 12345}}
    assert [url for url in asked if url.endswith("/run")] == []


def test_another_category_gives_its_sections(site: Site, page: Page) -> None:
    show(site, page, "list_articles")
    pick(page, "Category ID", "Account and billing")
    page.get_by_role("combobox", name="Section ID", exact=True).click()
    sections = page.locator("[role=option]:visible")
    expect(sections.first).to_be_visible()
    billing = sections.all_inner_texts()
    sections.first.click()
    chosen = value(page)["section_id"]
    pick(page, "Category ID", "Devices")
    expect(page.get_by_role("combobox", name="Section ID", exact=True)).to_have_value("")
    expect(page.get_by_text("was emptied").last).to_be_visible()
    assert value(page) == {"category_id": 1902}
    page.get_by_role("combobox", name="Section ID", exact=True).click()
    expect(sections.first).to_be_visible()
    assert not set(billing) & set(sections.all_inner_texts())
    assert chosen


def test_what_does_not_fit_is_said_at_its_field(site: Site, page: Page) -> None:
    show(site, page, "get_ticket", "read")
    page.get_by_role("button", name="Get ticket").click()
    expect(field(page, "Ticket ID")).to_be_focused()
    expect(field(page, "Ticket ID")).to_have_accessible_description(re.compile("Ticket ID is required"))
    field(page, "Ticket ID").fill("twelve")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.locator(".problem:visible")).to_have_text(re.compile("is not of the right form"))
    expect(page.get_by_text("One field does not fit.")).to_be_visible()
    expect(field(page, "Ticket ID")).to_have_attribute("aria-invalid", "true")
    expect(field(page, "Ticket ID")).to_be_focused()
    field(page, "Ticket ID").fill("12345")
    page.get_by_role("button", name="Get ticket").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(field(page, "Ticket ID")).not_to_have_attribute("aria-invalid", "true")


def test_more_than_one_problem_is_listed_and_leads_to_its_field(site: Site, page: Page) -> None:
    show(site, page, "create_group_membership", "write")
    page.get_by_role("button", name="Create group membership").click()
    expect(page.get_by_text("2 fields do not fit.")).to_be_visible()
    page.get_by_role("button", name="Group ID is required.").click()
    expect(page.get_by_role("combobox", name="Group ID", exact=True)).to_be_focused()


def test_a_problem_deep_in_a_folded_list_is_opened_and_found(site: Site, page: Page) -> None:
    saved = {"subject": "s", "description": "d", "email_ccs": [{"action": "put"}, {"action": "no"}]}
    show(site, page, "create_ticket", "write", value=saved)
    page.locator("details.advanced").first.evaluate("element => { element.open = false }")
    page.get_by_role("button", name="Create ticket").click()
    wrong = page.locator("[aria-invalid=true]")
    expect(wrong.locator("option:checked")).to_have_text("no (not offered)")
    expect(wrong).to_be_focused()


def test_a_saved_form_shows_names_and_what_is_gone(site: Site, page: Page) -> None:
    saved = {
        "subject": "s",
        "requester_id": 1002,
        "submitter_id": 1003,
        "group_id": 999,
        "comment": {"author_id": 1004},
    }
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    show(site, page, "create_ticket", value=saved)
    for name, shown in {
        "Requester ID": "Omar Haddad",
        "Submitter ID": "Ingrid Berg",
        "Author ID": "Lucas Moreau",
        "Group ID": "999",
    }.items():
        expect(page.get_by_role("combobox", name=name, exact=True)).to_have_value(shown)
    expect(page.get_by_text("No longer exists")).to_have_count(1)
    assert value(page) == saved
    assert asked.count("check-values") == 1
    assert "labels" not in asked


SAVED: dict[str, dict[str, Any]] = {
    "create_ticket": {
        "subject": "s",
        "assignee_id": None,
        "priority": None,
        "due_at": "2026-03-01T09:00:00.5Z",
        "tags": ["a", "b"],
        "comment": {"body": "b", "public": False},
        "collaborators": [5, "a@b.example", {"name": "A"}],
        "metadata": {"k": [1]},
        "unheard_of": 1,
    },
    "filter_articles": {"articles_list_by": {"section_id": 2404}, "include": ["users", "translations"]},
    "create_view": {
        "title": "v",
        "all": [{"field": "status", "operator": "is", "value": "open"}, {"field": "x", "operator": "y", "value": 1}],
        "restriction": None,
        "output": {"columns": ["status"], "group_by": None, "sort_order": "desc"},
    },
    "upload_attachment": {"file": {"name": "a.txt", "content": "aGk="}},
    "create_schedule": {"name": "n", "time_zone": "UTC"},
    "raw_http_request": {
        "url": {"endpoint": "/api/v2/x"},
        "method": "POST",
        "body": {"raw": {"a": 1}},
        "include_raw_body": False,
    },
}


@pytest.mark.parametrize("operation", SAVED)
def test_what_was_saved_comes_back_as_it_was(site: Site, page: Page, operation: str) -> None:
    show(site, page, operation, value=SAVED[operation])
    assert value(page) == SAVED[operation]


@pytest.mark.parametrize("operation", ["create_ticket", "list_tickets", "create_user", "create_sla_policy"])
def test_an_empty_form_is_an_empty_input(site: Site, page: Page, operation: str) -> None:
    show(site, page, operation)
    assert [one for one in value(page).values() if one not in ([], {})] == []


def test_none_is_said_and_taken_back(site: Site, page: Page) -> None:
    show(site, page, "update_ticket")
    none = page.get_by_role("button", name="Set to none: Assignee ID")
    none.click()
    assert value(page) == {"assignee_id": None}
    expect(none).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("combobox", name="Assignee ID", exact=True)).to_be_disabled()
    none.click()
    assert value(page) == {}
    page.get_by_role("combobox", name="Priority").select_option("None")
    assert value(page) == {"priority": None}


def test_a_file_is_sent_by_its_name_and_content(site: Site, page: Page) -> None:
    show(site, page, "upload_attachment", "write")
    field(page, "File").set_input_files({"name": "hello.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.get_by_role("button", name="Upload attachment").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert value(page)["file"] == {"name": "hello.txt", "content": "aGVsbG8="}


def test_the_fields_of_the_account_are_inputs_of_their_own(site: Site, page: Page) -> None:
    show(site, page, "create_ticket")
    group = page.get_by_role("group", name="Custom fields")
    expect(group.get_by_role("button", name="Add to Custom fields")).to_have_count(0)
    assert group.locator(".field").count() > 3


def test_a_moment_is_shown_in_the_persons_time_and_kept_in_utc(site: Site, page: Page) -> None:
    show(site, page, "create_ticket", value={"due_at": "2026-03-01T09:00:00Z"})
    due = field(page, "Due at")
    expect(due).to_have_value("2026-03-01T10:00")
    expect(due).to_have_accessible_description(re.compile("In your time zone, Europe/Rome"))
    assert value(page) == {"due_at": "2026-03-01T09:00:00Z"}
    due.fill("2026-07-01T10:00")
    assert value(page) == {"due_at": "2026-07-01T08:00:00Z"}


def test_an_outcome_that_is_not_known_is_said_with_its_call_and_sent_again_under_its_key(
    site: Site, page: Page
) -> None:
    keys: list[str | None] = []

    def answer(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) > 1:
            return route.continue_()
        problem = {"status": 502, "detail": "No answer came.", "kind": "OutcomeUnknown", "call_id": "3f9a"}
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/problem+json"}
        return route.fulfill(status=502, body=json.dumps(problem), headers=headers)

    page.route(re.compile("/run$"), answer)
    show(site, page, "create_group", "write")
    field(page, "Name").fill("Harbour")
    page.get_by_role("button", name="Create group").click()
    expect(page.locator(".outcome.unknown")).to_contain_text("It is not known whether this happened.")
    expect(page.locator(".outcome.unknown")).to_contain_text("Call 3f9a")
    page.get_by_role("button", name="Create group").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert keys[0]
    assert keys[0] == keys[1]


def test_a_form_that_cannot_be_read_says_so_and_tries_again(site: Site, page: Page) -> None:
    failing = [True]
    page.route(re.compile("/operations/get_ticket$"), lambda route: route.abort() if failing else route.continue_())
    site.show(page, "connector-form", site.token("get_ticket"), {"operation": "get_ticket"})
    expect(page.get_by_role("alert")).to_have_text("The server could not be reached.")
    failing.clear()
    page.get_by_role("button", name="Try again").click()
    expect(field(page, "Ticket ID")).to_be_visible()
