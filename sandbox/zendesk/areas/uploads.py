"""Uploads, whose tokens comments consume, and attachments."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from .. import errors
from ..call import NO_CONTENT, Answer, Call, Routes
from ..resource import Resource
from ..store import Doc, Store, stamp

LIFETIME = timedelta(days=3)


def new_attachment(store: Store, name: str, content_type: str, content: bytes, id: int | None = None) -> Doc:
    """Write a file under an id and a secret of its own."""
    number = id or store.next_id()
    return store.put(
        "attachments",
        {
            "id": number,
            "file_name": name,
            "content_type": content_type,
            "size": len(content),
            "width": None,
            "height": None,
            "inline": False,
            "deleted": False,
            "malware_access_override": False,
            "malware_scan_result": "not_scanned",
            "_secret": hashlib.sha256(f"attachment {number}".encode()).hexdigest()[:24],
            "_content": base64.b64encode(content).decode(),
        },
    )


def new_upload(store: Store, attachments: list[Doc], token: str | None = None) -> Doc:
    number = store.next_id("upload", 1)
    return store.put(
        "uploads",
        {
            "id": token or hashlib.sha256(f"upload {number}".encode()).hexdigest()[:22],
            "expires_at": stamp(store.clock() + LIFETIME),
            "attachment_ids": [attachment["id"] for attachment in attachments],
        },
    )


def consume(call: Call, tokens: Any) -> list[int]:
    """The ids of the files of these tokens, which are spent; an unknown or spent token is passed over."""
    ids: list[int] = []
    given = [tokens] if isinstance(tokens, str) else tokens or []
    if not isinstance(given, list):
        raise errors.bad_value("uploads", tokens)
    for token in given:
        upload = call.store.get("uploads", token)
        if upload and upload["expires_at"] > call.store.now():
            ids += upload["attachment_ids"]
            call.store.delete("uploads", token)
    return ids


def show(call: Call, attachment: Doc) -> Doc:
    content = f"{call.base}/attachments/token/{attachment['_secret']}/?name={attachment['file_name']}"
    return {
        "url": f"{call.base}/api/v2/attachments/{attachment['id']}.json",
        **{key: value for key, value in attachment.items() if not key.startswith("_")},
        "content_url": content,
        "mapped_content_url": content,
        "thumbnails": [],
    }


def shown(call: Call, ids: list[int]) -> list[Doc]:
    return [show(call, attachment) for attachment in call.store.many("attachments", list(ids))]


def _upload(call: Call) -> Answer:
    """The raw body is the file; `token` adds it to an upload that was begun before."""
    name = call.query("filename")
    if not name:
        raise errors.parameter_missing("filename")
    content_type = call.request.headers.get("content-type") or "application/octet-stream"
    attachment = new_attachment(call.store, name, content_type, call.raw)
    token = call.query("token")
    if token:
        upload = call.store.get("uploads", token)
        if upload is None:
            raise errors.not_found()
        upload["attachment_ids"].append(attachment["id"])
        call.store.put("uploads", upload)
    else:
        upload = new_upload(call.store, [attachment])
    files = shown(call, upload["attachment_ids"])
    body = {
        "token": upload["id"],
        "expires_at": upload["expires_at"],
        "attachments": files,
        "attachment": files[-1],
    }
    return Answer({"upload": body}, 201)


def _discard(call: Call) -> Answer:
    upload = call.store.get("uploads", call.path["token"])
    if upload is None:
        raise errors.not_found()
    for id in upload["attachment_ids"]:
        call.store.delete("attachments", id)
    call.store.delete("uploads", upload["id"])
    return NO_CONTENT


def _show(call: Call) -> Doc:
    return {"attachment": show(call, call.need("attachments", call.path["id"]))}


def _content(call: Call) -> Answer:
    attachment = call.store.first("attachments", _secret=call.path["secret"])
    if attachment is None:
        raise errors.not_found()
    content = base64.b64decode(attachment["_content"])
    return Answer(content, 200, {"Content-Type": attachment["content_type"]})


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {
    "POST uploads": _upload,
    "DELETE uploads/{token}": _discard,
    "GET attachments/{id}": _show,
    "GET /attachments/token/{secret}": _content,
}
