"""A server that costs next to nothing, so that what is measured is the client: fixed answers, written once.

`python benchmarks/server.py` prints its port, and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

PAGES, PAGE = 100, 100  # 10,000 tickets


def ticket(number: int) -> dict[str, Any]:
    """A ticket of 2.5 KB as JSON, shaped as the service answers it."""
    return {
        "url": f"https://sandbox.zendesk.com/api/v2/tickets/{number}.json",
        "id": number,
        "external_id": None,
        "via": {"channel": "email", "source": {"from": {"address": "a@example.com"}, "to": {}, "rel": None}},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
        "type": "incident",
        "subject": "The printer on the third floor does not respond",
        "raw_subject": "The printer on the third floor does not respond",
        "description": "It worked yesterday. " * 32,
        "priority": "high",
        "status": "open",
        "recipient": None,
        "requester_id": 20978392,
        "submitter_id": 76872,
        "assignee_id": 235323,
        "organization_id": 509974,
        "group_id": 98738,
        "collaborator_ids": [35334, 234],
        "follower_ids": [35334, 234],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": 9873764,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": ["enterprise", "other_tag"],
        "custom_fields": [{"id": 27642 + index, "value": "745"} for index in range(12)],
        "satisfaction_rating": {"id": 1234, "score": "good", "comment": "Great support!"},
        "sharing_agreement_ids": [84432],
        "fields": [{"id": 27642 + index, "value": "745"} for index in range(12)],
        "followup_ids": [],
        "brand_id": 47,
        "allow_channelback": False,
        "allow_attachments": True,
    }


def _answer(body: Any) -> bytes:
    content = json.dumps(body, separators=(",", ":")).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def _page(number: int) -> bytes:
    last = number == PAGES - 1
    cursor = None if last else str(number + 1)
    address = f"https://x.zendesk.com/api/v2/tickets.json?page%5Bsize%5D=100&page%5Bafter%5D={cursor}"
    return _answer(
        {
            "tickets": [ticket(number * PAGE + index) for index in range(PAGE)],
            "meta": {"has_more": not last, "after_cursor": cursor, "before_cursor": None},
            "links": {"next": None if last else address, "prev": None},
        }
    )


ONE = _answer({"ticket": ticket(1)})
LIST = [_page(number) for number in range(PAGES)]
AFTER = re.compile(rb"after(?:%5D|\])=(\d+)")


class Server(asyncio.Protocol):
    """Answers each request at once: one ticket by its path, a page of tickets by its cursor."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for line in data.split(b"\r\n\r\n"):
            target = line.split(b" ", 2)[1] if line.startswith(b"GET ") else None
            if target is None:
                continue
            if target.startswith(b"/api/v2/tickets/"):
                self.transport.write(ONE)
            else:
                found = AFTER.search(target)
                self.transport.write(LIST[int(found[1]) if found else 0])


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
