"""The secret that embed tokens are signed with: nobody forges one, processes share it, it is sealed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import string
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.access import keys
from connector.access.embed import Tokens
from connector.access.scopes import Refused
from connector.accounts import saved
from connector.errors import StorageError
from connector.store import Store

from .tokens import NOW, key, mint


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    store = Store()
    yield Tokens(store)
    store.close()


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))
    return found


def forged(text: str, secret: str) -> dict[str, str]:
    """Every way to make a token of an honest one, without its secret, or with it and other rules."""
    head, body, mark = text.split(".")
    said = claims_of(text)
    more = b64(said | {"scopes": ["options", "read", "write", "destroy"]})
    deep = b64(b"[" * 5000)
    signed = hmac.new(b"", f"{head}.{more}".encode(), hashlib.sha256).digest()
    found = {
        "no algorithm": f"{b64({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "no algorithm, the old signature": f"{b64({'alg': 'None'})}.{body}.{mark}",
        "no signature": f"{head}.{body}.",
        "other claims": f"{head}.{more}.{mark}",
        "an empty secret": f"{head}.{more}.{b64(signed)}",
        "another secret": jwt.encode(said, "x" * 64, algorithm="HS256"),
        "another algorithm": jwt.encode(said, secret, algorithm="HS512"),
        "public key taken for a secret": f"{b64({'alg': 'RS256'})}.{body}.{mark}",
        "another issuer": jwt.encode(said | {"iss": "somebody"}, secret, algorithm="HS256"),
        "another audience": jwt.encode(said | {"aud": "sign-in"}, secret, algorithm="HS256"),
        "a deep header": f"{deep}.{body}.{mark}",
        "a header that is no object": f"{b64([1])}.{body}.{mark}",
        "a key named in the header": f"{b64({'alg': 'HS256', 'jwk': {'kty': 'oct', 'k': 'eA'}})}.{body}.{mark}",
        "a long one": text + "A" * 10_000,
        "four parts": f"{text}.{mark}",
        "not ASCII": text[:-1] + "é",
    }
    for claim in ("exp", "jti", "key", "iss", "aud"):
        lacking = {name: value for name, value in said.items() if name != claim}
        found[f"without {claim}"] = jwt.encode(lacking, secret, algorithm="HS256")
    return found


FORGERIES = sorted(forged(".".join(map(b64, ({}, {}, b""))), "s" * 64))


@pytest.mark.parametrize("way", FORGERIES)
def test_a_forged_token_is_not_known(way: str, tokens: Tokens) -> None:
    text = mint(tokens)
    made = forged(text, tokens._made())[way]
    with pytest.raises(Refused, match=f"^{keys.UNKNOWN}$"):
        tokens.caller(made, NOW)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tokens, str]]:
    """Tokens of a store, and one of them, for many examples."""
    tokens = Tokens(Store(tmp_path_factory.mktemp("tokens") / "connector.db"))
    yield tokens, mint(tokens)
    tokens._store.close()


@given(at=st.floats(0, 1, exclude_max=True), letter=st.sampled_from(string.ascii_letters + string.digits + "-_."))
def test_a_token_changed_anywhere_is_not_known(one: tuple[Tokens, str], at: float, letter: str) -> None:
    tokens, text = one
    place = int(at * (len(text) - 1))  # the last letter holds bits that mean nothing
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(Refused, match="not known"):
            tokens.caller(changed, NOW)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_refused_and_breaks_nothing(one: tuple[Tokens, str], text: str) -> None:
    with pytest.raises(Refused):
        one[0].caller(text, NOW)


# -- the secret --------------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
from connector.access import keys
from connector.access.embed import Tokens
from connector.store import Store

store = Store()
who = keys.caller(store, sys.argv[1])
print("ready", flush=True)
print(Tokens(store).mint(who, connector="zendesk", connection="sandbox", operations=["get_ticket"],
                         origin="https://app.example", now=1_750_000_000)[0], flush=True)
"""


def test_processes_that_begin_at_once_sign_with_one_secret(tokens: Tokens) -> None:
    store = tokens._store
    text = keys.create(store, name="", now=NOW)
    with store.transaction():  # nobody gets ahead
        command = [sys.executable, "-c", PROGRAM, text]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        assert {process.stdout.readline() for process in running if process.stdout} == {"ready\n"}
    made = [process.communicate(timeout=60)[0].strip() for process in running]
    assert {tokens.caller(one, NOW).key for one in made} == {keys.id_of(text)}
    assert len(store.query("SELECT * FROM signing")) == 1


def test_nothing_is_known_and_nothing_made_before_the_first_token(tokens: Tokens) -> None:
    with pytest.raises(Refused):
        tokens.caller("a.b.c", NOW)
    assert tokens._store.query("SELECT * FROM signing") == []


def test_a_token_outlives_a_new_key_of_the_store(tokens: Tokens) -> None:
    text, store = mint(tokens), tokens._store
    before = store.query("SELECT * FROM signing")[0]
    saved.rekey(store)
    saved.rekey(store)
    after = store.query("SELECT * FROM signing")[0]
    assert before["key"] != after["key"]
    assert tokens.caller(text, NOW) == Tokens(store).caller(text, NOW)


def test_the_secret_is_sealed(tokens: Tokens) -> None:
    mint(tokens)
    secret = tokens._made()
    assert len(secret) >= 64
    tokens._store.close()
    folder = tokens._store.file.parent
    assert not [file for file in folder.iterdir() if secret.encode() in file.read_bytes()]
    assert secret not in repr(tokens) + repr(vars(tokens).keys())


def test_a_secret_whose_key_is_lost_is_said_and_made_anew(tokens: Tokens) -> None:
    text, store = mint(tokens), tokens._store
    who = key(tokens)
    (store.file.parent / "key").unlink()
    for asks in (lambda: mint(Tokens(store), who), lambda: Tokens(store).caller("a.b.c", NOW)):
        with pytest.raises(StorageError, match="connector connections rekey"):  # whose words are for the log
            asks()
    saved.rekey(store)
    again = Tokens(store)
    assert again.caller(mint(again, who), NOW)
    with pytest.raises(Refused, match="not known"):
        again.caller(text, NOW)
