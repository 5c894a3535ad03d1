"""Who we are to a service: where credentials come from, and that they go to its own host only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import Client, Connection, Connector, InputError, Request, UsageError
from connector.connections import connect, filled

from . import small_home
from .harbor import HARBOR, KEY, URL, change, connection, copy

OFFICE = {"HARBOR_MARINA": "north", "HARBOR_API_KEY": KEY}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets variables, and lets the connection `env` be made from them alone."""
    for name in ("MARINA", "API_KEY", "VISITOR_CODE", "BASE_URL", "ALLOWED_HOSTS"):
        monkeypatch.delenv(f"HARBOR_{name}", raising=False)

    def with_variables(variables: dict[str, str], of: Connector = HARBOR) -> Connection:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return connect(of, "env")

    return with_variables


def headers(made: Connection, request: Request, **more: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in made.wire(request, **more).headers}


# -- from the environment ----------------------------------------------------------------------------------------------


def test_a_connection_is_made_of_environment_variables(environment: Any) -> None:
    made = environment({**OFFICE, "HARBOR_ALLOWED_HOSTS": "Files.example, ,maps.example"})
    assert (made.name, made.base_url, made.values) == ("env", URL, {"marina": "north", "api_key": KEY})
    assert made.allowed_hosts == {"files.example", "maps.example"}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {},
            "There are no credentials for Harbor. Set HARBOR_MARINA, and HARBOR_API_KEY (API key); or "
            "HARBOR_VISITOR_CODE (Visitor code).",
        ),
        (
            {"HARBOR_MARINA": "north", "HARBOR_API_KEY": ""},
            "There are no credentials for Harbor. Set HARBOR_API_KEY (API key); or HARBOR_VISITOR_CODE (Visitor code).",
        ),
        ({"HARBOR_API_KEY": KEY}, "The connection to Harbor is not whole. Set HARBOR_MARINA."),
    ],
)
def test_what_is_missing_is_named_by_its_variable(variables: dict[str, str], sentence: str, environment: Any) -> None:
    with pytest.raises(UsageError) as error:
        environment(variables)
    assert error.value.message == sentence


@pytest.mark.parametrize("marina", ["evil.com/", "evil.com#", "a.b", "a@b", "a:1", "", "north\n", "-a", "NORTH", "%2e"])
def test_a_subdomain_is_only_a_subdomain(marina: str, environment: Any) -> None:
    with pytest.raises(UsageError, match="HARBOR_MARINA"):
        environment({**OFFICE, "HARBOR_MARINA": marina})


@pytest.mark.parametrize(
    "marina",
    ["evil.com/", "evil.com?", "evil.com#", "me@evil.com:1", "a\\b", "evil.com:1", "a..b", ".a", "é", "%2e", "a b"],
)
def test_a_value_cannot_leave_its_place_in_the_host_even_without_a_pattern(
    marina: str, environment: Any, tmp_path: Path
) -> None:
    loose = copy(tmp_path)
    change(loose.file, lambda spec: spec["connection"]["properties"]["marina"].pop("pattern"))
    with pytest.raises(UsageError, match="HARBOR_MARINA cannot stand in a host name: use letters, digits and hyphens"):
        environment({**OFFICE, "HARBOR_MARINA": marina}, loose)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("./:@#?\\%[]{}"), max_size=20))
def test_whatever_a_value_is_the_host_ends_as_it_is_declared(marina: str) -> None:
    try:
        url = filled("https://{marina}.harbor.example/v2/{marina}", {"marina": marina})
    except UsageError:
        return
    parts = urlsplit(url)
    assert parts.hostname == f"{marina}.harbor.example".lower()
    assert (parts.scheme, parts.path.startswith("/v2/")) == ("https", True)


def test_a_service_without_credentials_needs_none(environment: Any, tmp_path: Path) -> None:
    free = copy(tmp_path)
    change(free.file, lambda spec: spec.update(auth={}))
    assert environment({"HARBOR_MARINA": "north"}, free).wire(Request("GET", "/x")).headers == (
        ("Accept", "application/json"),
        ("Harbor-Version", "3"),
    )


