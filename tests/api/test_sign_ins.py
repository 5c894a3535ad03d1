"""Sign-ins over HTTP: a person allows us, the browser comes back, and a connection is there; or it says why not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from connector.accounts import saved
from sandbox.zendesk import ADMIN_EMAIL, APP_ID, APP_SECRET, CLIENT_ID

from ..accounts.service import press, query
from .conftest import ORIGIN
from .desk import PAGE, Desk, desk

RUN = "/v1/connectors/zendesk/operations/get_ticket/run"


@pytest.fixture
def api() -> Iterator[Desk]:
    with desk() as found:
        yield found


def outcome(api: Desk, state: str, **more: str) -> tuple[str, str | None]:
    answer = api.call("GET", f"/v1/sign-ins/{state}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["status"], answer.json()["detail"]


def kept(api: Desk) -> list[str]:
    return saved.names(api.server.store)


def test_a_person_signs_in_and_the_connection_is_there(api: Desk) -> None:
    begun = api.begin("work", tenant="acme")
    assert begun.status_code == 201, begun.text
    address, state = begun.json()["address"], begun.json()["state"]
    asked = query(address)
    assert address.startswith(f"{api.service.url}/oauth/authorizations/new?")
    assert (asked["redirect_uri"], asked["state"]) == ("http://127.0.0.1:8400/v1/oauth/callback", state)
    assert outcome(api, state, tenant="acme") == ("pending", None)
    page = api.come_back(address)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>Connected</h1>" in page.text
    assert "<script" not in page.text
    assert outcome(api, state, tenant="acme") == ("connected", None)
    shown = api.call("GET", "/v1/connections/work", tenant="acme").json()
    assert (shown["way"], shown["who"], shown["renews"]) == ("oauth", ADMIN_EMAIL, True)
    ran = api.call("POST", RUN, {"connection": "work", "input": {"ticket_id": 1}}, tenant="acme")
    assert ran.status_code == 200, ran.text
    for tenant in ("", "other"):
        assert api.call("GET", f"/v1/sign-ins/{state}", tenant=tenant).status_code == 404
        assert api.call("GET", "/v1/connections/work", tenant=tenant).status_code == 404


def test_it_works_once(api: Desk) -> None:
    begun = api.begin().json()
    back = press(begun["address"])
    pages: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: pages.append(api.open(back))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("<h1>Connected</h1>" in page.text for page in pages) == [False, False, False, True]
    assert api.service.asked == ["authorization_code"]
    assert outcome(api, begun["state"]) == ("connected", None)


def test_its_time_ends(api: Desk) -> None:
    begun = api.begin().json()
    back = press(begun["address"])
    api.clock.advance(600)
    assert outcome(api, begun["state"]) == ("failed", "Nobody signed in within 10 minutes. Begin again.")
    assert "is over, or is not known here" in api.open(back).text
    assert (api.service.asked, kept(api)) == ([], [])
    api.clock.advance(3000)
    assert api.call("GET", f"/v1/sign-ins/{begun['state']}").status_code == 404
    api.begin()
    assert len(api.server.store.query("SELECT 1 FROM sign_ins")) == 1  # the old one is forgotten


def test_a_refusal_is_told_in_words(api: Desk) -> None:
    begun = api.begin().json()
    page = api.come_back(begun["address"], "deny")
    words = "Zendesk refused the sign-in: The user denied the request."
    assert "<h1>Not connected</h1>" in page.text
    assert words in page.text
    assert (outcome(api, begun["state"]), kept(api)) == (("failed", words), [])


def test_words_of_a_service_are_no_markup(api: Desk) -> None:
    begun = api.begin().json()
    words = "</p><script>alert(1)</script>{0}"
    page = api.http.get(
        "/v1/oauth/callback", params={"state": begun["state"], "error": "x", "error_description": words}
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize("given", ["", "state=", "state=unknown&code=x", "code=x&session_state=1&iss=https%3A%2F%2Fx"])
def test_what_belongs_to_no_sign_in_is_a_page(given: str, api: Desk) -> None:
    page = api.http.get(f"/v1/oauth/callback?{given}")
    assert "Not this sign-in" in page.text


def test_a_code_that_is_wrong_connects_nothing_and_ends_it(api: Desk) -> None:
    begun = api.begin().json()
    page = api.http.get("/v1/oauth/callback", params={"state": begun["state"], "code": "f0rged"})
    assert "Zendesk refused the sign-in" in page.text
    assert "f0rged" not in page.text
    assert "is over" in api.open(press(begun["address"])).text
    assert kept(api) == []


# -- who is told, and where the browser goes ---------------------------------------------------------------------------


def test_the_page_tells_its_opener_of_the_tokens_origin_and_nobody_else(api: Desk) -> None:
    begun = api.begin(key=api.token(), headers=PAGE)
    assert begun.status_code == 201, begun.text
    page = api.come_back(begun.json()["address"])
    [(nonce, script)] = re.findall(r'<script nonce="([^"]+)">(.*?)</script>', page.text)
    assert script.endswith(f', "{ORIGIN}")')
    assert '{"type": "connector:connected", "connection": "work", "ok": true}' in script
    policy = page.headers["content-security-policy"]
    assert f"script-src 'nonce-{nonce}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "*" not in script + policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert outcome(api, begun.json()["state"], key=api.token(), headers=PAGE) == ("connected", None)  # type: ignore[arg-type]
    other = api.token(connection="other")
    assert api.call("GET", f"/v1/sign-ins/{begun.json()['state']}", key=other, headers=PAGE).status_code == 404


def test_a_token_signs_in_to_what_it_names_alone(api: Desk) -> None:
    assert api.begin("other", key=api.token(), headers=PAGE).status_code == 403
    assert (
        api.begin(key=api.token(scopes=["options"], operations=["get_ticket"], connection="sandbox")).status_code == 403
    )


@pytest.mark.parametrize("place", [f"{ORIGIN}/done?step=2", "http://127.0.0.1:8400/embed/example"])
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_the_browser_goes_on_to_where_it_was_to_return(place: str, decision: str, api: Desk) -> None:
    begun = api.begin(return_to=place)
    assert begun.status_code == 201, begun.text
    answer = api.come_back(begun.json()["address"], decision)
    assert answer.status_code == 303
    went = urlsplit(answer.headers["location"])
    assert f"{went.scheme}://{went.netloc}{went.path}" == place.partition("?")[0]
    told = dict(parse_qsl(went.query))
    assert (told["connection"], told["status"]) == ("work", "connected" if decision == "allow" else "failed")


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://evil.example\\@app.example/",
        "http://app.example/",
        "https://app.example:444/",
        "//app.example/",
        "/done",
        "javascript:alert(1)//app.example",
        "https://app.example/\r\nSet-Cookie: a=b",
        "https://app.example/#x",
        "data:text/html,x",
        "",
    ],
)
def test_it_goes_nowhere_else(place: str, api: Desk) -> None:
    answer = api.begin(return_to=place)
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"return_to must be a page of {ORIGIN} or http://127.0.0.1:8400."


def test_a_token_returns_to_its_own_page_or_ours(api: Desk) -> None:
    key = api.token()
    assert api.begin(return_to=f"{ORIGIN}/a", key=key, headers=PAGE).status_code == 201
    assert api.begin(return_to="https://evil.example/", key=key, headers=PAGE).status_code == 400


# -- whose OAuth client it is ------------------------------------------------------------------------------------------


@pytest.fixture
def lends(api: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Whoever runs the server has an OAuth client at the service."""
    for name, value in {"CLIENT_ID": APP_ID, "CLIENT_SECRET": APP_SECRET, "BASE_URL": api.service.url}.items():
        monkeypatch.setenv(f"ZENDESK_{name}", value)
    return api


