"""The kinds of operation that are tried: what is asked, how often a success writes, what its answer shows."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Effect: TypeAlias = Literal["read", "replace", "keyed", "create", "change", "destroy"]
Input: TypeAlias = dict[str, Any]
Ask: TypeAlias = Callable[..., Any]

ORGANIZATION = 3001
FILE = base64.b64encode(bytes(100_000)).decode()
NINE_TO_FIVE = [{"start_time": {"day": 2, "hours": 9, "minutes": 0}, "end_time": {"day": 2, "hours": 17, "minutes": 0}}]


@dataclass(frozen=True, slots=True)
class Kind:
    """`given` makes an input from a word that is this call's alone; it may `ask` the service for what it needs first.

    `writes`: how many requests of a success change something. `shows`: what stands in the output of this call, and of
    no other, where `{word}` stands for the word.
    """

    effect: Effect
    operation: str
    given: Callable[[str, Ask], Input]
    writes: int = 1
    shows: str = "{word}"


def _ticket(word: str, ask: Ask) -> int:
    made = ask("create_ticket", subject=word, comment={"body": f"About {word}"}, tags=[f"{word}a", f"{word}b"])
    return int(made["ticket"]["id"])


def _one(word: str, ask: Ask) -> Input:
    return {"ticket_id": _ticket(word, ask)}


def _comment(word: str, ask: Ask) -> Input:
    return {"ticket_id": _ticket(word, ask), "comment_body": word}


def _tags(word: str, ask: Ask) -> Input:
    return {"ticket_id": _ticket(word, ask), "tags": [f"{word}a"]}


def _notes(word: str, ask: Ask) -> Input:
    return {"organization_id": ORGANIZATION, "notes": word}


def _schedule(word: str, ask: Ask) -> Input:
    return {"name": word, "time_zone": "London", "intervals": NINE_TO_FIVE}


def _file(word: str, ask: Ask) -> Input:
    return {"file": {"name": f"{word}.txt", "content": FILE}}


def _raw(method: str, path: str, **body: Any) -> Input:
    return {"method": method, "url": {"endpoint": f"/api/v2/{path}"}, **body}


def _raw_read(word: str, ask: Ask) -> Input:
    return _raw("GET", f"tickets/{_ticket(word, ask)}")


def _raw_create(word: str, ask: Ask) -> Input:
    return _raw("POST", "tickets", body={"raw": {"ticket": {"comment": {"body": word}}}})


def _raw_replace(word: str, ask: Ask) -> Input:
    return _raw("PUT", f"organizations/{ORGANIZATION}", body={"raw": {"organization": {"notes": word}}})


KINDS = {
    "read": Kind("read", "get_ticket", _one, 0),
    "list": Kind("read", "list_tickets", lambda word, ask: {"page_size": 2}, 0, '"tickets": ['),
    "handler-read": Kind("read", "list_user_identities_ddl", lambda word, ask: {}, 0, '"identities": ['),
    "raw-read": Kind("read", "raw_http_request", _raw_read, 0),
    "replace": Kind("replace", "update_organization", _notes),
    "raw-replace": Kind("replace", "raw_http_request", _raw_replace),
    "keyed": Kind("keyed", "create_ticket", lambda word, ask: {"subject": word, "comment": {"body": word}}),
    "create": Kind("create", "import_ticket", lambda word, ask: {"subject": word, "description": word}),
    "handler-create": Kind("create", "create_schedule", _schedule, 2),
    "upload": Kind("create", "upload_attachment", _file),
    "raw-create": Kind("create", "raw_http_request", _raw_create),
    "change": Kind("change", "add_comment_to_ticket", _comment),
    "destroy": Kind("destroy", "delete_ticket", _one, 1, '"success": true'),
    "handler-destroy": Kind("destroy", "delete_ticket_tags", _tags, 1, "{word}b"),
}  # fmt: skip
