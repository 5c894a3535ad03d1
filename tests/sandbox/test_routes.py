"""Every endpoint that reads answers on a new account."""

from __future__ import annotations

import pytest

from sandbox.zendesk.areas import all_routes

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


@pytest.mark.parametrize("path", PATHS)
def test_reads(api: Api, path: str) -> None:
    answer = api("GET", path)
    assert answer.is_success, answer.text