def test_the_operators_client_is_lent_and_not_kept(lends: Desk) -> None:
    begun = lends.begin("work", {}, tenant="acme")
    assert query(begun.json()["address"])["client_id"] == APP_ID
    assert "Connected" in lends.come_back(begun.json()["address"]).text
    shown = lends.call("GET", "/v1/connections/work", tenant="acme")
    assert shown.json()["values"] == {"base_url": lends.service.url}
    assert saved.open_secrets(lends.server.store, "acme/work").values == {}
    lends.clock.advance(1795)  # the token is to be renewed, by the client that is lent
    ran = lends.call("POST", RUN, {"connection": "work", "input": {"ticket_id": 1}}, tenant="acme")
    assert ran.status_code == 200, ran.text
    assert lends.service.asked == ["authorization_code", "refresh_token"]


def test_it_is_never_lent_to_a_host_that_a_tenant_chose(lends: Desk) -> None:
    answer = lends.begin("work", {"base_url": "https://evil.example"}, tenant="acme")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/client_id"]
    own = lends.begin("work", {"base_url": "https://evil.example", "client_id": "mine"}, tenant="acme")
    assert query(own.json()["address"])["client_id"] == "mine"
    theirs = lends.begin("work", {"base_url": None, "subdomain": "acme"}, tenant="acme")
    assert theirs.json()["address"].startswith("https://acme.zendesk.com/oauth/authorizations/new?")
    assert query(theirs.json()["address"])["client_id"] == APP_ID


