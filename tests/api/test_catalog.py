"""The catalog over HTTP: connectors, operations, the schemas of one in each dialect, a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.catalog import find
from connector.dialects.draft04 import draft04
from connector.dialects.rjsf import rjsf

from .. import small_home
from .conftest import ORIGIN, Api

OPERATIONS = "/v1/connectors/zendesk/operations"


def names(api: Api, query: str = "", connector: str = "zendesk") -> list[str]:
    answer = api.call("GET", f"/v1/connectors/{connector}/operations{query}")
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["operations"]]


def test_every_connector_is_listed(api: Api) -> None:
    found = api.call("GET", "/v1/connectors").json()["connectors"]
    row = next(row for row in found if row["name"] == "zendesk")
    assert (row["title"], row["operations"]) == ("Zendesk", 107)
    assert row["description"]


def test_every_operation_is_listed(api: Api) -> None:
    rows = api.call("GET", OPERATIONS).json()["operations"]
    assert len(rows) == 107
    row = next(row for row in rows if row["name"] == "get_ticket")
    told = {"title": "Get ticket", "description": row["description"], "effect": "read", "kind": "main"}
    assert row == {"name": "get_ticket", **told}


def test_a_dropdown_is_what_is_there_for_nothing_else(api: Api) -> None:
    dropdowns, main = names(api, "?kind=dropdown"), names(api, "?kind=main")
    assert all(name.endswith("_ddl") for name in dropdowns)
    assert "list_brands" in main
    assert len(dropdowns) + len(main) == 107


def test_operations_are_found_by_their_effect(api: Api) -> None:
    assert "get_ticket" not in names(api, "?effect=create")
    assert "create_ticket" in names(api, "?effect=create")
    assert names(api, "?effect=destroy&kind=dropdown") == []
    answer = api.call("GET", f"{OPERATIONS}?effect=delete")
    assert answer.status_code == 400


def test_a_search_wants_every_word_and_gives_the_best_first(api: Api) -> None:
    assert names(api, "?search=get%20ticket")[0] == "get_ticket"
    assert names(api, "?search=TICKET%20create")[0] == "create_ticket"
    assert names(api, "?search=create_ticket_field")[0] == "create_ticket_field"
    assert names(api, "?search=ticket%20zzz") == []
    assert names(api, "?search=%20") == names(api)
    told = names(api, "?search=internal%20note")  # words of a description
    assert "add_comment_to_ticket" in told


def test_an_operation_is_shown_in_each_dialect(api: Api) -> None:
    operation = find("zendesk").operation("create_ticket")
    plain = api.call("GET", f"{OPERATIONS}/create_ticket").json()
    assert plain["input_schema"] == operation.input_schema
    assert plain["output_schema"] == operation.output_schema
    assert (plain["effect"], plain["kind"], plain["title"]) == ("create", "main", "Create ticket")
    tray = api.call("GET", f"{OPERATIONS}/create_ticket?dialect=draft-04").json()
    assert tray["input_schema"] == draft04(operation.input_schema)
    assert tray["output_schema"] == draft04(operation.output_schema)
    form = api.call("GET", f"{OPERATIONS}/create_ticket?dialect=rjsf").json()
    assert {key: form[key] for key in ("schema", "ui_schema", "form_data")} == rjsf(operation.input_schema)
    assert "output_schema" not in form
    assert api.call("GET", f"{OPERATIONS}/create_ticket?dialect=draft-05").status_code == 400


@pytest.mark.parametrize("path", ["/create_tiket", "/connector", "/..%2Fharbor", "/create_tiket/sample"])
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    answer = api.call("GET", OPERATIONS + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_connector_that_is_not_there_is_not_found(api: Api) -> None:
    answer = api.call("GET", "/v1/connectors/zendesks/operations")
    assert (answer.status_code, answer.json()["code"]) == (404, "#not_found")


def test_a_sample_is_an_input_and_what_it_gave(api: Api) -> None:
    found = api.call("GET", f"{OPERATIONS}/get_ticket/sample").json()
    assert found["input"]["ticket_id"] == 12345
    assert found["output"]["ticket"]["id"] == 12345


PATHS = ["/v1/connectors", OPERATIONS, f"{OPERATIONS}?search=ticket", f"{OPERATIONS}/get_ticket",
         f"{OPERATIONS}/get_ticket?dialect=draft-04", f"{OPERATIONS}/get_ticket/sample"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(api: Api, path: str) -> None:
    first = api.call("GET", path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = api.call("GET", path, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-length" not in again.headers
    assert api.call("GET", path, headers={"If-None-Match": '"other"'}).content == first.content


def test_answers_that_differ_have_different_tags(api: Api) -> None:
    tags = [api.call("GET", path).headers["etag"] for path in PATHS]
    assert len(set(tags)) == len(PATHS)


@pytest.mark.parametrize("path", [*PATHS, f"{OPERATIONS}/get_ticket?connection=sandbox"])
def test_a_key_without_the_scope_sees_nothing(api: Api, path: str) -> None:
    key = api.key(scopes=frozenset({"read", "manage"}))
    assert api.call("GET", path, key=key, headers={"If-None-Match": "*"}).status_code == 403
    assert api.http.get(path).status_code == 401


# -- a connection ------------------------------------------------------------------------------------------------------


def test_with_a_connection_the_fields_of_the_account_are_in_the_schema(api: Api) -> None:
    answer = api.call("GET", f"{OPERATIONS}/create_ticket?connection=sandbox")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    own, plain = answer.json(), api.call("GET", f"{OPERATIONS}/create_ticket").json()
    assert own["input_schema"] != plain["input_schema"]
    assert own["output_schema"] == plain["output_schema"]
    for dialect, key in (("draft-04", "input_schema"), ("rjsf", "schema")):
        found = api.call("GET", f"{OPERATIONS}/create_ticket?connection=sandbox&dialect={dialect}").json()
        write = draft04 if key == "input_schema" else lambda schema: rjsf(schema)["schema"]
        assert found[key] == write(own["input_schema"])


@pytest.mark.parametrize("name", ["nothing", "acme/sandbox", "..", ""])
def test_a_connection_that_is_not_there(api: Api, name: str) -> None:
    answer = api.call("GET", f"{OPERATIONS}/get_ticket", params={"connection": name})
    assert answer.status_code == (404 if name else 400)


# -- an embed token ----------------------------------------------------------------------------------------------------


@pytest.fixture
def token(api: Api) -> dict[str, Any]:
    """A token for a page, as the arguments of a call."""
    wanted = {"connector": "zendesk", "connection": "sandbox", "operations": ["create_ticket"], "origin": ORIGIN}
    made = api.call("POST", "/v1/embed-tokens", wanted)
    return {"key": made.json()["token"], "headers": {"Origin": ORIGIN}}


def test_a_page_sees_its_operations_by_the_fields_of_its_account(api: Api, token: dict[str, Any]) -> None:
    found = api.call("GET", f"{OPERATIONS}/create_ticket?dialect=rjsf", **token)
    assert found.status_code == 200
    assert found.json() == api.call("GET", f"{OPERATIONS}/create_ticket?dialect=rjsf&connection=sandbox").json()
    assert api.call("GET", f"{OPERATIONS}/create_ticket?connection=env", **token).status_code == 403


@pytest.mark.parametrize("path", ["/update_ticket", "", "/create_ticket/sample"])
def test_a_page_sees_nothing_else(api: Api, token: dict[str, Any], path: str) -> None:
    assert api.call("GET", OPERATIONS + path, **token).status_code == 403


# -- broken files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small connector of which one operation does not load."""
    home = small_home.home(tmp_path / "shed")
    (home / "operations" / "shed" / "bent_tool.yaml").write_text('{"title": 1}')
    (home / "operations" / "shed" / "raw_tool.yaml").write_text("title: [")
    monkeypatch.setenv("CONNECTOR_PATH", str(home))
    return home / "operations" / "shed"


