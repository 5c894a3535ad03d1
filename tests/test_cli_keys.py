"""`connector keys`: keys are made, listed without their text, and revoked; a page's token is made by one."""

from __future__ import annotations

import re
import sys

import pytest

from connector.access import keys
from connector.access.embed import Tokens
from connector.access.scopes import SCOPES
from connector.clock import SYSTEM
from connector.store import Store

from .command_line import CommandLine

PAGE = ["--connector", "shed", "--connection", "sandbox", "--operations", "get_tool", "--origin", "https://app.example"]


def make(cli: CommandLine, *arguments: str) -> str:
    done = cli("keys", "create", *arguments)
    assert done.code == 0
    return done.out.strip()


def test_a_key_is_made_and_shown_once(cli: CommandLine) -> None:
    text = make(cli, "--name", "the app", "--tenant", "acme", "--scopes", "read, options")
    store = Store()
    caller = keys.caller(store, text)
    store.close()
    assert (caller.tenant, sorted(caller.scopes)) == ("acme", ["options", "read"])
    listed = cli("keys")
    assert re.search(rf"{caller.key} +the app +acme +\S+Z +read, options\n", listed.out)
    secret = text.split("_", 2)[2]
    assert secret not in listed.out + cli("keys", "list", "--json").out


def test_a_key_for_a_program(cli: CommandLine) -> None:
    made = cli("keys", "create", "--json").json
    assert made.keys() == {"id", "name", "tenant", "scopes", "made", "revoked", "key"}
    assert (made["scopes"], made["tenant"], made["revoked"]) == (list(SCOPES), "", None)
    assert made["key"].startswith(f"ck_{made['id']}_")
    assert cli("keys", "--json").json == [{name: value for name, value in made.items() if name != "key"}]


def test_the_text_alone_is_the_output(cli: CommandLine) -> None:
    done = cli("keys", "create")
    assert re.fullmatch(r"ck_[0-9a-f]{12}_[\w-]{43}\n", done.out)
    assert done.err == f"This is shown once. Its id is {keys.id_of(done.out)}.\n"


def test_a_key_is_revoked_by_the_beginning_of_its_id(cli: CommandLine) -> None:
    id = keys.id_of(make(cli))
    assert cli("keys", "revoke", id[:8]).out == f"{id} is revoked, and the embed tokens that it made.\n"
    revoked = cli("keys", "--json").json[0]["revoked"]
    assert revoked.endswith("Z")
    assert revoked in cli("keys").out
    assert cli("keys", "revoke", id, "--json").json["revoked"] == revoked


def test_where_there_are_none_it_says_how_to_make_one(cli: CommandLine) -> None:
    assert cli("keys").out == "There are none yet. Make one: connector keys create\n"
    assert cli("keys", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["revoke"], "Write: connector keys revoke KEY"),
        (["list", "x"], "Write: connector keys list\n"),
        (["revoke", "abc"], "There is no key 'abc'. See connector keys."),
        (["create", "--tenant", "A/b"], "'A/b' cannot be a tenant"),
        (["create", "--scopes", "reed"], "There is no scope 'reed'. Did you mean read?"),
        (["create", "--scopes", ","], "A key without a scope may do nothing."),
        (["create", "--name", "a\nb"], "The name of a key is a line"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], said: str, cli: CommandLine) -> None:
    done = cli("keys", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_token_for_a_page(cli: CommandLine) -> None:
    id = keys.id_of(make(cli, "--tenant", "acme"))
    done = cli("keys", "embed", id[:6], *PAGE, "--scopes", "options,read", "--seconds", "60")
    assert "connector serve --origin https://app.example" in done.err
    store = Store()
    caller = Tokens(store).caller(done.out.strip(), SYSTEM.now())
    store.close()
    assert caller.embed
    assert (caller.tenant, caller.key, caller.embed.operations) == ("acme", id, frozenset({"get_tool"}))
    made = cli("keys", "embed", id, *PAGE, "--json").json
    assert made.keys() == {"token", "expires"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (PAGE[2:], "A token is for one connector. Name it: --connector."),
        (PAGE[:6], "A token is for one origin. Name it: --origin."),
        ([*PAGE, "--origin", "https://app.example/x"], "is no origin, such as https://app.example.com"),
        ([*PAGE, "--scopes", "manage"], "There is no scope 'manage'."),
        ([*PAGE, "--seconds", "90000"], "from 1 to 3600 seconds"),
        ([*PAGE, "--connection", "nowhere"], "There is no connection 'nowhere'."),
    ],
)
def test_what_does_not_fit_a_token_is_said(arguments: list[str], said: str, cli: CommandLine) -> None:
    id = keys.id_of(make(cli))
    done = cli("keys", "embed", id, *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_revoked_key_makes_no_token(cli: CommandLine) -> None:
    id = keys.id_of(make(cli))
    cli("keys", "revoke", id)
    done = cli("keys", "embed", id, *PAGE)
    assert done.code == 2
    assert "is revoked" in done.err


def test_without_what_signs_it_says_what_to_install(cli: CommandLine) -> None:
    id = keys.id_of(make(cli))
    cli.patch.setitem(sys.modules, "jwt", None)
    assert "connector-runtime[server]" in cli("keys", "embed", id, *PAGE).err