def test_it_is_not_lent_to_act_for_its_owner(lends: Desk) -> None:
    answer = lends.connect("work", {}, way="client", tenant="acme")
    assert (answer.status_code, lends.service.asked) == (422, [])


def test_what_is_lent_is_said_of_the_ways(lends: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def client() -> tuple[list[str], list[str]]:
        """What of an OAuth client must be given, and what a form folds away."""
        ways = lends.call("GET", "/v1/connectors/zendesk").json()["ways"]
        schema = next(way["schema"] for way in ways if way["name"] == "oauth")
        folded = [name for name, rule in schema["properties"].items() if rule.get("advanced")]
        return schema["required"], [name for name in folded if name.startswith("client_")]

    assert client() == ([], ["client_id", "client_secret"])
    monkeypatch.delenv("ZENDESK_CLIENT_SECRET", raising=False)
    assert client() == ([], ["client_id", "client_secret"])  # a public one has none
    monkeypatch.delenv("ZENDESK_CLIENT_ID")
    assert client() == (["client_id"], [])


# -- what is refused at once -------------------------------------------------------------------------------------------


def test_a_name_that_is_taken_is_refused_at_once_unless_it_is_replaced(api: Desk) -> None:
    assert api.connect("work").status_code == 201
    assert api.begin("work").status_code == 409
    begun = api.begin("work", replace=True)
    assert api.call("GET", "/v1/connections/work").json()["way"] == "api_token"
    assert "Connected" in api.come_back(begun.json()["address"]).text
    assert api.call("GET", "/v1/connections/work").json()["way"] == "oauth"


def test_one_that_came_between_is_not_replaced(api: Desk) -> None:
    begun = api.begin("work").json()
    assert api.connect("work").status_code == 201
    assert "There is a connection work already." in api.come_back(begun["address"]).text
    assert api.call("GET", "/v1/connections/work").json()["way"] == "api_token"


def test_ways_and_names_that_do_not_do_are_refused(api: Desk) -> None:
    assert api.begin("work", way="api_token").status_code == 400
    assert api.begin("work", way="oauht").status_code == 400
    assert api.begin("a/b").status_code == 422
    assert api.begin("work", {"client_id": CLIENT_ID, "nothing": "x"}).status_code == 422
    assert api.begin("work", connector="zendisk").status_code == 404


def test_nothing_of_it_lies_open(api: Desk) -> None:
    begun = api.begin("work", {"client_id": "an-id-of-theirs", "client_secret": "a-secret-of-theirs"})
    assert begun.status_code == 201
    [row] = api.server.store.query("SELECT * FROM sign_ins")
    assert b"a-secret-of-theirs" not in b"".join(str(value).encode() for value in row)
    saved.rekey(api.server.store)
    page = api.open(press(api.begin("more").json()["address"]))
    assert "Connected" in page.text
    [(secret, key)] = [
        tuple(row) for row in api.server.store.query("SELECT secret, key FROM sign_ins WHERE connection = 'more'")
    ]
    assert (secret, key) == (None, None)  # what was used is gone
