"""Every write whose answer was lost: reconcile says that it happened where it did, and that it did not where not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .lost import ZENDESK, Account, published

WRITES = [one.name for one in ZENDESK.operations() if one.effect != "read" and one.name != "raw_http_request"]

# Whose published input leaves something that cannot be read back.
UNTOLD = {
    "create_schedule": "hours are given in another form than they are answered in",
    "import_ticket": "it says when it was made, and has no external ID",
    "update_user": "an email address becomes a further one",
    "upload_attachment": "uploads are not listed",
}
INPUTS: list[tuple[str, dict[str, Any]]] = [
    *((name, published(name)) for name in WRITES if name not in UNTOLD),
    ("add_comment_to_ticket", {"ticket_id": 12345, "html_body": "<p>On its way.</p>", "comment_public": False}),
    ("create_or_update_organization", {"required_field": {"external_id": "new-1"}, "name": "New"}),
    ("create_or_update_organization", {"required_field": {"id": 123456}, "notes": "As agreed."}),
    ("create_or_update_user", {"email": "new@example.com", "name": "New"}),
    ("create_schedule", {"name": "Nights", "time_zone": "London"}),
    ("create_ticket", {"subject": "Printer", "comment": {"body": "It does not print.\r\n"}}),
    ("create_user", {"email": "New@Example.com", "name": "New"}),
    ("create_user", {"external_id": "new-1", "name": "New"}),
    ("delete_ticket_tags", {"ticket_id": 12345, "tags": ["Urgent"]}),
    ("import_ticket", {"subject": "Old", "comments": [{"body": "From afar."}]}),
    (
        "import_ticket",
        {"external_id": "old-1", "subject": "Old", "description": "Old.", "created_at": "2020-01-01T00:00:00Z"},
    ),
    ("update_ticket", {"ticket_id": 12345, "status": "solved", "tags": ["b", "a"]}),
    ("update_ticket", {"ticket_id": 12345, "due_at": "2030-01-01T09:00:00+01:00", "type": "task"}),
    ("update_user", {"user_id": 12345, "notes": "As agreed.", "phone": None}),
]
IDS = [f"{name}-{index}" for index, (name, _) in enumerate(INPUTS)]


@pytest.mark.parametrize(("name", "given"), INPUTS, ids=IDS)
def test_a_write_that_was_carried_out_is_found(account: Account, name: str, given: dict[str, Any]) -> None:
    before = len(account.app.writes)
    found = account.reconcile(account.lost(name, given, "after"))
    assert found["verdict"] in ("happened", "as_asked"), found
    assert len(account.app.writes) == before + 1


@pytest.mark.parametrize(("name", "given"), INPUTS, ids=IDS)
def test_a_write_that_was_not_is_not_found(account: Account, name: str, given: dict[str, Any]) -> None:
    before = len(account.app.writes)
    found = account.reconcile(account.lost(name, given, "before"))
    assert found["verdict"] == "did_not_happen", found
    assert len(account.app.writes) == before


@pytest.mark.parametrize("lose", ["before", "after"])
@pytest.mark.parametrize("name", UNTOLD)
def test_what_cannot_be_told_is_not(account: Account, name: str, lose: str) -> None:
    found = account.reconcile(account.lost(name, published(name), lose))
    verdicts = {"cannot_tell"} if lose == "after" else {"cannot_tell", "did_not_happen"}
    assert found["verdict"] in verdicts
    assert found["message"].count(" ") > 4


@pytest.mark.parametrize("name", WRITES)
def test_every_write_says_how_to_find_out(name: str) -> None:
    assert ZENDESK.operation(name).spec["reconcile"]


@pytest.mark.parametrize("ahead", [-7200.0, -1.5, 0.7, 3600.0, None])
@pytest.mark.parametrize("name", ["create_group", "update_organization", "delete_ticket"])
def test_the_clock_of_the_service_may_be_wrong(seeded: Path, tmp_path: Path, name: str, ahead: float | None) -> None:
    """Where it tells its time. Where it does not, it is trusted to be right."""
    account = Account(tmp_path, seeded, ahead)
    account.clock.advance(7200.0)
    assert account.reconcile(account.lost(name, published(name), "before"))["verdict"] == "did_not_happen"
    account.clock.advance(1000.0)
    assert account.reconcile(account.lost(name, published(name), "after"))["verdict"] in ("happened", "as_asked")
    account.close()
