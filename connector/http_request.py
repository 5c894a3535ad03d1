"""The raw HTTP request: one request to the service in the caller's own words, for what no operation covers.

A connector exposes it with an operation file whose schemas are `$ref: http_request#input` and `http_request#output`,
and a handler file that says `from connector.http_request import handle`. Redirects are answers: they are not followed.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from .attachments import decode
from .errors import InputError, OutputError, Problem
from .message import Request, Response
from .operation import EFFECTS, Flow
from .template import wire

LIMIT = 6_080 * 1024  # bytes; Tray's
_OWN_HEADERS = {"host", "content-length", "transfer-encoding", "connection"}
_UNQUOTED = "/%:@!$&'()*+,;=~-._?"


def handle(input: dict[str, Any]) -> Flow:
    """`{method, url, headers, query_parameters, body, …}` to `{"response": {"status_code", "headers", "body"}}`."""
    method = input.get("method", "GET")
    headers = [(item["key"], wire(item["value"])) for item in input.get("headers") or ()]
    for index, (name, value) in enumerate(headers):
        if any(char in value for char in "\r\n\0"):
            _refuse(f"/headers/{index}/value", "has a line break.", "Take it out.")
        if name.lower() in _OWN_HEADERS:
            _refuse(f"/headers/{index}/key", "is set by the program.", "Leave it out.")
        if not name.isascii() or any(char in name for char in " \t\r\n:\0"):
            _refuse(f"/headers/{index}/key", "is not the name of a header.", "Use letters, digits and hyphens.")
    content, kind = None, None
    if EFFECTS[method] != "read":
        content, kind = _body(input.get("body") or {"none": None})
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", kind))
    url = _url(input["url"], input.get("query_parameters") or ())
    accept = range(100, 600 if EFFECTS[method] == "read" else 500)  # after a 5xx nobody knows whether a write was done
    response = yield Request(method, url, content=content, headers=tuple(headers), accept=accept, limit=LIMIT)
    answer = {
        "status_code": response.status,
        "headers": _headers(response),
        "body": _parsed(response, input.get("parse_response", "true")),
    }
    if input.get("include_raw_body"):
        answer["raw_body"] = response.text
    return {"response": answer}


handle.effect = lambda given: EFFECTS[given.get("method", "GET")]  # type: ignore[attr-defined]


def _refuse(pointer: str, message: str, hint: str) -> NoReturn:
    raise InputError([Problem(pointer, "http", "string", message, hint)])


def _url(url: Mapping[str, str], parameters: Any) -> str:
    key = "endpoint" if "endpoint" in url else "full_url"
    text = url[key].strip().partition("#")[0]
    if any(ord(char) < 32 for char in text):
        _refuse(f"/url/{key}", "has a line break or another control character.", "Take it out.")
    try:
        parts = urlsplit(text)
    except ValueError:
        _refuse(f"/url/{key}", "is no URL.", "Look at its brackets.")
    absolute = bool(parts.scheme and parts.netloc)
    if key == "endpoint" and (absolute or text.startswith("//")):
        _refuse("/url/endpoint", "is a whole URL.", "Give the path alone, or use full_url.")
    if key == "full_url" and not absolute:
        _refuse("/url/full_url", "is not a whole URL.", "Start with https://, or use endpoint.")
    target = text if absolute else "/" + text.lstrip("/")
    target = quote(target, safe=_UNQUOTED + "[]")
    pairs = urlencode([(item["key"], wire(item["value"])) for item in parameters])
    return f"{target}{'&' if '?' in target else '?'}{pairs}" if pairs else target


def _body(body: Mapping[str, Any]) -> tuple[bytes | None, str | None]:
    """The bytes of a body and its content type."""
    (kind, value), *_ = body.items()
    if kind == "none":
        return None, None
    if kind == "raw":
        if not isinstance(value, str):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"
        return value.encode(), "application/json" if _is_json(value) else "text/plain; charset=utf-8"
    if kind == "form_urlencoded":
        lists = {key: items if isinstance(items, list) else [items] for key, items in value.items()}
        pairs = [(key, wire(item)) for key, items in lists.items() for item in items]
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    if kind == "binary":
        return decode(value["content"], "/body/binary/content"), _mime(value)
    return _multipart(value)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _mime(file: Mapping[str, Any]) -> str:
    return str(file.get("mime_type") or mimetypes.guess_type(file["name"])[0] or "application/octet-stream")


def _multipart(form: Mapping[str, Any]) -> tuple[bytes, str]:
    import httpx  # writes multipart bodies; only this kind needs it

    parts: list[tuple[str, Any]] = []
    for key, value in form.items():
        if isinstance(value, dict):
            content = decode(value["content"], f"/body/form_data/{key}/content")
            parts.append((key, (value["name"], content, _mime(value))))
        else:
            parts.append((key, (None, wire(value).encode())))  # a part without a file name is a text
    seed = json.dumps(form, sort_keys=True).encode()
    boundary = hashlib.sha256(seed).hexdigest()[:32]  # of the content, so that the same input is the same request
    kind = f"multipart/form-data; boundary={boundary}"
    request = httpx.Request("POST", "http://form", files=parts, headers={"Content-Type": kind})
    return request.read(), kind


def _headers(response: Response) -> dict[str, Any]:
    """Each header under its name; a list where it came more than once."""
    found: dict[str, Any] = {}
    for name, value in response.headers:
        earlier = found.get(name)
        found[name] = value if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return found


def _parsed(response: Response, how: str) -> Any:
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if not response.content.strip():
        return None if how != "false" else ""
    if how == "json" or (how == "true" and (kind == "application/json" or kind.endswith("+json"))):
        try:
            return response.json()
        except OutputError:
            if how == "json":
                raise OutputError("The answer is not JSON. Use parse_response false to see it as it is.") from None
    if how == "xml" or (how == "true" and (kind in ("application/xml", "text/xml") or kind.endswith("+xml"))):
        return _xml(response, how)
    return _text(response, kind)


def _xml(response: Response, how: str) -> Any:
    from xml.parsers.expat import ExpatError

    import xmltodict  # refuses entities, so that a small document stays small

    try:
        return xmltodict.parse(response.content)
    except (ExpatError, ValueError):
        if how == "xml":
            raise OutputError("The answer is not XML. Use parse_response false to see it as it is.") from None
        return response.text


def _text(response: Response, kind: str) -> Any:
    """Text, or a file object where the body is not text."""
    if "charset=" not in (response.header("content-type") or "").lower():
        try:
            return response.content.decode()
        except UnicodeDecodeError:
            import base64

            return {
                "name": "body" + (mimetypes.guess_extension(kind) or ""),
                "content": base64.b64encode(response.content).decode(),
            }
    return response.text
