"""What is wrong with a declaration of OAuth or of the test of a connection is found before anybody connects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from connector import DeclarationError
from connector.testing import check

from .. import small_home
from ..harbor import change, copy

WAY = {
    "title": "Sign in",
    "type": "oauth2",
    "grant": "authorization_code",
    "authorize": "https://sign.example/{marina}",
    "token": "/tokens",
}
TEST = {"request": "GET /me", "proves": "id", "who": "name"}
CLIENT = {"client_id": {"type": "string"}, "client_secret": {"type": "string", "writeOnly": True}}


def declared(folder: Path, way: dict[str, Any], test: dict[str, Any], values: dict[str, Any] = CLIENT) -> Any:
    changed = copy(folder)

    def alter(spec: dict[str, Any]) -> None:
        spec["auth"]["person"] = {key: value for key, value in {**WAY, **way}.items() if value is not None}
        spec["connection"]["properties"] |= values
        spec["test"] = {**TEST, **test}

    change(changed.file, alter)
    return changed


def test_one_that_is_right_has_no_finding(tmp_path: Path) -> None:
    assert list(check(declared(tmp_path, {}, {}), ["get_berth"])) == []


@pytest.mark.parametrize(
    ("way", "test", "values", "said"),
    [
        ({"authorize": None}, {}, CLIENT, "auth/person/authorize: is missing. A person signs in there."),
        ({"token": "/{quay}"}, {}, CLIENT, "auth/person/token: quay is a value that a connection may lack."),
        (
            {"authorize": "/{api_key}"},
            {},
            CLIENT,
            "auth/person/authorize: api_key is a value that a connection may lack.",
        ),
        ({}, {}, {}, "auth/person: reads client_id, which is no value of the connection."),
        ({"grant": "client_credentials"}, {}, {"client_id": {}}, "reads client_secret, which is no value"),
        ({}, {"proves": "a["}, CLIENT, "test/proves: 'a[' is not JMESPath"),
        ({}, {"who": "a["}, CLIENT, "test/who: 'a[' is not JMESPath"),
    ],
)
def test_what_is_wrong_is_found(way: Any, test: Any, values: Any, said: str, tmp_path: Path) -> None:
    [found] = check(declared(tmp_path, way, test, values), ["get_berth"])
    assert said in str(found)


@pytest.mark.parametrize(
    ("way", "test"),
    [
        ({"token": "http://sign.example"}, {}),
        ({"token": "tokens"}, {}),
        ({"grant": "password"}, {}),
        ({"send": "xml"}, {}),
        ({"ends": {"date": "soon", "message": "x"}}, {}),
        ({}, {"request": "me"}),
    ],
)
def test_what_the_grammar_does_not_know_is_refused(way: Any, test: Any, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError):
        _ = declared(tmp_path, way, test).spec


def test_the_documented_declaration_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "connections.md").read_text()
    declaration = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    documented = small_home.shed(tmp_path, **declaration)
    assert [found for found in check(documented, []) if found.file == documented.file] == []
    assert list(documented.spec["auth"]) == ["person", "key"]
