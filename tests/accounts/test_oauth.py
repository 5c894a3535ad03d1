"""OAuth 2 as values: the address, what comes back, how tokens are asked for and what an answer means."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connector import DeclarationError, RateLimitError, Response, UnreachableError, UsageError
from connector.accounts.oauth import Refused, SignIn, Tokens, renewed
from connector.connections import Connection, Wire, made
from connector.steps import NoAnswer, NotSent, TooLarge

from .. import small_home
from .service import Service, press, query

BACK = "http://127.0.0.1:28482/callback"
VALUES = {"client_id": "c:é", "client_secret": "s3cret/ &", "tenant": "north"}
WAY = {
    "title": "Way",
    "type": "oauth2",
    "grant": "authorization_code",
    "authorize": "https://sign.example/{tenant}/in?prompt=always",
    "token": "https://{tenant}.sign.example/tokens",
}
PROPERTIES = {name: {"type": "string", "writeOnly": name == "client_secret"} for name in VALUES}
GIVEN = {"access_token": "new", "token_type": "bearer"}


def connection(folder: Path, values: Mapping[str, str] = VALUES, **more: Any) -> Connection:
    way = {key: value for key, value in {**WAY, **more}.items() if value is not None}
    shed = small_home.shed(folder, auth={"way": way}, connection={"type": "object", "properties": PROPERTIES})
    return made("acme", shed, values, scheme="way")


def asked(steps: Any) -> Wire:
    wire: Wire = next(steps)
    steps.close()
    return wire


def answered(steps: Any, answer: Any, status: int = 200) -> Tokens:
    """What comes of an answer: JSON, text, bytes, or an exception."""
    next(steps)
    content = json.dumps(answer).encode() if isinstance(answer, dict | list) else answer
    with pytest.raises(StopIteration) as stop:
        steps.throw(answer) if isinstance(answer, Exception) else steps.send(Response(status, (), content))
    tokens: Tokens = stop.value.value
    return tokens


def body(wire: Wire) -> dict[str, str]:
    assert wire.content
    return {name: values[0] for name, values in parse_qs(wire.content.decode()).items()}


# -- a person signs in -------------------------------------------------------------------------------------------------


def test_a_person_signs_in_and_the_tokens_work(service: Service) -> None:
    sign_in = SignIn(service.connection(), BACK)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sign_in.verifier.encode()).digest()).decode().rstrip("=")
    assert sign_in.address.startswith(f"{service.url}/oauth/authorizations/new?")
    assert query(sign_in.address) == {
        "response_type": "code",
        "client_id": "sandbox-client",
        "redirect_uri": BACK,
        "scope": "read write",
        "state": sign_in.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    tokens = service.drive(sign_in.tokens(press(sign_in.address), service.clock.now()))
    assert tokens.expires == service.clock.now() + 1800
    assert [
        secret for secret in (sign_in.state, sign_in.verifier, tokens.access) if secret in repr(sign_in) + repr(tokens)
    ] == []
    again = service.drive(renewed(service.connection(), tokens, service.clock.now()))
    assert {again.access, again.refresh}.isdisjoint({tokens.access, tokens.refresh})


def test_a_code_alone_will_do(service: Service) -> None:
    sign_in = SignIn(service.connection(), BACK)
    code = query(press(sign_in.address))["code"]
    assert service.drive(sign_in.tokens(f" {code}\n", service.clock.now())).access


def test_a_person_who_refuses_is_no_error_of_ours(service: Service) -> None:
    sign_in = SignIn(service.connection(), BACK)
    with pytest.raises(Refused, match="The user denied the request"):
        service.drive(sign_in.tokens(press(sign_in.address, "deny"), service.clock.now()))


@pytest.mark.parametrize(
    "back", ["", "?code=a", "?code=a&state=other", "?code=a&state=", "?state=STATE&state=other&code=a", "?state=other"]
)
def test_what_answers_another_sign_in_is_refused(back: str, tmp_path: Path) -> None:
    sign_in = SignIn(connection(tmp_path), BACK)
    with pytest.raises(UsageError, match="That is not the answer to this sign-in"):
        next(sign_in.tokens(BACK + back.replace("STATE", sign_in.state), 0))


def test_each_sign_in_has_a_state_and_a_proof_of_its_own(tmp_path: Path) -> None:
    one, other = (SignIn(connection(tmp_path / name), BACK) for name in "ab")
    assert (one.state == other.state, one.verifier == other.verifier) == (False, False)
    assert (len(one.state) >= 32, 43 <= len(one.verifier) <= 128) == (True, True)


def test_the_address_is_a_template_and_may_have_a_query(tmp_path: Path) -> None:
    address = SignIn(connection(tmp_path, scopes=["a:read", "b"], pkce=False), BACK).address
    assert address.startswith("https://sign.example/north/in?")
    found = query(address)
    assert (found["prompt"], found["scope"], found["client_id"]) == ("always", "a:read b", "c:é")
    assert "code_challenge" not in found


def test_a_way_without_an_address_to_sign_in_at_is_a_fault_of_its_author(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="auth/way/authorize"):
        _ = SignIn(connection(tmp_path, authorize=None), BACK).address


# -- the request for tokens --------------------------------------------------------------------------------------------


def test_a_form_carries_the_client_the_code_and_the_proof(tmp_path: Path) -> None:
    sign_in = SignIn(connection(tmp_path), BACK)
    wire = asked(sign_in.tokens(f"{BACK}?code=a%20b&state={sign_in.state}", 0))
    assert (wire.request.method, wire.url) == ("POST", "https://north.sign.example/tokens")
    assert dict(wire.headers) == {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert body(wire) == {
        "grant_type": "authorization_code",
        "code": "a b",
        "redirect_uri": BACK,
        "code_verifier": sign_in.verifier,
        "client_id": "c:é",
        "client_secret": "s3cret/ &",
    }
    assert "s3cret" not in repr(wire) + str(wire.request)


def test_a_public_client_sends_its_id_alone_even_where_others_send_a_header(tmp_path: Path) -> None:
    public = {name: VALUES[name] for name in ("client_id", "tenant")}
    wire = asked(renewed(connection(tmp_path, public, client="basic"), Tokens("a", "r"), 0))
    assert body(wire) == {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "c:é"}
    assert "Authorization" not in dict(wire.headers)


def test_a_client_may_go_into_a_header_and_a_body_may_be_json(tmp_path: Path) -> None:
    one = connection(
        tmp_path, client="basic", send="json", grant="client_credentials", token="/tokens", scopes=["a", "b"]
    )
    wire = asked(renewed(one, None, 0))
    assert wire.url == f"{small_home.URL}/tokens"
    pair = base64.b64decode(dict(wire.headers)["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "c%3A%C3%A9:s3cret%2F%20%26"
    assert json.loads(wire.content or b"") == {"grant_type": "client_credentials", "scope": "a b"}


def test_the_host_that_is_sent_secrets_ends_as_it_is_declared(tmp_path: Path) -> None:
    for tenant in ("evil.example/", "evil.example#", "evil.example:1", "a@evil.example", ""):
        with pytest.raises(UsageError, match="tenant cannot stand in a host name"):
            next(renewed(connection(tmp_path / str(hash(tenant)), {**VALUES, "tenant": tenant}), Tokens("a", "r"), 0))


# -- the answer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "expires", "due"),
    [
        (3600, 4600.0, 4540.0),
        ("300", 1300.0, 1270.0),
        (0, 1000.0, 1000.0),
        (-5, 1000.0, 1000.0),
        (None, None, None),
        ("soon", None, None),
    ],
)
def test_tokens_are_renewed_before_they_end(life: Any, expires: Any, due: Any, tmp_path: Path) -> None:
    given = GIVEN if life is None else {**GIVEN, "expires_in": life}
    assert answered(renewed(connection(tmp_path), Tokens("a", "r"), 1000.0), given, 201) == Tokens(
        "new", "r", expires, due
    )


def test_a_new_refresh_token_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    given = {**GIVEN, "refresh_token": "r2", "scope": "other than asked"}
    assert answered(renewed(connection(tmp_path), Tokens("a", "r"), 0), given).refresh == "r2"


def test_an_answer_written_as_a_form_is_read_too(tmp_path: Path) -> None:
    assert (
        answered(renewed(connection(tmp_path), Tokens("a", "r"), 0), b"access_token=new&token_type=bearer").access
        == "new"
    )


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "Too old"}, r"^Too old\.$"),
        (400, {"error": "invalid_grant", "error_description": "No r3fresh, no s3cret/ &"}, r"^No \*\*\*, no \*\*\*\.$"),
        (401, {"error": "odd_one"}, r"^odd_one\.$"),
        (403, {"error": {"message": "Plan"}}, r"^Plan\.$"),
        (400, b"<p>=", r"^It answered 400 without tokens\.$"),
        (200, {"token": "new"}, r"^It answered 200 without tokens\.$"),
        (200, [1], r"^It answered 200 without tokens\.$"),
        (200, b"\xff\xfe", r"^\S.*$"),
        (302, b"", r"^It answered 302 without tokens\.$"),
    ],
)
def test_an_answer_without_tokens_is_a_refusal_in_its_own_words(
    status: int, answer: Any, words: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=words) as error:
        answered(renewed(connection(tmp_path), Tokens("a", "r3fresh"), 0), answer, status)
    assert error.value.status == status


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (NotSent("no way"), 0, UnreachableError),
        (NoAnswer("cut"), 0, UnreachableError),
        (TooLarge(9), 0, Exception),
        (b"", 503, Exception),
        (b"", 429, RateLimitError),
        (b"", 404, Exception),
    ],
)
def test_what_is_no_refusal_is_an_error_of_the_way_there(answer: Any, status: int, kind: Any, tmp_path: Path) -> None:
    with pytest.raises(kind) as error:
        answered(renewed(connection(tmp_path), Tokens("a", "r"), 0), answer, status)
    assert not isinstance(error.value, Refused)


def test_what_cannot_be_renewed_is_not_asked_for(tmp_path: Path) -> None:
    for tokens in (None, Tokens("a")):
        with pytest.raises(Refused):
            next(renewed(connection(tmp_path / str(tokens)), tokens, 0))
    assert urlsplit(BACK).hostname == "127.0.0.1"