@pytest.mark.parametrize(
    ("given", "base_url"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:8080/v2", "http://localhost:8080/v2"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("https://harbor.internal/v2/", "https://harbor.internal/v2"),
    ],
)
def test_a_base_url_of_ones_own_takes_the_place_of_the_marina(given: str, base_url: str, environment: Any) -> None:
    made = environment({"HARBOR_BASE_URL": given, "HARBOR_API_KEY": KEY})
    assert made.wire(Request("GET", "/x")).url == f"{base_url}/x"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("http://harbor.internal", "must start with https://, so that credentials are not sent in the clear."),
        ("http://127.0.0.1.evil.example", "must start with https://"),
        ("http://localhost@evil.example", "must be a URL such as https://example.com"),
        ("ftp://harbor.internal", "must be a URL such as"),
        ("harbor.internal", "must be a URL such as"),
        ("https://", "must be a URL such as"),
        ("https://h.example?x=1", "must be a URL such as"),
        ("https://h.example#x", "must be a URL such as"),
        ("https://[h.example", "must be a URL such as"),
        ("https://h.example:port", "must be a URL such as"),
    ],
)
def test_a_base_url_that_would_not_do_is_refused(given: str, sentence: str, environment: Any) -> None:
    with pytest.raises(UsageError, match=f"HARBOR_BASE_URL {sentence}"):
        environment({"HARBOR_BASE_URL": given, "HARBOR_API_KEY": KEY})


@pytest.mark.parametrize("name", ["production", "", "Sandbox"])
def test_an_unknown_connection_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="There is no connection"):
        connect(HARBOR, name)


def test_a_connector_without_a_sandbox_has_no_sandbox_connection() -> None:
    with pytest.raises(UsageError, match="harbor has no sandbox"):
        Client(HARBOR)


# -- signing -----------------------------------------------------------------------------------------------------------


def test_the_first_way_whose_values_are_all_given_signs() -> None:
    request = Request("GET", "/x?a=1")
    office = connection({"api_key": KEY, "visitor_code": "v"}).wire(request)
    visitor = connection({"visitor_code": "v &/"}).wire(request)
    nobody = connection({}).wire(request)
    assert (office.url, dict(office.headers)["X-Harbor-Key"]) == (f"{URL}/x?a=1", KEY)
    assert (visitor.url, "X-Harbor-Key" in dict(visitor.headers)) == (f"{URL}/x?a=1&code=v%20%26%2F", False)
    assert connection({"visitor_code": "v"}).wire(Request("GET", "/x")).url == f"{URL}/x?code=v"
    assert (nobody.url, "X-Harbor-Key" in dict(nobody.headers)) == (f"{URL}/x?a=1", False)


@pytest.mark.parametrize(
    ("way", "values", "header"),
    [
        ({"type": "basic", "username": "key"}, {"key": "me"}, "Basic bWU6"),
        ({"type": "basic", "username": "key", "password": "key"}, {"key": "é"}, "Basic w6k6w6k="),
        ({"type": "basic", "username": "join('', [key, '/t'])", "password": "key"}, {"key": "a"}, "Basic YS90OmE="),
        ({"type": "bearer", "token": "key"}, {"key": "t"}, "Bearer t"),
    ],
)
def test_basic_and_bearer_sign_in_the_authorization_header(way: Any, values: Any, header: str, tmp_path: Path) -> None:
    one = small_home.shed(tmp_path, auth={"way": {"title": "Way", **way}})
    made = Connection("test", one, URL, values)
    assert headers(made, Request("GET", "/x"))["authorization"] == header
    assert headers(made, Request("GET", "/x"), masked=True)["authorization"] == f"{header.split()[0]} ***"


def test_a_request_cannot_take_the_place_of_the_credentials_and_can_of_other_headers() -> None:
    request = Request("GET", "/x", headers={"x-harbor-KEY": "mine", "accept": "text/plain", "X-More": "1"})
    assert headers(connection(), request) == {
        "harbor-version": "3",
        "accept": "text/plain",
        "x-more": "1",
        "x-harbor-key": KEY,
    }


def test_a_body_of_json_says_so_unless_the_request_says_otherwise() -> None:
    made = connection()
    assert headers(made, Request("POST", "/x", json=None))["content-type"] == "application/json"
    own = Request("POST", "/x", json={}, headers={"content-type": "application/merge-patch+json"})
    assert headers(made, own)["content-type"] == "application/merge-patch+json"
    assert "content-type" not in headers(made, Request("POST", "/x", content=b"x"))


# -- hosts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [f"{URL}/x", "HTTPS://NORTH.harbor.example/other"])
def test_an_absolute_url_of_the_own_host_is_signed(url: str) -> None:
    assert "x-harbor-key" in headers(connection(), Request("GET", url))


