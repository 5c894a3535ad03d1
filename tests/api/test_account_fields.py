"""The account's own fields over HTTP: in the schema of an operation, and judged before anything is sent."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from .asking import run
from .conftest import ORIGIN, Api

CREATE = "/v1/connectors/zendesk/operations/create_ticket"
SEATS = 360001234604


def shown(api: Api, query: str = "?connection=sandbox", **more: Any) -> dict[str, Any]:
    answer = api.call("GET", CREATE + query, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def titles(shown: dict[str, Any]) -> list[str]:
    """The titles of the fields that a schema offers; none where it is the published one."""
    marked = next(one for one in shown["input_schema"]["$defs"].values() if one.get("account_fields") == "ticket")
    return [form["title"] for form in marked["items"].get("oneOf", ())]


def ticket(value: Any, field: Any = SEATS) -> dict[str, Any]:
    return {"subject": "Seats", "comment": {"body": "More."}, "custom_fields": [{"id": field, "value": value}]}


def test_with_a_connection_the_schema_has_the_fields_of_the_account(api: Api) -> None:
    assert titles(shown(api, "")) == []
    found = titles(shown(api))
    assert found[:2] == ["Urgency", "Order number"]
    assert not {"Subject", "Old case number"} & set(found)  # not the account's own; not in use


@pytest.mark.parametrize("dialect", ["draft-04", "rjsf"])
def test_the_other_dialects_have_them_too(dialect: str, api: Api) -> None:
    found = shown(api, f"?dialect={dialect}&connection=sandbox")
    schema = found["input_schema" if dialect == "draft-04" else "schema"]
    judge = {"draft-04": jsonschema.Draft4Validator, "rjsf": jsonschema.Draft7Validator}[dialect]
    assert judge(schema).is_valid(ticket(3))
    assert not judge(schema).is_valid(ticket("many"))


def test_an_embed_token_sees_the_fields_of_its_connection(api: Api) -> None:
    made = {"connector": "zendesk", "connection": "sandbox", "operations": ["create_ticket"], "origin": ORIGIN}
    token = api.call("POST", "/v1/embed-tokens", {**made, "scopes": ["options"], "seconds": 60}).json()["token"]
    found = shown(api, "", key=token, headers={"Origin": ORIGIN})
    assert "Seats" in titles(found)


@pytest.mark.parametrize("what", ["run", "plan"])
def test_a_value_that_the_account_would_refuse_is_refused_before_it_is_sent(what: str, api: Api) -> None:
    before = run(api, "list_tickets", {"page_size": 1}).json()["output"]["tickets"]
    answer = run(api, "create_ticket", ticket("many"), path=f"{CREATE}/{what}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/custom_fields/0/value"]
    assert "Seats is not of the right form" in answer.text
    assert run(api, "list_tickets", {"page_size": 1}).json()["output"]["tickets"] == before
    assert run(api, "create_ticket", ticket(4), path=f"{CREATE}/{what}").status_code == 200


def test_a_field_of_one_tenant_is_none_of_another(api: Api) -> None:
    given = {"type": "integer", "title": "Berths"}
    made = run(api, "create_ticket_field", given, tenant="acme", path=CREATE.replace("ticket", "ticket_field") + "/run")
    assert made.status_code == 200, made.text
    field = made.json()["output"]["ticket_field"]["id"]
    assert "Berths" in titles(shown(api, tenant="acme"))
    assert "Berths" not in titles(shown(api, tenant="other"))
    assert run(api, "create_ticket", ticket(4, field), tenant="acme").status_code == 200
    refused = run(api, "create_ticket", ticket(4, field), tenant="other")
    assert refused.status_code == 422
    assert "Berths" not in refused.text
