"""The body is the bytes of the file under the file's own content type: a declaration has a JSON body."""

import mimetypes
from typing import Any
from urllib.parse import quote, urlencode

from connector import Flow, Request, decode


def handle(input: dict[str, Any]) -> Flow:
    file = input["file"]
    name = input.get("file_name") or file["name"]
    kind = file.get("mime_type") or mimetypes.guess_type(name)[0] or mimetypes.guess_type(file["name"])[0]
    query = {"filename": name} | ({"token": input["token"]} if "token" in input else {})
    response = yield Request(
        "POST",
        f"/api/v2/uploads?{urlencode(query, quote_via=quote)}",
        content=decode(file["content"]),
        headers={"Content-Type": kind or "application/octet-stream"},
    )
    return response.json()