FOREIGN = [
    "https://evil.example/x",
    "//evil.example/x",
    "http://north.harbor.example/x",
    "https://north.harbor.example:8443/x",
    "https://north.harbor.example.evil.example/x",
    "https://north.harbor.example@evil.example/x",
    "https://me@north.harbor.example/x",
    "https://north.harbor.example\\@evil.example/x",
    "ftp://files.example/x",
    "file:///etc/passwd",
    "https://me@files.example/x",
    "https://files.example.evil.example/x",
    "x",
    "",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_a_foreign_host_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"is not a host of this connection\. Use https://north\.harbor\.example"):
        connection(allowed_hosts=frozenset({"files.example"})).wire(Request("GET", url))


@pytest.mark.parametrize("url", ["https://files.example/x", "https://FILES.example:8443/x?a=1"])
@pytest.mark.parametrize("values", [{"api_key": KEY}, {"visitor_code": KEY}])
def test_an_allowed_host_is_sent_nothing_of_the_connection(url: str, values: dict[str, str]) -> None:
    made = connection(values, allowed_hosts=frozenset({"files.example"}))
    sent = made.wire(Request("GET", url, headers={"X-Own": "1"}))
    assert (sent.url, sent.headers) == (url, (("X-Own", "1"),))


# -- secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{"marina": "north", "api_key": KEY}, {"marina": "north", "visitor_code": KEY}])
def test_no_repr_and_no_plan_shows_a_secret(values: dict[str, str]) -> None:
    made = connection(values)
    harbor = Client(HARBOR, made)
    planned = harbor.plan("get_berth", {"berth_no": 1})
    shown = [repr(made), str(made), repr(harbor), repr(made.wire(Request("GET", "/x"))), json.dumps(planned)]
    assert not [text for text in shown if KEY in text]
    assert "***" in json.dumps(planned)


@pytest.mark.parametrize(
    "given", [{"X-A": "1\r\nX-B: 2"}, {"X-A\n": "1"}, (("X-A", "1"), ("X-A", "a\0b")), {"X-A": "1\n"}]
)
def test_a_header_with_a_line_break_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match=r"has a line break|is no name of a header"):
        connection().wire(Request("GET", "/x", headers=given))


def test_a_credential_with_a_line_break_is_refused_and_not_shown() -> None:
    with pytest.raises(InputError) as error:
        connection({"api_key": f"{KEY}\nX-A: 1"}).wire(Request("GET", "/x"))
    assert "X-Harbor-Key" in error.value.message
    assert KEY not in error.value.message


def test_the_secrets_of_a_connection_are_known_in_every_form_they_are_sent_in(tmp_path: Path) -> None:
    assert connection().secrets == {KEY}
    auth = {"way": {"title": "Way", "type": "basic", "username": "'me'", "password": "key"}}
    made = Connection("test", small_home.shed(tmp_path, auth=auth), URL, {"key": "pass", "refresh_token": "r"})
    assert made.secrets == {"pass", "r", "bWU6cGFzcw=="}
    assert Connection("test", small_home.shed(tmp_path / "b", auth={"client": CLIENT}), URL, {}).secrets == set()


# -- ways of OAuth -----------------------------------------------------------------------------------------------------

OAUTH = {"title": "Sign in", "type": "oauth2", "grant": "authorization_code", "token": "/t", "authorize": "/a"}
CLIENT = {**OAUTH, "title": "Client", "grant": "client_credentials"}


def test_a_way_for_which_a_person_signs_in_is_not_one_of_the_environment(environment: Any, tmp_path: Path) -> None:
    both = small_home.shed(tmp_path, auth={"person": OAUTH, "client": CLIENT})
    with pytest.raises(UsageError) as error:
        environment({}, both)
    sentence = "There are no credentials for Shed. Set SHED_CLIENT_ID and SHED_CLIENT_SECRET (Client)."
    assert error.value.message == sentence
    only = small_home.shed(tmp_path / "only", auth={"person": OAUTH})
    with pytest.raises(UsageError, match=r"Make a connection: connector connect shed\."):
        environment({}, only)


def test_tokens_sign_as_bearer(tmp_path: Path) -> None:
    one = small_home.shed(tmp_path, auth={"person": OAUTH})
    made = Connection("test", one, URL, {"client_id": "c", "access_token": "t"}, scheme="person")
    assert headers(made, Request("GET", "/x"))["authorization"] == "Bearer t"
    assert headers(made, Request("GET", "/x"), masked=True)["authorization"] == "Bearer ***"