def test_an_operation_that_does_not_load_leaves_the_others_alone(api: Api, shed: Path) -> None:
    rows = {row["name"]: row for row in api.call("GET", "/v1/connectors/shed/operations").json()["operations"]}
    assert rows.keys() == {*small_home.OPERATIONS, "bent_tool", "raw_tool"}
    broken = {name: row for name, row in rows.items() if "error" in row}
    assert broken.keys() == {"bent_tool", "raw_tool"}
    assert broken["bent_tool"]["error"].startswith("bent_tool.yaml: ")
    assert str(shed.parent) not in str(rows)
    assert rows["bent_tool"]["effect"] is None
    assert names(api, "?search=tool&effect=create", "shed") == ["make_tool"]
    (shed / "bent_tool.yaml").write_text((shed / "get_tool.yaml").read_text())
    mended = api.call("GET", "/v1/connectors/shed/operations").json()["operations"]
    assert [row["name"] for row in mended if "error" in row] == ["raw_tool"]


def test_a_connector_that_does_not_load_leaves_the_others_alone(api: Api, shed: Path) -> None:
    (shed / "connector.yaml").write_text("{}")
    found = {row["name"]: row for row in api.call("GET", "/v1/connectors").json()["connectors"]}
    assert found.keys() == {"shed", "zendesk"}
    assert found["shed"]["error"].startswith("connector.yaml: ")
    assert "error" not in found["zendesk"]


def test_an_operation_without_a_sample(api: Api, shed: Path) -> None:
    answer = api.call("GET", "/v1/connectors/shed/operations/get_tool/sample")
    assert (answer.status_code, answer.json()["detail"]) == (404, "get_tool has no sample.")
