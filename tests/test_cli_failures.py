"""What may fail around a command: its connection, the service, the connector, the sandbox; each has its exit code."""

from __future__ import annotations

import json
import os
import re
import socket

import pytest

from .command_line import CommandLine, refused
from .raw_server import RawServer, Reply, answer, refused_url

# -- connections ----------------------------------------------------------------------------------------------------


def test_without_credentials_it_says_what_to_set(cli: CommandLine) -> None:
    refused(
        cli.run("get_tool", {"id": 1}, "--connection", "env"), "There are no credentials for Shed. Set SHED_KEY (Key)."
    )
    done = cli("run", "zendesk", "get_ticket", "--input", '{"ticket_id": 1}', "--connection", "env")
    for name in ("ZENDESK_SUBDOMAIN", "ZENDESK_EMAIL", "ZENDESK_API_TOKEN", "ZENDESK_ACCESS_TOKEN"):
        assert name in done.err
    refused(done, "There are no credentials for Zendesk.")


@pytest.mark.parametrize(
    "url",
    ["http://shed.example", "ftp://shed.example", "shed.example", "https://", "https://shed.example/?a=1",
     "https://me:secret@shed.example", "https://shed.example:99999", "https://[::1", "https://shed..example",
     "https://shed example", "https://shed.example/\nX: 1"],
)  # fmt: skip
def test_a_base_url_that_cannot_be_meant_is_refused(url: str, cli: CommandLine) -> None:
    cli.patch.setenv("SHED_KEY", "k")
    cli.patch.setenv("SHED_BASE_URL", url)
    done = cli.run("get_tool", {"id": 1}, "--connection", "env")
    refused(done, "SHED_BASE_URL must")
    assert "secret" not in done.err


@pytest.mark.parametrize("subdomain", ["a.b", "a/b", "evil.example#", "-a", "a b", "a\n"])
def test_a_subdomain_is_no_more_than_that(subdomain: str, cli: CommandLine) -> None:
    cli.patch.setenv("ZENDESK_SUBDOMAIN", subdomain)
    cli.patch.setenv("ZENDESK_ACCESS_TOKEN", "t")
    done = cli("plan", "zendesk", "get_ticket", "--input", '{"ticket_id": 1}', "--connection", "env")
    refused(done, "ZENDESK_SUBDOMAIN")


# -- what is not the caller's ---------------------------------------------------------------------------------------


def on_server(cli: CommandLine, url: str) -> None:
    cli.patch.setenv("SHED_KEY", "k3y")
    cli.patch.setenv("SHED_BASE_URL", url)


@pytest.mark.parametrize(
    ("operation", "raw", "code", "said"),
    [
        ("list_tools", answer(b'{"rows": []}'), 0, ""),
        ("list_tools", answer(b'{"error": "Not for you"}', status="403 Forbidden"), 3, "Not for you."),
        ("list_tools", answer(b"", "Retry-After: 7", status="429 Too Many Requests"), 3, "429 Too Many Requests"),
        ("list_tools", answer(b"", status="503 Service Unavailable"), 3, "503 Service Unavailable"),
        ("list_tools", b"", 3, "had no answer"),
        ("list_tools", answer(b"<html>"), 3, "The answer is not JSON"),
        ("make_tool", b"", 4, "Outcome unknown: POST /tools was sent, and no answer came"),
        ("make_tool", answer(b"down", status="502 Bad Gateway"), 4, "Outcome unknown: POST /tools answered 502"),
        ("make_tool", answer(b"<html>"), 4, "was carried out, but the answer cannot be read"),
        ("make_tool", answer(b'{"error": "Taken"}', status="409 Conflict"), 3, "Taken."),
    ],
)
def test_the_exit_code_tells_what_became_of_it(
    operation: str, raw: bytes, code: int, said: str, cli: CommandLine
) -> None:
    with RawServer(Reply(raw, "close")) as server:
        on_server(cli, server.url)
        done = cli.run(operation, None, "--connection", "env", "--retry-for", "0")
        cli.patch.setenv("CONNECTOR_DATA", str(cli.folder / "other"))  # which has heard of no limit yet
        as_json = cli.run(operation, None, "--connection", "env", "--retry-for", "0", "--json")
    assert (done.code, as_json.code) == (code, code)
    assert said in done.err
    assert "k3y" not in done.err + as_json.err
    assert len(server.received) == 2
    assert code == 0 or json.loads(as_json.err)["message"] in done.err
    assert (code == 4) == bool(
        re.search("^Find out what became of it: connector reconcile [0-9a-f]{12}$", done.err, re.M)
    )


