"""zenpy, a client that others wrote, drives the sandbox over a socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, GroupMembership, Identity, Organization, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from sandbox.zendesk import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN, create_app


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Host and port of a sandbox of this module's own."""
    app = create_app()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    thread.join()
    app.close()


@pytest.fixture
def zenpy(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", address)
    with requests.Session() as session:
        yield Zenpy(subdomain="sandbox", email=ADMIN_EMAIL, token=API_TOKEN, session=session, disable_cache=True)


def new_ticket(zenpy: Any, subject: str) -> Any:
    return zenpy.tickets.create(Ticket(subject=subject, comment=Comment(body=f"{subject}, it says."))).ticket


def test_access_token(address: str, zenpy: Any) -> None:
    with requests.Session() as session:
        assert Zenpy(subdomain="sandbox", oauth_token=ACCESS_TOKEN, session=session).users.me().email == ADMIN_EMAIL


def test_ticket_from_creation_to_deletion(zenpy: Any) -> None:
    audit = zenpy.tickets.create(
        Ticket(subject="Screen is dark", description="Nothing to see.", priority="high", tags=["screen"])
    )
    ticket = audit.ticket
    assert (ticket.subject, ticket.priority, ticket.status, ticket.tags) == (
        "Screen is dark",
        "high",
        "new",
        ["screen"],
    )
    assert audit.audit.ticket_id == ticket.id

    ticket.status = "pending"
    ticket.comment = Comment(body="We are looking into it.", public=False)
    assert zenpy.tickets.update(ticket).ticket.status == "pending"
    assert [comment.public for comment in zenpy.tickets.comments(ticket)] == [True, False]
    assert len(list(zenpy.tickets.audits(ticket.id))) == 2

    zenpy.tickets.delete(ticket)
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=ticket.id)
    assert ticket.id in [deleted.id for deleted in zenpy.tickets.deleted()]


def test_tags(zenpy: Any) -> None:
    ticket = new_ticket(zenpy, "Tagged")
    zenpy.tickets.set_tags(ticket.id, ["a", "b"])
    zenpy.tickets.add_tags(ticket.id, ["c"])
    assert zenpy.tickets(id=ticket.id).tags == ["a", "b", "c"]
    zenpy.tickets.delete_tags(ticket.id, ["a", "c"])
    assert zenpy.tickets(id=ticket.id).tags == ["b"]


def test_pages_in_both_styles(zenpy: Any) -> None:
    by_cursor = [ticket.id for ticket in zenpy.tickets()]
    by_offset = [ticket.id for ticket in zenpy.tickets(cursor_pagination=False)]
    assert len(by_cursor) > 299
    assert by_cursor == by_offset
    assert len({user.id for user in zenpy.users()}) > 190
    assert len(list(zenpy.organizations())) == 100
    assert len(list(islice(zenpy.users(role="agent"), 50))) == 14


def test_search(zenpy: Any) -> None:
    found = list(zenpy.search("printer", type="ticket", status="open"))
    assert found
    assert all("rinter" in ticket.subject and ticket.status == "open" for ticket in found)
    assert len(list(zenpy.search_export("printer", type="ticket"))) == zenpy.search.count("printer", type="ticket")
    assert zenpy.search.count(type="organization") == 100
    assert [user.id for user in zenpy.users.search(external_id="EXT-12345")] == [12345]


def test_people(zenpy: Any) -> None:
    organization = zenpy.organizations.create(Organization(name="Paperwork Ltd"))
    user = zenpy.users.create(User(name="Ann Reader", email="ann@paperwork.example", organization_id=organization.id))
    assert [member.id for member in zenpy.organizations.users(organization.id)] == [user.id]
    zenpy.users.identities.create(user, Identity(type="email", value="reader@paperwork.example"))
    identities = list(zenpy.users.identities(id=user.id))
    assert [identity.primary for identity in identities] == [True, False]
    zenpy.users.identities.make_primary(user, identities[1])
    assert zenpy.users(id=user.id).email == "reader@paperwork.example"

    updated = zenpy.users.create_or_update(User(name="Ann R.", email="ann@paperwork.example"))
    assert (updated.id, updated.name) == (user.id, "Ann R.")
    with pytest.raises(APIException, match="DuplicateValue"):
        zenpy.users.create(User(name="Other", email="ann@paperwork.example"))
    assert zenpy.users.delete(user).active is False


def test_group_membership(zenpy: Any) -> None:
    membership = zenpy.group_memberships.create(GroupMembership(user_id=12345, group_id=67890))
    assert 67890 in [m.group_id for m in zenpy.users.group_memberships(user=12345)]
    zenpy.group_memberships.delete(membership)


def test_upload_goes_into_a_comment(zenpy: Any, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("three lines")
    upload = zenpy.attachments.upload(str(file), target_name="notes.txt")
    ticket = new_ticket(zenpy, "With a file")
    ticket.comment = Comment(body="See the file.", uploads=[upload.token])
    zenpy.tickets.update(ticket)
    (attachment,) = list(zenpy.tickets.comments(ticket))[-1].attachments
    assert (attachment.file_name, attachment.size) == ("notes.txt", 11)
    assert (
        requests.get(attachment.content_url, auth=(f"{ADMIN_EMAIL}/token", API_TOKEN), timeout=5).text == "three lines"
    )


def test_import_keeps_times_and_comments(zenpy: Any) -> None:
    comments = [{"author_id": 12345, "body": "First."}, {"author_id": 12345, "body": "Second."}]
    given = Ticket(subject="From elsewhere", created_at="2020-01-02T03:04:05Z", comments=comments)
    ticket = zenpy.ticket_import.create(given)
    assert ticket.created_at == "2020-01-02T03:04:05Z"
    assert [comment.body for comment in zenpy.tickets.comments(ticket)] == ["First.", "Second."]


def test_bulk_job_ends_after_polls(zenpy: Any) -> None:
    job = zenpy.tickets.create([Ticket(subject=f"Bulk {n}", description="One of many.") for n in range(3)])
    seen = [job.status]
    while seen[-1] != "completed":
        job = zenpy.job_status(id=job.id)
        seen.append(job.status)
    assert seen == ["queued", "working", "completed"]
    assert len(job.results) == 3


def test_incremental_export(zenpy: Any) -> None:
    recent = list(zenpy.tickets.incremental(start_time=datetime(2024, 1, 10)))
    assert recent
    assert all(ticket.updated_at >= "2024-01-10" for ticket in recent)
