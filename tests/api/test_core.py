"""Tray's API: what there is, and calls, in its shapes; and what we tell beside them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft4Validator

from connector.catalog import connectors
from connector.record import kept

from .asking import a_ticket, run, tickets
from .conftest import Api
from .trays import CALL, PLACE, TRAYS_CONNECTOR, TRAYS_FAILURE, TRAYS_OPERATION, TRAYS_SUCCESS, call, fits

# -- what there is -----------------------------------------------------------------------------------------------------


def test_connectors_are_listed(api: Api) -> None:
    answer = api.call("GET", "/core/v1/connectors")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"elements"}
    (one,) = answer.json()["elements"]
    assert fits(TRAYS_CONNECTOR, one)
    assert (one["name"], one["version"], one["service"]["version"]) == ("zendesk", "1.0", 1)
    assert one["service"]["id"] == str(uuid.uuid5(uuid.NAMESPACE_URL, "connector:zendesk"))


def test_operations_are_listed_with_schemas_in_draft_04(api: Api) -> None:
    answer = api.call("GET", f"{PLACE}/operations")
    found = {one["name"]: one for one in answer.json()["elements"]}
    names = connectors()["zendesk"].names
    assert [*found] == [name for name in names if not name.endswith("_ddl")]
    for one in found.values():
        assert fits(TRAYS_OPERATION, one)
        assert one["inputSchema"]["$schema"] == "http://json-schema.org/draft-04/schema#"
        for part in objects(one["inputSchema"]):
            assert {"required", "advanced", "additionalProperties"} <= part.keys()
            assert {*part["advanced"]} <= part["properties"].keys()
    held = {"If-None-Match": answer.headers["etag"]}
    assert api.call("GET", f"{PLACE}/operations", headers=held).status_code == 304


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


# -- calls -------------------------------------------------------------------------------------------------------------


def test_a_success_has_the_output_and_beside_it_how_to_go_on(api: Api) -> None:
    answer = call(api, "get_ticket", {"ticket_id": 12345})
    assert fits(TRAYS_SUCCESS, answer.json())
    assert CALL.is_valid(answer.json())
    assert kept.find(api.server.store, answer.headers["x-call-id"]).operation == "get_ticket"
    page = call(api, "list_tickets", {"page_size": 2}).json()
    assert fits(TRAYS_SUCCESS, page, "next_input")
    assert CALL.is_valid(page)
    following = call(api, "list_tickets", page["next_input"]).json()
    assert following["output"]["tickets"][0]["id"] > page["output"]["tickets"][-1]["id"]


def test_what_the_service_refuses_is_an_answer_with_an_error_beside_it(api: Api) -> None:
    answer = call(api, "get_ticket", {"ticket_id": 404404})
    assert answer.status_code == 200
    body = answer.json()
    assert CALL.is_valid(body)
    error = body["error"]
    assert fits(TRAYS_FAILURE, body, "error")
    assert body["output"]["response"]["statusCode"] == 404
    assert body["output"]["response"]["body"] == {"error": "RecordNotFound", "description": "Not found"}
    assert body["output"]["expects"] == {"statusCode": [200]}
    assert (error["kind"], error["code"], error["retryable"]) == ("APIError", "#api_error", False)
    assert error["upstream"]["status"] == 404
    assert error["upstream"]["headers"]["content-type"].startswith("application/json")
    assert error["call_id"] == answer.headers["x-call-id"]
    assert error["request_id"] == answer.headers["x-request-id"]


def test_fields_that_the_service_does_not_take_are_named(api: Api) -> None:
    made = call(api, "create_user", {"name": "Ann", "email": "admin@sandbox.example"}).json()
    assert made["outcome"] == "error"
    assert made["output"]["expects"] == {"statusCode": [200, 201]}
    assert [field["pointer"] for field in made["error"]["fields"]] == ["/email"]


def test_an_output_schema_comes_in_place_of_the_output(api: Api) -> None:
    before = len(api.call("GET", "/v1/calls").json()["calls"])
    for name, value in (("list_groups", "groups"), ("list_groups_ddl", "result")):
        body = call(api, name, returnOutputSchema=True).json()
        assert fits(TRAYS_SUCCESS, body)
        assert [*body["output"]] == ["output_schema"]
        Draft4Validator(body["output"]["output_schema"]).validate(call(api, name).json()["output"])
        assert value in body["output"]["output_schema"]["properties"]
    assert len(api.call("GET", "/v1/calls").json()["calls"]) == before + 2  # of the outputs


def test_a_dropdown_gives_its_choices_and_says_where_there_are_more(api: Api) -> None:
    whole = call(api, "list_groups_ddl").json()
    assert fits(TRAYS_SUCCESS, whole)
    some = call(api, "list_groups_ddl", search=whole["output"]["result"][0]["text"]).json()
    assert some["output"]["result"] == whole["output"]["result"][:1]
    part = call(api, "list_groups_ddl", {"page_size": 2}).json()
    assert CALL.is_valid(part)
    assert part["options"]["complete"] is False
    rest = call(api, "list_groups_ddl", {"page_size": 2}, page=part["options"]["next"]).json()
    assert len(rest["output"]["result"]) == 2
    assert rest["output"] != part["output"]


def test_a_key_is_of_one_api_and_gives_one_answer(api: Api) -> None:
    name, key = uuid.uuid4().hex, {"Idempotency-Key": "k-1"}
    first = call(api, "raw_http_request", a_ticket(name), headers=key)
    again = call(api, "raw_http_request", a_ticket(name), headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert tickets(api, name) == 1
    ours = run(api, "raw_http_request", a_ticket(name), headers=key)
    assert ours.status_code == 422
    refused = {"Idempotency-Key": "k-2"}
    for _ in range(2):
        body = call(api, "get_ticket", {"ticket_id": 404404}, headers=refused).json()
        assert body["output"]["response"]["statusCode"] == 404
    assert call(api, "get_ticket", {"ticket_id": 1}, headers=refused).status_code == 400


def test_a_write_that_may_have_happened_is_told_so(api: Api) -> None:
    name = uuid.uuid4().hex
    answer = call(api, "raw_http_request", a_ticket(name, "500-after"))
    body = answer.json()
    assert answer.status_code == 200
    assert CALL.is_valid(body)
    assert fits(TRAYS_FAILURE, body, "error")
    assert (body["error"]["kind"], body["error"]["code"]) == ("OutcomeUnknown", "#outcome_unknown")
    assert kept.find(api.server.store, body["error"]["call_id"]).outcome == "unknown"
    assert tickets(api, name) == 1