def test_a_service_that_is_not_there_is_named(cli: CommandLine) -> None:
    url = refused_url()
    on_server(cli, url)
    done = cli.run("make_tool", {}, "--connection", "env", "--retry-for", "0")
    assert done.code == 3
    assert done.err == f"Error: Could not connect to {url}: Connection refused.\n"


BROKEN = {
    "title: [": "line 2: is not YAML",
    "title: x\ntitle: y": "line 2: is not YAML: the key 'title' comes twice",
    "titel: x": "titel: is not a field here. Did you mean title?",
    "title: x": "description",
    "title: x\ndescription: y\nrequest: FETCH /x": "request",
    "title: x\ndescription: y\nrequest: GET /{id": "request",
    "title: x\ndescription: y\nrequest: GET /x\nquery: {a: 'b['}": "query/a",
    "title: x\ndescription: y\nrequest: GET /x\ninput: {$ref: nowhere}": "nowhere",
    "title: x\ndescription: y\nrequest: GET /x\npagination: pages": "'pages' is no paging style.",
    "title: x\ndescription: y": "has neither a request nor a handler.",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_declaration_is_the_connectors_and_named_by_its_file(text: str, cli: CommandLine) -> None:
    (cli.home / "operations" / "shed" / "get_tool.yaml").write_text(text)
    done = cli.run("get_tool", {"id": 1})
    assert (done.code, done.out) == (5, "")
    assert "get_tool.yaml: " in done.err
    assert BROKEN[text] in done.err
    assert cli.run("list_tools").code == 0  # the others are as good as ever


@pytest.mark.parametrize("source", ["def handle(", "import nowhere", "1 / 0", "x = 1", "def handle(input): return 1"])
def test_a_broken_handler_is_the_connectors(source: str, cli: CommandLine) -> None:
    folder = cli.home / "operations" / "shed"
    (folder / "act.yaml").write_text("title: Act\ndescription: Acts.\neffect: read\n")
    (folder / "act.py").write_text(source)
    done = cli.run("act")
    assert (done.code, done.out) == (5, "")
    assert "act.py" in done.err


def test_a_broken_home_leaves_other_connectors_alone(cli: CommandLine) -> None:
    file = cli.home / "operations" / "shed" / "connector.yaml"
    file.write_text("title: [")
    done = cli("run", "shed", "get_tool", "--input", '{"id": 1}')
    assert done.code == 5
    assert "connector.yaml: line 2: is not YAML" in done.err
    assert cli("plan", "zendesk", "get_ticket", "--input", '{"ticket_id": 1}').code == 0


def test_two_homes_with_one_connector_name_both_files(cli: CommandLine) -> None:
    again = cli.folder / "again" / "operations" / "shed"
    again.mkdir(parents=True)
    (again / "connector.yaml").write_text("title: Shed")
    cli.patch.setenv("CONNECTOR_PATH", os.pathsep.join([str(cli.home), str(cli.folder / "again")]))
    done = cli("list")
    assert done.code == 5
    assert str(again / "connector.yaml") in done.err
    assert str(cli.home / "operations" / "shed" / "connector.yaml") in done.err


# -- the sandbox ----------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_told(cli: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused(cli("sandbox", "shed", "--port", port), f"Port {port} is in use.")


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999"])
def test_a_port_that_is_none_is_told(port: str, cli: CommandLine) -> None:
    refused(cli("sandbox", "shed", f"--port={port}"), f"Port {port} is not between 0 and 65535.")


def test_a_place_that_keeps_no_state_is_told(cli: CommandLine) -> None:
    (cli.folder / "file").write_text("")
    cli.patch.setenv("CONNECTOR_DATA", str(cli.folder / "file"))
    refused(cli.run("get_tool", {"id": 1}), "The sandbox cannot open")
    refused(cli("sandbox", "zendesk", "--port", "0", "--data", str(cli.folder)), str(cli.folder))
    (cli.folder / "file").write_bytes(b"this is no database " * 100)
    refused(cli("sandbox", "zendesk", "--port", "0", "--data", str(cli.folder / "file")), "not a database")
