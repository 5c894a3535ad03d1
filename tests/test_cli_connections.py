"""`connector connections`: what it says of those that are kept, never a secret, whatever became of the key."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from connector.accounts import saved
from connector.clock import SYSTEM
from connector.store import Store, data_folder
from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN

from .accounts.service import Service, keep, served
from .command_line import CommandLine, refused


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with served(SYSTEM) as service:
        yield service


@pytest.fixture
def both(cli: CommandLine, service: Service) -> tuple[str, ...]:
    """Two connections are kept; all their secrets."""
    store = Store()
    token = service.connection("api_token", "token", email=ADMIN_EMAIL, api_token=API_TOKEN)
    keep(store, token, None, SYSTEM, who=ADMIN_EMAIL)
    tokens = service.connected(store)
    store.close()
    return API_TOKEN, tokens.access, str(tokens.refresh)


def test_none_yet(cli: CommandLine) -> None:
    assert cli("connections").out == "There are none yet. Make one: connector connect CONNECTOR\n"
    assert cli("connections", "list", "--json").json == []


def test_they_are_listed_with_how_long_they_last(cli: CommandLine, both: tuple[str, ...]) -> None:
    first, second = cli("connections").out.splitlines()
    assert first.split() == ["acme", "zendesk", *"Sign in with Zendesk, in the browser renews itself".split()]
    assert second.split() == ["token", "zendesk", ADMIN_EMAIL, *"Email and API token ends on 2027-04-30".split()]


def test_one_is_shown_and_no_secret_with_it(cli: CommandLine, both: tuple[str, ...]) -> None:
    text = cli("connections", "show", "token").out
    assert "api_token  ***" in " ".join(text.split("\n")).replace("   ", "  ")
    assert "accepts none from 2027-04-30" in text
    shown = cli("connections", "show", "acme", "--json").json
    assert shown["expires"] > shown["made"]
    assert shown["ends"] is None
    commands = [
        cli("connections", *words) for words in (["list", "--json"], ["show", "acme"], ["show", "token", "--json"])
    ]
    everything = text + json.dumps(shown) + "".join(done.out + done.err for done in commands)
    assert not [secret for secret in both if secret in everything]


def test_a_test_says_who_it_is_and_what_the_service_says(
    cli: CommandLine, both: tuple[str, ...], service: Service
) -> None:
    assert cli("connections", "test", "acme").out == f"acme works: Zendesk knows it as {ADMIN_EMAIL}.\n"
    assert cli("connections", "test", "token", "--json").json == {"name": "token", "works": True, "who": ADMIN_EMAIL}
    httpx.delete(
        f"{service.url}/api/v2/oauth/tokens/current", headers={"Authorization": f"Bearer {both[1]}"}, trust_env=False
    )
    done = cli("connections", "test", "acme")
    assert (done.code, done.out) == (3, "")
    assert "no longer accepts the sign-in of acme." in done.err
    assert "connector connect zendesk --name acme --replace" in done.err


def test_a_token_that_is_refused_says_how_to_connect_again(cli: CommandLine, service: Service) -> None:
    store = Store()
    keep(store, service.connection("access_token", access_token="t0ken"), None, SYSTEM)
    store.close()
    done = cli("run", "zendesk", "get_ticket", "--connection", "acme", "--input", '{"ticket_id": 1}')
    assert done.code == 3
    assert "To mend it, connect again: connector connect zendesk --name acme --replace" in done.err
    assert "t0ken" not in done.err


def test_a_connector_without_a_test_says_so(cli: CommandLine) -> None:
    assert cli("connect", "shed", "--input", "-", stdin=b'{"key": "k3y"}').out == (
        "Connected to Shed, untested. Use it with --connection shed.\n"
    )
    refused(cli("connections", "test", "shed"), "Shed does not say how a connection is tested.")


def test_renamed_removed_and_rekeyed(cli: CommandLine, both: tuple[str, ...]) -> None:
    assert cli("connections", "rename", "acme", "main").out == "acme is now called main.\n"
    assert cli("connections", "rekey", "--json").json == {"rekeyed": 2, "lost": [], "key": str(data_folder() / "key")}
    assert cli("connections", "test", "main").code == 0
    assert cli("connections", "remove", "main").out == "main is removed. The service was not told.\n"
    refused(cli("connections", "show", "main"), "There is no connection 'main'.")
    ran = cli("run", "zendesk", "get_ticket", "--connection", "token", "--input", '{"ticket_id": 1}')
    assert ran.code == 0


def test_a_lost_key_stops_only_what_needs_it(cli: CommandLine, both: tuple[str, ...]) -> None:
    (data_folder() / "key").unlink()
    run = ["run", "zendesk", "get_ticket", "--input", '{"ticket_id": 1}', "--connection"]
    refused(cli(*run, "token"), "connector connect zendesk --name token --replace")
    refused(cli("connections", "test", "acme"), f"in {data_folder() / 'key'}, which is not there")
    assert cli("connections").code == cli("connections", "show", "token").code == 0
    done = cli("connections", "rekey")
    assert "0 connections have a new key" in done.out
    assert "Not those whose old key is lost: acme, token." in done.out
    assert cli("connections", "remove", "token").code == 0
    assert cli(*run, "sandbox").code == 0


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["show"], "show NAME"),
        (["rename", "a"], "rename NAME NEW_NAME"),
        (["list", "a"], "list"),
        (["remove", "a", "b"], "remove NAME"),
    ],
)
def test_what_is_written_otherwise_is_shown_how(words: list[str], usage: str, cli: CommandLine) -> None:
    refused(cli("connections", *words), f"Write: connector connections {usage}\n")


def test_a_connection_of_a_connector_that_is_gone_is_still_listed_and_removed(cli: CommandLine) -> None:
    cli("connect", "shed", "--input", "-", stdin=b'{"key": "k3y"}')
    cli.patch.delenv("CONNECTOR_PATH")
    assert cli("connections").out.split()[:3] == ["shed", "shed", "key"]
    refused(cli("connections", "test", "shed"), "There is no connector 'shed'.")
    assert cli("connections", "remove", "shed").code == 0
    store = Store()
    assert saved.names(store) == []
    store.close()
