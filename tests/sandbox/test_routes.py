"""Every endpoint that reads answers on a new account, and no odd value in a body brings a handler down."""

from __future__ import annotations

import json

import pytest

from sandbox.zendesk.areas import all_kinds, all_routes

from .conftest import Api

# what stands for the variables of a path, by the words before them
IDS = {
    "identities": "67890",
    "audits": "67890",
    "group_memberships": "123456",
    "organization_memberships": None,
    "job_statuses": None,
    "attachments": None,
    "token": None,
    "tickets": "12345",
    "ticket_metrics": "12345",
    "users": "12345",
    "organizations": "123456",
    "groups": "5678",
}
USERS = {"identities": "12345", "group_memberships": "987654"}
QUERIES = {
    "search/count": "query=printer",
    "search/export": "query=printer&filter[type]=ticket",
    "users/autocomplete": "name=jor",
    "organizations/search": "name=Umbra Labs",
    "organizations/autocomplete": "name=um",
    "/oauth/authorizations/new": (
        "response_type=code&client_id=sandbox-app&redirect_uri=http://localhost:1/&scope=read"
    ),
    "autocomplete/tags": "name=bill",
}
ENDINGS = {"show_many": "ids=12345", "count_many": "ids=12345", "search": "query=printer"}


def filled(path: str) -> str | None:
    """The path with known ids, or None where this test knows none."""
    parts = path.split("/")
    for i, part in enumerate(parts):
        if part.startswith("{"):
            before = parts[i - 1]
            last = next((word for word in reversed(parts) if word in USERS), "")
            id = USERS.get(last) if before == "users" and last in parts[i:] else None
            id = id or IDS.get(before)
            if id is None:
                return None
            parts[i] = id
    ending = next((ending for ending in ENDINGS if path.endswith(ending)), "")
    query = QUERIES.get(path) or ("start_time=0" if "incremental" in parts else ENDINGS.get(ending))
    return "/".join(parts) + (f"?{query}" if query else "")


PATHS = sorted({path for key in all_routes() if key.startswith("GET ") and (path := filled(key.split(" ")[1]))})
PATHS.remove("oauth/tokens/current")  # answers an OAuth token alone


@pytest.mark.parametrize("path", PATHS)
def test_reads(api: Api, path: str) -> None:
    answer = api("GET", path)
    assert answer.is_success, answer.text


ODD: tuple[object, ...] = (
    None,
    5,
    -1,
    1.5,
    "x",
    True,
    [],
    [1],
    [None],
    [{}],
    {},
    {"a": 1},
    "",
    10**30,
    "\ud800",
    [[1]],
)
RECORDS = {
    "tickets/12345": "ticket",
    "users/12345": "user",
    "organizations/123456": "organization",
    "groups/5678": "group",
    "users/12345/identities/67890": "identity",
}


@pytest.mark.parametrize("path", RECORDS)
def test_odd_values(api: Api, path: str) -> None:
    """The sandbox lets exceptions through, so that a handler's fall would be this test's."""
    name = RECORDS[path]
    resource = next(kind for kind in all_kinds().values() if kind.name == name)
    for field in (*resource.fields, *resource.write_only):
        for value in ODD:
            raw = json.dumps({name: {field: value}})
            answer = api("PUT", path, content=raw)
            assert answer.status_code in (200, 400, 409, 422), (raw, answer.text)
            assert api("GET", path).is_success, raw
            if name == "ticket" and field == "status":
                api.ok("PUT", path, {"ticket": {"status": "open"}})
