"""`connector connect` on a sandbox on a port: every way to sign in, and what keeps it from storing anything."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from connector.accounts import saved
from connector.cli import main
from connector.clock import SYSTEM
from connector.store import Store
from sandbox.zendesk import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN, APP_ID, APP_SECRET, CLIENT_ID

from .accounts.service import ZENDESK, Service, press, served
from .command_line import CommandLine, Done, refused

WAYS: dict[str, dict[str, Any]] = {
    "api_token": {"email": ADMIN_EMAIL, "api_token": API_TOKEN},
    "access_token": {"access_token": ACCESS_TOKEN},
    "client": {"client_id": APP_ID, "client_secret": APP_SECRET},
}
BROWSER = f"{sys.executable} -m tests.accounts.service %s"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with served(SYSTEM) as service:
        yield service


@pytest.fixture
def connect(cli: CommandLine, service: Service) -> Any:
    """`connector connect zendesk` with these values, as a file."""

    def run(values: dict[str, Any], *more: str) -> Done:
        return cli(
            "connect", "zendesk", "--input", "-", *more, stdin=json.dumps({"base_url": service.url, **values}).encode()
        )

    return run


def names() -> list[str]:
    store = Store()
    found = saved.names(store)
    store.close()
    return found


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_tested_kept_and_used(way: str, connect: Any, cli: CommandLine) -> None:
    done = connect(WAYS[way], "--name", "acme", "--with", way)
    assert (done.code, done.out) == (0, f"Connected to Zendesk as {ADMIN_EMAIL}. Use it with --connection acme.\n")
    told = "Zendesk makes no new API tokens after 2026-10-27, and accepts none from 2027-04-30."
    assert (told in done.err) == (way == "api_token")
    ran = cli("run", "zendesk", "get_ticket", "--connection", "acme", "--input", '{"ticket_id": 1}')
    assert ran.json["ticket"]["id"] == 1


def test_the_way_follows_from_the_values(connect: Any, cli: CommandLine) -> None:
    assert connect(WAYS["access_token"]).code == 0
    assert cli("connections", "show", "zendesk", "--json").json["way"] == "access_token"
    assert connect(WAYS["api_token"], "--name", "second").code == 0
    assert cli("connections", "show", "second", "--json").json["way"] == "api_token"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"email": ADMIN_EMAIL, "api_token": "wr0ng"}, "answered 401 Unauthorized. Couldn't authenticate you."),
        ({"access_token": "wr0ng"}, "answered 401 Unauthorized."),
        ({"email": "nobody@x.example", "api_token": API_TOKEN}, "answered 401 Unauthorized."),
    ],
)
def test_a_test_that_fails_says_why_and_keeps_nothing(values: dict[str, str], said: str, connect: Any) -> None:
    done = connect(values)
    assert (done.code, done.out, names()) == (3, "", [])
    assert said in done.err
    assert "wr0ng" not in done.err


def test_an_answer_to_anybody_is_no_proof(cli: CommandLine, service: Service) -> None:
    """A user name without /token is one without credentials, whom this service answers as nobody, and with 200."""
    open_desk = cli.home / "operations" / "opendesk"
    open_desk.mkdir()
    source = ZENDESK.file.read_text().replace("join('', [email, '/token'])", "email")
    (open_desk / "connector.yaml").write_text(source)
    values = {"base_url": service.url, **WAYS["api_token"]}
    done = cli("connect", "opendesk", "--input", "-", stdin=json.dumps(values).encode())
    assert (done.code, names()) == (3, [])
    assert "Zendesk does not know these credentials: it answered GET /api/v2/users/me as to anybody." in done.err


@pytest.mark.parametrize(
    ("values", "more", "said"),
    [
        (
            {},
            [],
            "The values have no credentials for Zendesk. Give client_id (Sign in with Zendesk, in the browser); or ",
        ),
        (
            {"acess_token": "x"},
            ["--with", "access_token"],
            "/acess_token: is not a field here. Did you mean access_token?",
        ),
        ({"access_token": "x", "api_token": "y"}, [], "/api_token: is not a field here."),
        ({"email": "a@b.example"}, ["--with", "api_token"], "/api_token: is required. Give API token."),
        (
            {"access_token": "x"},
            ["--with", "acces_token"],
            "Zendesk has no way 'acces_token'. Did you mean access_token?",
        ),
        ({"access_token": "x", "base_url": "http://evil.example"}, [], "base_url must start with https://"),
        ({"access_token": "x", "base_url": None}, [], "/subdomain: is required."),
        ({"access_token": "x", "base_url": 5}, [], "/base_url: must be a text, not a whole number."),
        ({"access_token": 5}, [], "/access_token: must be a text"),
        ({"access_token": "x", "allowed_hosts": "a"}, [], "/allowed_hosts: must be a list"),
        ({"access_token": "x"}, ["--name", "env"], "env is a connection that is always there."),
        ({"access_token": "x"}, ["--name", "a b"], "'a b' cannot be the name of a connection"),
    ],
)
def test_values_that_do_not_make_a_connection_are_refused(
    values: dict[str, Any], more: list[str], said: str, connect: Any, service: Service
) -> None:
    refused(connect(values, *more), said)
    assert names() == []


SUBDOMAINS = [
    "acme.evil.com",
    "evil.com/",
    "evil.com#",
    "a@b",
    "acme\n",
    "acmé",
    "а",
    "xn--80ak6aa92e.com",
    "-a",
    "a-",
    "",
    "a b",
    "%2e",
    "a\\b",
    "1:2",
]


@pytest.mark.parametrize("subdomain", SUBDOMAINS)
def test_a_subdomain_is_only_a_subdomain(subdomain: str, connect: Any) -> None:
    refused(connect({"access_token": "x", "base_url": None, "subdomain": subdomain}), "subdomain")


def test_secrets_are_not_taken_from_the_command_line(cli: CommandLine) -> None:
    refused(cli("connect", "zendesk", "--input", '{"access_token": "x"}'), "a command line is seen by others")


def test_a_name_that_is_taken_is_replaced_only_when_told(connect: Any, cli: CommandLine) -> None:
    assert connect(WAYS["access_token"]).code == 0
    refused(connect(WAYS["api_token"]), "There is a connection zendesk already. Give another name, or replace it.")
    assert connect(WAYS["api_token"], "--replace").code == 0
    assert cli("connections", "show", "zendesk", "--json").json["way"] == "api_token"


def test_a_file_of_values_and_an_answer_in_json(cli: CommandLine, service: Service) -> None:
    file = cli.folder / "values.json"
    file.write_text(json.dumps({"base_url": service.url, "allowed_hosts": ["files.example"], **WAYS["client"]}))
    done = cli("connect", "zendesk", "--with", "client", "--input", f"@{file}", "--json")
    assert done.json["values"] == {"client_id": APP_ID, "client_secret": "***", "base_url": service.url}
    assert (done.json["renews"], done.json["allowed_hosts"]) == (True, ["files.example"])


def test_without_a_terminal_the_values_must_be_given(cli: CommandLine) -> None:
    refused(
        cli("connect", "zendesk"), "There is no terminal to ask at. Give the values with --input @FILE or --input -."
    )


# -- a person signs in -------------------------------------------------------------------------------------------------


def test_a_browser_opens_and_comes_back(connect: Any, cli: CommandLine) -> None:
    cli.patch.setattr("webbrowser._tryorder", None)
    cli.patch.setenv("BROWSER", BROWSER)
    cli.patch.setenv("PYTHONPATH", os.getcwd())
    done = connect({"client_id": CLIENT_ID}, "--name", "acme")
    assert (done.code, f"as {ADMIN_EMAIL}" in done.out) == (0, True), done.err
    shown = cli("connections", "show", "acme", "--json").json
    assert (shown["way"], shown["renews"], shown["expires"] > shown["made"]) == ("oauth", True, True)


def test_without_a_browser_the_address_is_pasted(connect: Any, cli: CommandLine, service: Service) -> None:
    file = cli.folder / "values.json"
    file.write_text(json.dumps({"base_url": service.url, "client_id": CLIENT_ID}))
    arguments = ["connect", "zendesk", "--no-browser", "--input", f"@{file}"]

    said = io.StringIO()

    class Person:
        """Reads the address that is printed, signs in, and pastes where that ended."""

        def readline(self) -> str:
            return press(next(line.strip() for line in said.getvalue().splitlines() if "/oauth/" in line)) + "\n"

    cli.patch.setattr("sys.stdin", Person())
    cli.patch.setattr("sys.stderr", said)
    assert main(arguments) == 0, said.getvalue()
    assert names() == ["zendesk"]


@pytest.mark.parametrize(
    ("pasted", "code", "said"),
    [
        ("http://127.0.0.1:28482/callback?code=a&state=b", 2, "That is not the answer to this sign-in."),
        ("a-code-of-nobody", 3, "Zendesk refused the sign-in: The provided access grant is invalid"),
        ("", 2, "Nobody answers."),
    ],
)
def test_what_is_pasted_wrong_keeps_nothing(
    pasted: str, code: int, said: str, cli: CommandLine, service: Service
) -> None:
    file = cli.folder / "values.json"
    file.write_text(json.dumps({"base_url": service.url, "client_id": CLIENT_ID}))
    done = cli("connect", "zendesk", "--no-browser", "--input", f"@{file}", stdin=pasted.encode())
    assert (done.code, names()) == (code, [])
    assert said in done.err
