"""The schema of account fields against the service: what it refuses is not kept there, and what it takes is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connector import APIError, Client
from connector.schema import Validator
from sandbox.zendesk import create_app

REFUSED = object()
WORDS = ["high", "High", "router", "networks", "gold", "12", "-3", "4.5", "1,5", "1e3", "AB123456", "123", "2024-01-31"]
WORDS += ["2024-13-01", "31.1.2024", "2024-01-31T00:00:00+00:00", "true", "No", "perhaps", "", " "]
TEXT = st.sampled_from(WORDS) | st.text("ab1 -", max_size=5)
WILD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 99), st.floats(-9, 99), TEXT, st.lists(st.sampled_from(WORDS), max_size=2)
)
TYPED: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text("ab1 -", min_size=1, max_size=9),
    "integer": st.integers(-(10**9), 10**12) | st.integers(0, 99).map(str),
    "number": st.floats(-1e6, 1e6) | st.sampled_from(["1.5", "-2", ".5", "1,5"]),
    "boolean": st.booleans(),
}


@dataclass
class Kind:
    """A kind of fields on an account: the operation that sets them, the input for them, the input beside it."""

    client: Client
    record: str
    operation: str
    name: str
    key: str
    beside: dict[str, Any]

    def __post_init__(self) -> None:
        schema = self.client.input_schema(self.operation)
        marked = next(one for one in schema["$defs"].values() if one.get("account_fields") == self.record)
        forms = marked["items"]["oneOf"]
        self.forms = {form["properties"][self.key]["const"]: form["properties"]["value"] for form in forms}
        self._validator = Validator(schema)

    def input(self, key: Any, value: Any) -> dict[str, Any]:
        return {**self.beside, self.name: [{self.key: key, "value": value}]}

    def takes(self, key: Any, value: Any) -> bool:
        return self._validator.accepts(self.input(key, value))

    def kept(self, key: Any, value: Any) -> Any:
        """What the service keeps of a value, or REFUSED."""
        try:
            record = self.client.run(self.operation, self.input(key, value))[self.record]
        except APIError as error:
            return REFUSED if error.status == 422 else error
        values = record[self.name]
        return ({one["id"]: one["value"] for one in values} if isinstance(values, list) else values).get(key, REFUSED)


@pytest.fixture(scope="module")
def kinds() -> Iterator[dict[str, Kind]]:
    """The kinds of one account."""
    with Client("zendesk", transport=httpx.ASGITransport(create_app()), record=False, retry_for=0) as client:
        about = {"subject": "Law", "comment": {"body": "As it says."}}
        yield {
            "ticket": Kind(client, "ticket", "create_ticket", "custom_fields", "id", about),
            "user": Kind(client, "user", "update_user", "user_fields", "key", {"user_id": 1001}),
            "organization": Kind(
                client, "organization", "update_organization", "organization_fields", "key", {"organization_id": 123456}
            ),
        }


KINDS = ("ticket", "user", "organization")


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data(), value=WILD)
def test_what_is_refused_the_service_does_not_keep(
    name: str, data: st.DataObject, value: Any, kinds: dict[str, Kind]
) -> None:
    kind = kinds[name]
    key = data.draw(st.sampled_from(list(kind.forms)))
    assume(not kind.takes(key, value))
    assert kind.kept(key, value) != value


def typed(value: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The values that a form offers for the schema of one."""
    choices = value.get("oneOf") or value.get("items", {}).get("oneOf", ())
    offered = [one["const"] for one in choices if one["const"]]
    if "items" in value:
        return st.lists(st.sampled_from(offered), unique=True, min_size=1)
    if offered:
        return st.sampled_from(offered)
    if value.get("description", "").startswith("What matches"):
        pattern = re.compile(value["pattern"].removeprefix("(?:").removesuffix(")|^$"), re.ASCII)
        return st.from_regex(pattern, fullmatch=True).map(str.strip)
    return st.dates().map(str) if value.get("format") == "date" else TYPED[value["type"][0]]


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_a_form_offers_is_taken_and_kept(name: str, data: st.DataObject, kinds: dict[str, Kind]) -> None:
    kind = kinds[name]
    key = data.draw(st.sampled_from(list(kind.forms)))
    value = data.draw(typed(kind.forms[key]))
    assert kind.takes(key, value)
    assert kind.kept(key, value) == value


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("name", KINDS)
def test_every_field_can_be_emptied(name: str, empty: Any, kinds: dict[str, Kind]) -> None:
    kind = kinds[name]
    assert [key for key in kind.forms if not kind.takes(key, empty) or kind.kept(key, empty) is not None] == []


@pytest.mark.parametrize(
    ("name", "key"), [("ticket", 4711), ("ticket", 360001234609), ("user", "x"), ("organization", "y")]
)
def test_a_field_that_is_not_in_use_is_refused_and_the_service_drops_it(
    name: str, key: Any, kinds: dict[str, Kind]
) -> None:
    assert not kinds[name].takes(key, "x")
    assert kinds[name].kept(key, "x") is REFUSED


def test_a_choice_that_is_not_there_leaves_a_ticket_as_it_was(kinds: dict[str, Kind]) -> None:
    client = kinds["ticket"].client
    ticket = client.run("create_ticket", kinds["ticket"].input(123, "high"))["ticket"]["id"]
    for value in ("urgent", "low"):
        given = {"ticket_id": ticket, "custom_fields": [{"id": 123, "value": value}]}
        values = client.run("update_ticket", given)["ticket"]["custom_fields"]
        assert {one["id"]: one["value"] for one in values}[123] == ("high" if value == "urgent" else value)
