"""The OAuth server's consent: the page, the way back to the client, and tokens for a code."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.zendesk import APP_ID, CLIENT_ID

from .conftest import Api
from .oauth import APP, ASKED, PLACE, VERIFIER, Form, back, decide, error, redeem, use


@pytest.fixture(autouse=True)
def no_basic(api: Api) -> None:
    api.auth = None


class TestPage:
    def test_asks(self, api: Api) -> None:
        answer = api("GET", "/oauth/authorizations/new", params=ASKED)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "<h1>Allow Sandbox client to act for you?</h1>" in answer.text
        form = Form(answer.text)
        assert (form.language, form.fields, form.buttons) == ("en", ASKED, ["allow", "deny"])

    def test_words_of_others_stay_words(self, api: Api) -> None:
        nasty = '"><script>alert(1)</script>'
        page = api("GET", "/oauth/authorizations/new", params=ASKED | {"state": nasty, "scope": nasty}).text
        assert "<script>" not in page
        assert Form(page).fields["state"] == nasty

    def test_allow(self, api: Api) -> None:
        given = decide(api)
        assert given.keys() == {"code", "state"}
        assert given["state"] == ASKED["state"]

    def test_deny(self, api: Api) -> None:
        given = decide(api, "deny")
        assert (given["error"], given["state"]) == ("access_denied", ASKED["state"])
        assert "code" not in given

    @pytest.mark.parametrize(
        "place",
        [
            "",
            "https://evil.example/",
            "http://evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1:x/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1/#part",
            "http://127.0.0.1/\r\nSet-Cookie: x=1",
            "javascript:alert(1)",
        ],
    )
    def test_a_place_that_is_not_the_clients(self, api: Api, place: str) -> None:
        for method, more in (("GET", {"params": ASKED}), ("POST", {"data": {**ASKED, "decision": "allow"}})):
            given = {name: {**values, "redirect_uri": place} for name, values in more.items()}
            answer = api(method, "/oauth/authorizations" + ("/new" if method == "GET" else ""), **given)
            assert (answer.status_code, "Location" in answer.headers) == (400, False)
            assert "redirect_uri" in answer.text

    def test_a_client_that_nobody_knows(self, api: Api) -> None:
        answer = api("GET", "/oauth/authorizations/new", params=ASKED | {"client_id": "nobody"})
        assert (answer.status_code, "Location" in answer.headers) == (400, False)

    @pytest.mark.parametrize("place", ["http://localhost:1/x", "http://[::1]:2/", "http://127.0.0.1:65535"])
    def test_any_port_of_this_machine(self, api: Api, place: str) -> None:
        answer = api("POST", "/oauth/authorizations", data={**ASKED, "redirect_uri": place, "decision": "allow"})
        assert answer.headers["Location"].startswith(place)

    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": ""}, "invalid_scope"),
            ({"client_id": APP_ID, "scope": "read impersonate"}, "invalid_scope"),
            ({"code_challenge": ""}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
        ],
    )
    def test_a_request_that_is_wrong_goes_back(self, api: Api, changed: dict[str, str], expected: str) -> None:
        for method, path, name in (
            ("GET", "/oauth/authorizations/new", "params"),
            ("POST", "/oauth/authorizations", "data"),
        ):
            given = back(api(method, path, **{name: {**ASKED, **changed, "decision": "allow"}}))
            assert (given["error"], given["state"]) == (expected, ASKED["state"])


class TestCode:
    def test_tokens(self, api: Api) -> None:
        answer = redeem(api, decide(api)["code"])
        assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
        body = answer.json()
        assert {name: body[name] for name in body if name not in ("access_token", "refresh_token")} == {
            "token_type": "bearer",
            "scope": "read write",
            "expires_in": 1800,
            "refresh_token_expires_in": 2592000,
        }
        me = use(api, body["access_token"], path="users/me").json()["user"]
        assert me["role"] == "admin"

    def test_as_a_form(self, api: Api) -> None:
        given = {"grant_type": "authorization_code", "client_id": CLIENT_ID, "code": decide(api)["code"]}
        given |= {"redirect_uri": PLACE, "code_verifier": VERIFIER, "expires_in": "300"}
        answer = api("POST", "/oauth/tokens", data=given)
        assert (answer.status_code, answer.json()["expires_in"]) == (201, 300)

    def test_once(self, api: Api) -> None:
        code = decide(api)["code"]
        assert redeem(api, code).status_code == 201
        assert error(redeem(api, code)) == (400, "invalid_grant")

    def test_lives_two_minutes(self, api: Api) -> None:
        early, late = decide(api)["code"], decide(api)["code"]
        api.clock.forward(seconds=119)
        assert redeem(api, early).status_code == 201
        api.clock.forward(seconds=1)
        assert error(redeem(api, late)) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        "changed",
        [
            {"code": "x"},
            {"code": None},
            {"code_verifier": "another"},
            {"code_verifier": None},
            {"redirect_uri": "http://127.0.0.1:1/"},
            APP,
        ],
    )
    def test_of_another(self, api: Api, changed: dict[str, Any]) -> None:
        code = decide(api)["code"]
        assert error(redeem(api, code, **changed)) == (400, "invalid_grant")
        assert redeem(api, code).status_code == 201

    def test_a_client_with_a_secret_may_do_without_pkce(self, api: Api) -> None:
        code = decide(api, client_id=APP_ID, code_challenge="", code_challenge_method="")["code"]
        assert redeem(api, code, **APP, code_verifier=None).status_code == 201

    @pytest.mark.parametrize(
        "changed", [{"client_id": "nobody"}, {"client_id": APP_ID}, {**APP, "client_secret": "wrong"}]
    )
    def test_client_that_is_not_who_it_says(self, api: Api, changed: dict[str, str]) -> None:
        assert error(redeem(api, decide(api)["code"], **changed)) == (401, "invalid_client")

    @pytest.mark.parametrize("body", [{}, [], {"grant_type": ["x"]}, {"grant_type": "password"}])
    def test_no_such_grant(self, api: Api, body: Any) -> None:
        expected = "unsupported_grant_type" if isinstance(body, dict) else "invalid_client"
        given = {**body, "client_id": CLIENT_ID} if isinstance(body, dict) else body
        assert error(api("POST", "/oauth/tokens", given))[1] == expected
