"""A front end written for Tray's API, which knows nothing else, works on ours: it is given another base URL."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator

from .conftest import Api


class FrontEnd:
    """Lists, draws forms, fills dropdowns, calls, as Tray's documentation says it is done."""

    def __init__(self, base_url: str, token: str, auth: str) -> None:
        self._http = httpx.Client(base_url=base_url, trust_env=False, headers={"Authorization": f"Bearer {token}"})
        self._auth = auth

    def close(self) -> None:
        self._http.close()

    def open(self, name: str) -> None:
        """Take a connector from the list, and its operations."""
        found = self._get("/core/v1/connectors")
        one = next(element for element in found["elements"] if element["name"] == name)
        self._place = f"/core/v1/connectors/{one['name']}/versions/{one['version']}"
        elements = self._get(f"{self._place}/operations")["elements"]
        self.operations = {element["name"]: element for element in elements}

    def fields(self, operation: str) -> tuple[list[str], list[str]]:
        """The fields that a form shows, and those that it folds away."""
        schema = self.operations[operation]["inputSchema"]
        shown = [name for name in schema["properties"] if name not in schema["advanced"]]
        return shown, schema["advanced"]

    def choices(self, operation: str, field: str, form: dict[str, Any]) -> list[dict[str, Any]]:
        """What the dropdown of a field shows."""
        lookup = self.operations[operation]["inputSchema"]["properties"][field]["lookup"]
        given = {
            name: form[re.fullmatch(r"\{\{\{(.+)\}\}\}", template)[1]]  # type: ignore[index]
            for name, template in lookup["input"].items()
        }
        outcome = self.call(lookup["operation"], given)
        assert outcome["outcome"] == "success", outcome
        return [*outcome["output"]["result"]]

    def submit(self, operation: str, form: dict[str, Any]) -> Any:
        """Check the form as the schema says, and call."""
        self.check(self.operations[operation]["inputSchema"], form)
        outcome = self.call(operation, form)
        if outcome["outcome"] == "success":
            self.check(self.operations[operation]["outputSchema"], outcome["output"])
        return outcome

    def call(self, operation: str, given: dict[str, Any], **more: Any) -> Any:
        asked = {"operation": operation, "authId": self._auth, "input": given, "returnOutputSchema": False, **more}
        answer = self._http.post(f"{self._place}/call", json=asked)
        answer.raise_for_status()
        return answer.json()

    @staticmethod
    def check(schema: Any, value: Any) -> None:
        Draft4Validator(schema).validate(value)

    def _get(self, path: str) -> Any:
        answer = self._http.get(path)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture
def front(api: Api) -> Any:
    front = FrontEnd(str(api.http.base_url), api.key(), "sandbox")
    front.open("zendesk")
    yield front
    front.close()


def test_operations_are_listed_without_dropdowns(front: FrontEnd) -> None:
    assert "create_ticket" in front.operations
    assert "raw_http_request" in front.operations
    assert not [name for name in front.operations if name.endswith("_ddl")]


def test_a_form_is_drawn_and_its_dropdowns_are_filled(front: FrontEnd) -> None:
    shown, folded = front.fields("list_articles")
    assert {"category_id", "section_id"} <= {*shown}
    assert "page_size" in folded
    categories = front.choices("list_articles", "category_id", {})
    lists = []
    for category in categories:
        sections = front.choices("list_articles", "section_id", {"category_id": category["value"]})
        lists.append([section["value"] for section in sections])
    assert any(lists)
    assert len({tuple(one) for one in lists}) > 1  # another category, other sections
    section = next(one for one in lists if one)[0]
    outcome = front.submit("list_articles", {"section_id": section})
    assert all(article["section_id"] == section for article in outcome["output"]["articles"])


def test_every_dropdown_that_a_form_names_can_be_called(front: FrontEnd) -> None:
    """Also those of lists that are operations of their own, which have another name here."""
    found = {
        one["lookup"]["operation"]: one["lookup"]["input"]
        for operation in front.operations.values()
        for one in operation["inputSchema"].get("properties", {}).values()
        if "lookup" in one
    }
    assert "list_brands_options_ddl" in found
    for name in (name for name, needs in found.items() if not needs):
        result = front.call(name, {})["output"]["result"]
        assert result, name
        assert all(option.keys() == {"text", "value"} for option in result)
        schema = front.call(name, {}, returnOutputSchema=True)["output"]["output_schema"]
        front.check(schema, {"result": result})
    assert all(name.endswith("_ddl") for name in found)


def test_a_form_is_submitted_and_what_the_service_refuses_is_an_outcome(front: FrontEnd) -> None:
    group = front.choices("create_ticket", "group_id", {})[0]["value"]
    made = front.submit("create_ticket", {"subject": "Printer", "comment": {"body": "No."}, "group_id": group})
    id = made["output"]["ticket"]["id"]
    assert front.submit("get_ticket", {"ticket_id": id})["output"]["ticket"]["group_id"] == group
    assert front.submit("delete_ticket", {"ticket_id": id})["outcome"] == "success"
    gone = front.submit("get_ticket", {"ticket_id": id})
    assert gone["outcome"] == "error"
    assert gone["output"]["response"]["statusCode"] == 404
    assert gone["output"]["expects"] == {"statusCode": [200]}
    assert "Not found" in gone["output"]["message"]
