"""What services say when they refuse: one clear message out of every envelope, with the field named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector import find
from connector.connections import connect
from connector.message import Request, Response
from connector.refusal import failure

CONNECTION = connect(find("zendesk"), "sandbox")


def refused(status: int, body: Any, **headers: str) -> Any:
    content, kind = (body, "text/plain") if isinstance(body, str) else (json.dumps(body), "application/json")
    pairs = (("Content-Type", kind), *((name.replace("_", "-"), value) for name, value in headers.items()))
    answer = Response(status, pairs, content.encode())
    return failure(CONNECTION, Request("PUT", "/api/v2/x"), answer, writes=True, maybe=False)


ENVELOPES: list[tuple[int, Any, str, dict[str, str]]] = [
    (404, {"error": "RecordNotFound", "description": "Not found"}, "Not found.", {}),
    (422, {"error": "RecordInvalid", "description": "Record validation errors",
           "details": {"name": [{"description": "Name has already been taken", "error": "DuplicateValue"}]}},
     "Name has already been taken.", {"name": "Name has already been taken"}),
    (422, {"error": "RecordInvalid", "description": "Record validation errors",
           "details": {"value": [{"description": "is too long"}, {"description": "is no number"}],
                       "base": [{"description": "Status: closed prevents ticket update"}]}},
     "Status: closed prevents ticket update; value: is too long; is no number.",
     {"value": "is too long; is no number"}),
    (400, {"errors": [{"code": "InvalidPaginationParameter", "title": "page[after] is not valid"}]},
     "page[after] is not valid.", {}),
    (403, {"error": {"title": "Forbidden", "message": "You do not have access to this page"}},
     "You do not have access to this page.", {}),
    (401, {"error": "Couldn't authenticate you"}, "Couldn't authenticate you.", {}),
    (400, "Required parameter missing: phone_number", "Required parameter missing: phone_number.", {}),
    (400, {"error": "TooManyValues", "description": "Parameter cannot specify more than 100 values", "max_count": 100},
     "Parameter cannot specify more than 100 values.", {}),
    (400, {"errors": {"title": ["cannot be blank"], "locale": ["is unknown"]}},
     "title: cannot be blank; locale: is unknown.", {"title": "cannot be blank", "locale": "is unknown"}),
    (401, {"error": "invalid_token", "error_description": "The access token provided is expired"},
     "The access token provided is expired.", {}),
    (502, "<html><body>Bad gateway</body></html>", "It may have been carried out.", {}),
    (400, {"unheard": "of"}, "answered 400 Bad Request.", {}),
]  # fmt: skip


def test_what_a_service_repeats_of_the_credentials_is_masked() -> None:
    ((_, sent),) = CONNECTION.wire(Request("GET", "/")).headers[1:]
    error = refused(401, {"error": f"{sent} is wrong", "token": CONNECTION.values["api_token"]}, x_echo=sent)
    told = json.dumps([error.message, error.body, error.headers, error.as_dict()])
    assert "Basic *** is wrong" in error.message
    assert error.body == {"error": "Basic *** is wrong", "token": "***"}
    assert not [secret for secret in CONNECTION.secrets if secret in told]


@pytest.mark.parametrize(("status", "body", "said", "fields"), ENVELOPES, ids=lambda value: str(value)[:40])
def test_every_envelope_becomes_one_message(status: int, body: Any, said: str, fields: dict[str, str]) -> None:
    error = refused(status, body)
    assert error.message.startswith(f"PUT /api/v2/x answered {status}")
    assert error.message.endswith(said)
    assert error.fields == fields
    assert error.body == body
    assert error.as_dict().get("fields", {}) == fields


@pytest.mark.parametrize("name", ["X_Request_Id", "x_amzn_requestid", "CF_Ray"])
def test_an_error_keeps_the_services_name_for_the_exchange(name: str) -> None:
    assert refused(404, {}, **{name: "abc-123"}).as_dict()["request_id"] == "abc-123"
    assert refused(500, {}, **{name: "abc-123"}).request_id == "abc-123"
    assert "request_id" not in refused(404, {}).as_dict()


@pytest.mark.parametrize(
    ("status", "who"),
    [(400, "the caller"), (401, "whoever connected the account"), (429, "time"), (503, "a person"), (303, "a person")],
)
def test_an_error_says_who_can_mend_it(status: int, who: str) -> None:
    assert refused(status, {}).as_dict()["mended_by"] == who
