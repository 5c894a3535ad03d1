"""OAuth tokens: expiry, rotation, scopes, revocation, and what is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk import ACCESS_TOKEN, CLIENT_ID

from .conftest import Api
from .oauth import APP, ask, connect, decide, error, redeem, use


@pytest.fixture(autouse=True)
def no_basic(api: Api) -> None:
    api.auth = None


class TestExpiry:
    def test_an_access_token_ends(self, api: Api) -> None:
        token = connect(api, expires_in=300)["access_token"]
        api.clock.forward(seconds=299)
        assert use(api, token).status_code == 200
        api.clock.forward(seconds=1)
        answer = use(api, token)
        assert error(answer) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")

    def test_an_unknown_one(self, api: Api) -> None:
        assert error(use(api, "x")) == (401, "invalid_token")
        assert error(use(api, "x", path="users/me")) == (401, "invalid_token")

    @pytest.mark.parametrize(
        ("name", "value", "allowed"),
        [
            ("expires_in", 299, False),
            ("expires_in", 172800, True),
            ("expires_in", 172801, False),
            ("expires_in", "soon", False),
            ("expires_in", "9" * 5000, False),
            ("refresh_token_expires_in", 604799, False),
            ("refresh_token_expires_in", 604800, True),
            ("refresh_token_expires_in", 7776001, False),
        ],
    )
    def test_bounds(self, api: Api, name: str, value: Any, allowed: bool) -> None:
        answer = redeem(api, decide(api)["code"], **{name: value})
        if allowed:
            assert answer.json()[name] == value
        else:
            assert error(answer) == (400, "invalid_request")

    def test_a_refresh_token_ends(self, api: Api) -> None:
        refresh = connect(api, refresh_token_expires_in=604800)["refresh_token"]
        api.clock.forward(days=7)
        assert error(ask(api, "refresh_token", refresh_token=refresh)) == (400, "invalid_grant")


class TestRefresh:
    def test_both_are_new_and_the_old_pair_is_gone(self, api: Api) -> None:
        old = connect(api)
        answer = ask(api, "refresh_token", refresh_token=old["refresh_token"])
        assert answer.status_code == 201
        new = answer.json()
        assert use(api, new["access_token"]).status_code == 200
        assert use(api, old["access_token"]).status_code == 401

        assert error(ask(api, "refresh_token", refresh_token=old["refresh_token"])) == (400, "invalid_grant")
        assert use(api, new["access_token"]).status_code == 200
        assert ask(api, "refresh_token", refresh_token=new["refresh_token"]).status_code == 201

    def test_after_the_access_token_has_ended(self, api: Api) -> None:
        old = connect(api)
        api.clock.forward(days=29)
        assert ask(api, "refresh_token", refresh_token=old["refresh_token"], expires_in=600).json()["expires_in"] == 600

    def test_for_less_not_for_more(self, api: Api) -> None:
        refresh = connect(api)["refresh_token"]
        refused = ask(api, "refresh_token", refresh_token=refresh, scope="read impersonate")
        assert error(refused) == (400, "invalid_scope")
        assert ask(api, "refresh_token", refresh_token=refresh, scope="read").json()["scope"] == "read"

    def test_of_another_client(self, api: Api) -> None:
        refresh = connect(api)["refresh_token"]
        assert error(ask(api, "refresh_token", refresh_token=refresh, **APP)) == (400, "invalid_grant")

    def test_lost_answer(self, api: Api) -> None:
        """The pair has been rotated, and nobody knows the new one."""
        body = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": connect(api)["refresh_token"]}
        assert api("POST", "/oauth/tokens", body, headers={"X-Sandbox-Fault": "500-after"}).status_code == 500
        assert error(api("POST", "/oauth/tokens", body)) == (400, "invalid_grant")


class TestClientCredentials:
    def test_a_token_and_nothing_to_refresh_it(self, api: Api) -> None:
        answer = ask(api, "client_credentials", **APP, scope="read")
        assert answer.status_code == 201
        assert answer.json().keys() == {"access_token", "token_type", "scope", "expires_in"}
        assert use(api, answer.json()["access_token"]).status_code == 200

    def test_above_the_ceiling(self, api: Api) -> None:
        assert error(ask(api, "client_credentials", **APP, scope="impersonate")) == (400, "invalid_scope")
        assert ask(api, "client_credentials", **APP, scope="tickets:read").status_code == 201

    def test_not_without_a_secret(self, api: Api) -> None:
        assert error(ask(api, "client_credentials", scope="read")) == (400, "unauthorized_client")


class TestScopes:
    @pytest.mark.parametrize(
        ("scope", "read", "write"),
        [
            ("read", 200, 403),
            ("write", 403, 200),
            ("read write", 200, 200),
            ("tickets:read", 200, 403),
            ("tickets:write read", 200, 200),
            ("users:write", 403, 403),
            ("raed", 403, 403),
        ],
    )
    def test_what_each_opens(self, api: Api, scope: str, read: int, write: int) -> None:
        token = redeem(api, decide(api, scope=scope)["code"]).json()["access_token"]
        change = {"ticket": {"priority": "low"}}
        assert use(api, token, path="tickets/1.json").status_code == read
        assert use(api, token, "PUT", "tickets/1.json", change).status_code == write

    def test_help_center(self, api: Api) -> None:
        token = redeem(api, decide(api, scope="hc:read")["code"]).json()["access_token"]
        assert use(api, token, path="help_center/locales").status_code == 200


class TestRevocation:
    def test_the_one_that_asks(self, api: Api) -> None:
        pair, other = connect(api), connect(api)
        shown = use(api, pair["access_token"], path="oauth/tokens/current.json").json()["token"]
        assert (shown["scopes"], shown["expires_at"]) == (["read", "write"], "2024-03-01T12:30:00Z")
        assert use(api, pair["access_token"], "DELETE", "oauth/tokens/current.json").status_code == 204
        assert error(use(api, pair["access_token"])) == (401, "invalid_token")
        assert error(ask(api, "refresh_token", refresh_token=pair["refresh_token"])) == (400, "invalid_grant")
        assert use(api, other["access_token"]).status_code == 200

    def test_by_id(self, api: Api) -> None:
        pair, admin = connect(api), connect(api)["access_token"]
        listed = use(api, admin, path="oauth/tokens").json()["tokens"]
        assert [token["token"] for token in listed] == [pair["access_token"][:10], admin[:10]]
        assert use(api, admin, "DELETE", f"oauth/tokens/{listed[0]['id']}").status_code == 204
        assert use(api, pair["access_token"]).status_code == 401

    def test_an_api_token_has_no_current_one(self, api: Api) -> None:
        assert use(api, ACCESS_TOKEN, "DELETE", "oauth/tokens/current").status_code == 404

    def test_what_is_kept_opens_nothing(self, tmp_path: Path) -> None:
        file = tmp_path / "state.db"
        api = Api(data=file)
        api.auth = None
        code = decide(api)["code"]
        pair = redeem(api, code).json()
        api.app.close()
        kept = b"".join(part.read_bytes() for part in tmp_path.iterdir())
        assert pair["access_token"][:10].encode() in kept
        for secret in (code, pair["access_token"], pair["refresh_token"]):
            assert secret.encode() not in kept
