"""The requests by which every status of the OpenAPI document comes, route by route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from connector.api.app import API
from connector.api.openapi import operation_id

from .conftest import ORIGIN

ROUTES = {operation_id(route): route for route in API}
Case: TypeAlias = Mapping[str, Any]

TICKET, GROUP = {"ticket_id": 12345}, {"group_id": 54321}
PATH = {
    "connector": "zendesk",
    "operation": "get_ticket",
    "version": "1.0",
    "name": "work",
    "id": "CALL",
    "state": "STATE",
}
SIGN_IN = {"connector": "zendesk", "values": {"client_id": "x", "subdomain": "acme"}, "return_to": f"{ORIGIN}/done"}
TOKEN = {"connector": "zendesk", "connection": "work", "operations": ["get_ticket"], "origin": ORIGIN}

# What a route takes where all is well, and the status that it has then. Words in capitals are known only as it runs.
WELL: dict[str, tuple[int, Case]] = {
    **{name: (200, {}) for name in ROUTES},
    "core_list_environments_of_service": (200, {"version": "1"}),
    "run_operation": (200, {"body": {"connection": "work", "input": TICKET}}),
    "plan_run": (200, {"body": {"connection": "work", "input": TICKET}}),
    "list_choices_of_dropdown": (200, {"operation": "list_groups_ddl", "body": {"connection": "work"}}),
    "label_stored_values": (200, {"operation": "list_groups_ddl", "body": {"connection": "work", "values": [54321]}}),
    "check_values_of_input": (200, {"operation": "create_ticket", "body": {"connection": "work", "input": GROUP}}),
    "make_connection": (201, {"body": {"connector": "zendesk", "name": "new", "values": "VALUES"}}),
    "rename_connection": (200, {"name": "old", "body": {"name": "newer"}}),
    "remove_connection": (204, {"name": "gone"}),
    "begin_sign_in": (201, {"body": {**SIGN_IN, "name": "signed"}}),
    "make_embed_token": (201, {"body": TOKEN}),
    "reconcile_call": (200, {"id": "UNKNOWN", "body": {}}),
    "core_call_operation": (200, {"body": {"operation": "get_ticket", "authId": "work", "input": TICKET}}),
    "core_make_authentication": (
        200, {"body": {"name": "Ann", "serviceEnvironmentId": "ENVIRONMENT", "userData": "VALUES"}},
    ),
    "core_replace_values_of_authentication": (200, {"body": {"userData": "VALUES"}}),
    "core_remove_authentication": (204, {"name": "gone too"}),
}  # fmt: skip


# The rest that a route has of its own.
OTHER: list[tuple[str, int, Case]] = [
    *((name, 304, {"headers": {"If-None-Match": "*"}}) for name, route in ROUTES.items() if 304 in route.answers),
    *((name, 404, dict.fromkeys(PATH, "nothing")) for name, route in ROUTES.items() if "{" in route.path),
    *((name, status, {"body": {"connection": there}})
      for name in ("run_operation", "list_choices_of_dropdown", "label_stored_values", "check_values_of_input")
      for status, there in ((424, "refused"), (502, "broken"))),
    *(("test_connection", status, {"name": there}) for status, there in ((424, "refused"), (502, "broken"))),
    *(("reconcile_call", status, {"id": there}) for status, there in ((424, "REFUSED"), (502, "BROKEN"))),
    ("list_calls", 404, {"query": {"connection": "a/b"}}),
    ("make_connection", 424, {"body": {"values": "REFUSING"}}),
    ("make_connection", 502, {"body": {"values": "BREAKING"}}),
    ("make_connection", 404, {"body": {"connector": "nothing"}}),
    ("make_connection", 409, {"body": {"name": "work"}}),
    ("rename_connection", 409, {"body": {"name": "work"}}),
    ("begin_sign_in", 404, {"body": {"connector": "nothing"}}),
    ("begin_sign_in", 409, {"body": {"name": "work"}}),
    ("end_sign_in", 303, {"query": {"state": "STATE", "error": "access_denied"}}),
    ("end_sign_in", 400, {"query": {"state": "x" * 8001}}),
    ("make_embed_token", 404, {"body": {"connection": "nothing"}}),
    ("core_make_authentication", 404, {"body": {"serviceEnvironmentId": "nothing"}}),
]  # fmt: skip
