"""The OpenAPI document, the page at /docs and the guide; and what the server makes of odd methods and paths."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from connector.access import keys
from connector.api.app import API, create_app
from connector.api.docs import page
from connector.api.openapi import document
from connector.api.server import Server
from connector.api.settings import Settings

from ..serving import served
from .conftest import Api

IDS = """
    check_that_server_is_up check_that_server_is_ready show_metrics list_connectors list_operations show_operation
    show_sample_of_operation run_operation plan_run list_choices_of_dropdown label_stored_values check_values_of_input
    show_connector list_connections make_connection show_connection rename_connection remove_connection test_connection
    begin_sign_in show_sign_in end_sign_in make_embed_token list_calls show_call export_call reconcile_call
    core_list_connectors core_list_operations core_list_environments_of_service core_call_operation
    core_make_authentication core_show_authentication core_replace_values_of_authentication core_remove_authentication
"""
DOCUMENT: dict[str, Any] = json.loads(json.dumps(document(API)))
OPERATIONS = [one for methods in DOCUMENT["paths"].values() for one in methods.values()]


# -- the document ------------------------------------------------------------------------------------------------------


def test_it_is_openapi() -> None:
    assert list(OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)) == []


def test_programs_call_the_routes_by_names_that_stay() -> None:
    assert [one["operationId"] for one in OPERATIONS] == IDS.split()


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    found: list[str] = []

    def walk(node: Any) -> None:
        for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(value)
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            found.append(node["$ref"])
        if isinstance(node, dict) and "schema" in node:
            Draft202012Validator.check_schema(node["schema"])

    walk(DOCUMENT)
    components = {f"#/components/{kind}/{name}" for kind, ones in DOCUMENT["components"].items() for name in ones}
    assert set(found) <= components
    security = {f"#/components/securitySchemes/{name}" for one in OPERATIONS for way in one["security"] for name in way}
    assert components - set(found) == security


def test_what_a_person_gives_is_described() -> None:
    for one in OPERATIONS:
        given = [parameter for parameter in one["parameters"] if "$ref" not in parameter]
        body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        fields = [{"name": name, **schema} for name, schema in body.get("properties", {}).items()]
        for part in (*given, *fields):
            assert part.get("description"), f"{one['operationId']}: {part['name']}"


def test_two_schemas_of_one_title_are_refused() -> None:
    first, second, *_ = (replace(route, answers={200: {"title": "Thing"}}) for route in API)
    other = replace(second, answers={200: {"title": "Thing", "type": "object"}})
    assert document([first, second])["components"]["schemas"]["Thing"] == {"title": "Thing"}
    with pytest.raises(ValueError, match="title Thing"):
        document([first, other])


def test_a_client_that_has_it_is_not_sent_it_again(api: Api) -> None:
    answer = api.http.get("/openapi.json")
    assert answer.json() == DOCUMENT
    again = api.http.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-type" not in again.headers


# -- the page ----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Its ids, its links and all other that it would load; a tag that is not closed is told."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.labels: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.labels += given.get("aria-labelledby", "").split()
        self.loaded += [given["src"]] if "src" in given else [tag] if tag in ("script", "link", "img") else []
        if tag not in ("meta", "wbr"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def test_the_page_tells_of_every_route_and_loads_nothing(api: Api) -> None:
    answer = api.http.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["Content-Security-Policy"]
    assert "script" not in answer.headers["Content-Security-Policy"]
    found = Page(answer.text)
    assert found.loaded == []
    assert set(IDS.split()) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links if link.startswith("#")} | set(found.labels) <= set(
        found.ids
    )
    assert [link for link in found.links if not link.startswith("#")] == ["/openapi.json"]


def test_what_the_document_says_is_text(api: Api) -> None:
    route = replace(API[0], summary="<script>alert(1)</script>", description="<b>")
    text = page(document([route]), 'https://x.example/"><script>')
    assert "<script" not in text
    assert "<b>&" not in text


# -- the guide ---------------------------------------------------------------------------------------------------------

GUIDE = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text()
STEPS = re.findall(r"```sh\n(curl .*?)```(?:\n\n```json\n(.*?)```)?", GUIDE, re.DOTALL)


def test_the_lines_of_the_guide_run(tmp_path: Path) -> None:
    assert shutil.which("curl"), "curl is needed: apt-get install curl"
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nnoproxy = *\n")
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = Server(Settings(public_url=url))
    key = keys.create(server.store, name="test", now=time.time())
    with served(create_app(server), lifespan="on", listener=listener):
        given = os.environ | {"SERVER": url, "KEY": key, "CURL_HOME": str(tmp_path)}
        for lines, told in STEPS:
            for line in lines.replace("\\\n", " ").splitlines():
                done = subprocess.run(["bash", "-c", line], env=given, capture_output=True, text=True, check=True)
                rows = [json.loads(row) for row in done.stdout.splitlines()]
                assert rows, line
                if told:
                    assert fits(json.loads(told), rows[0]), (line, rows)
                else:
                    assert not any("status" in row for row in rows), (line, rows)


def fits(told: Any, found: Any) -> bool:
    """Whether an answer is the one that is told of, where … stands for anything."""
    if isinstance(told, dict):
        return told.keys() == found.keys() and all(fits(told[name], found[name]) for name in told)
    if isinstance(told, list):
        return len(told) == len(found) and all(map(fits, told, found))
    return bool(told in ("…", found))


# -- methods and paths -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/openapi.json", "/metrics", "/v1/connectors", "/v1/nothing"])
def test_head_is_get_without_a_body(path: str, api: Api) -> None:
    got, head = api.call("GET", path), api.call("HEAD", path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":  # it counts meanwhile
        assert abs(int(head.headers["content-length"]) - len(got.content)) <= 1


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v1/connections", "GET, HEAD, POST, OPTIONS"),
        ("/v1/connections/work", "DELETE, GET, HEAD, PATCH, OPTIONS"),
        ("/core/v1/connectors", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_path_says_its_methods(path: str, allow: str, api: Api) -> None:
    told = api.http.options(path)
    assert (told.status_code, told.content, told.headers["allow"]) == (204, b"", allow)
    wrong = api.http.request("TRACE", path)
    assert (wrong.status_code, wrong.headers["allow"]) == (404 if path.startswith("/core/") else 405, allow)
    assert "TRACE is not for this path" in wrong.text


@pytest.mark.parametrize(
    "path", ["/v1/connectors/", "/v1//connectors", "/V1/connectors", "/docs/", "/", "/v1/connections/a%2Fb"]
)
def test_another_path_is_no_path(path: str, api: Api) -> None:
    answer = api.call("GET", path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (404, "#not_found")
