"""The fields of an account: read once, in the schema of an input, and what they refuse before anything is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import process_time
from typing import Any

import httpx
import pytest

from connector import Client, FieldsWarning, InputError
from connector.testing.clock import HeldClock

from .small_home import connected, shed

FIELDS: list[Any] = [
    {"id": 1, "name": "Length", "kind": "number", "help": "In metres."},
    {
        "id": 2,
        "name": "Colour",
        "kind": "choice",
        "offers": [{"text": "Red", "value": "r"}, {"text": "Blue", "value": 7}],
    },
    {
        "id": 3,
        "name": "Marks",
        "kind": "choices",
        "offers": [{"text": "New", "value": "n"}, {"text": "New", "value": "n"}],
    },
    {"id": 4, "name": "Serial", "kind": "form", "form": r"\A[A-Z]\d+\z"},
    {"id": 5, "name": "Shape", "kind": "nobody knows"},
    {"id": 6, "name": "Old", "kind": "number", "off": True},
    {"id": 7, "kind": "choice", "offers": None},
    {"name": "No number", "kind": "number"},
    "odd",
    {"id": 8, "name": "Odd", "kind": ["number"]},
    {"id": 9, "name": "Odder", "kind": "choice", "offers": [{"value": ["x"]}, "x", {}]},
    {"id": 1, "name": "Length", "kind": "number", "help": "In metres."},
]
KIND: dict[str, Any] = {
    "operation": "list_fields",
    "where": "!off",
    "key": "id",
    "value": "value",
    "title": "name",
    "description": "help",
    "type": "kind",
    "choices": "offers",
    "pattern": "form",
    "types": {
        "number": {"type": ["integer", "null"]},
        "choice": {"oneOf": [{"const": None, "title": "None"}, {"const": "", "deprecated": True}]},
        "choices": {"type": "array", "items": {}},
        "form": {"type": "string"},
    },
}
ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": ["integer", "string"], "title": "Field"}, "value": {"title": "Value"}},
}
OWN = {"type": "array", "title": "Own", "description": "Own.", "account_fields": "tool", "items": ITEM}
PART = {"type": "object", "properties": {"own": OWN}}
INPUT = {"properties": {"name": {}, "own": OWN, "parts": {"type": "array", "items": PART}}}
OPERATIONS: dict[str, Any] = {
    "list_fields": {"request": "GET /fields", "records": "rows", "pagination": "cursor", "output": {}},
    "make_tool": {"request": "POST /tools", "input": INPUT, "body": "*", "output": {}},
}


class Account:
    """An account with fields, in pages of four; `asked` is what it was asked for."""

    def __init__(self, fields: list[Any]) -> None:
        self.fields, self.asked = fields, list[str]()
        self.refusal: int | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path.removeprefix('/v1')}")
        if request.method == "POST":
            return httpx.Response(200, json={})
        if self.refusal:
            return httpx.Response(self.refusal, json={})
        at = int(request.url.params.get("after", 0))
        more = {"next": str(at + 4)} if at + 4 < len(self.fields) else {}
        return httpx.Response(200, json={"rows": self.fields[at : at + 4], **more})


def opened(folder: Path, account: Account, clock: HeldClock | None = None, **more: Any) -> Client:
    connector = shed(folder, operations=OPERATIONS, fields={"tool": KIND})
    options: dict[str, Any] = {"account_fields": True, "record": False, "retry_for": 0, "clock": clock or HeldClock()}
    return Client(connector, connected(connector), **options | {"transport": httpx.MockTransport(account)} | more)


@pytest.fixture
def account() -> Account:
    return Account(list(FIELDS))


def made(*given: tuple[Any, Any]) -> dict[str, Any]:
    return {"own": [{"id": id, "value": value} for id, value in given]}


def test_an_item_has_one_form_for_each_field_that_can_be_given(tmp_path: Path, account: Account) -> None:
    with opened(tmp_path, account) as client:
        schema = client.input_schema("make_tool")
        assert client.input_schema("make_tool", account=False) == client.connector.operation("make_tool").input_schema
    forms = schema["properties"]["own"]["items"]["oneOf"]
    assert [form["title"] for form in forms] == ["Length", "Colour", "Marks", "Serial", "Shape", "7", "Odd", "Odder"]
    assert forms[0] == {
        "type": "object",
        "title": "Length",
        "description": "In metres.",
        "required": ["id"],
        "properties": {
            "id": {"title": "Field", "const": 1},
            "value": {"title": "Length", "description": "In metres.", "type": ["integer", "null"]},
        },
        "unevaluatedProperties": False,
    }
    assert forms[1]["properties"]["value"]["oneOf"][:3] == [
        {"const": "r", "title": "Red"},
        {"const": 7, "title": "Blue"},
        {"const": None, "title": "None"},
    ]
    assert schema["properties"]["parts"]["items"]["properties"]["own"]["items"]["oneOf"] == forms
    assert account.asked == ["GET /fields"] * 3  # to the end of the list


REFUSED = [
    ((1, "x"), "/own/0/value: Length must be a whole number or null, not a text."),
    ((2, "Red"), "/own/0/value: Colour must be one of r, 7, null. Did you mean r?"),
    ((2, "x"), "/own/0/value: Colour must be one of r, 7, null."),
    ((3, ["n", "o"]), "/own/0/value/1: Marks must be one of n."),
    ((4, "1A"), r"/own/0/value: Serial is not of the right form. Wanted: What matches \A[A-Z]\d+\z"),
    (("Marks", ["n"]), "/own/0/id: is no field that the account has in use. Did you mean 3 (Marks)?"),
    (
        (6, 1),
        "/own/0/id: is no field that the account has in use. "
        "Known: 1 (Length), 2 (Colour), 3 (Marks), 4 (Serial), 5 (Shape), 7 (7), 8 (Odd), 9 (Odder).",
    ),
]


@pytest.mark.parametrize(("given", "told"), REFUSED, ids=[told[:40] for _, told in REFUSED])
def test_what_the_account_would_refuse_is_not_sent(
    given: tuple[Any, Any], told: str, tmp_path: Path, account: Account
) -> None:
    with opened(tmp_path, account) as client:
        for call in (client.run, client.plan):
            with pytest.raises(InputError) as raised:
                call("make_tool", made(given))
            assert str(raised.value) == told
    assert "POST /tools" not in account.asked


TAKEN: list[tuple[Any, Any]] = [
    *((1, 2), (1, None), ("1", 2), (2, "r"), (2, 7), (2, None), (2, ""), (3, []), (4, "")),
    *((4, "A1"), (5, {}), (7, "x"), (9, "x")),
]


@pytest.mark.parametrize("given", TAKEN, ids=str)
def test_what_the_account_may_take_is_sent(given: tuple[Any, Any], tmp_path: Path, account: Account) -> None:
    with opened(tmp_path, account) as client:
        client.run("make_tool", made(given))
    assert account.asked[-1] == "POST /tools"


def test_fields_inside_lists_are_checked_too(tmp_path: Path, account: Account) -> None:
    with opened(tmp_path, account) as client, pytest.raises(InputError, match=r"^/parts/1/own/0/value: Length must"):
        client.run("make_tool", {"parts": [{}, made((1, "x"))]})


def test_the_input_itself_is_checked_first(tmp_path: Path, account: Account) -> None:
    with opened(tmp_path, account) as client, pytest.raises(InputError, match="/nam: is not a field here"):
        client.run("make_tool", {"nam": 1, **made((1, "x"))})
    assert account.asked == []


def test_the_values_of_hundreds_of_fields_are_judged_quickly(tmp_path: Path) -> None:
    account = Account([{**FIELDS[1], "id": id, "name": f"Colour {id}"} for id in range(300)])
    with opened(tmp_path, account) as client:
        began = process_time()
        client.plan("make_tool", made(*[(299, "r")] * 5_000))
        with pytest.raises(InputError, match=r"^/own/5000/value: Colour 299 must be one of r, 7, null\.$"):
            client.plan("make_tool", made(*[(299, "r")] * 5_000, (299, "x")))
        with pytest.raises(InputError) as raised:
            client.plan("make_tool", made(*[(300, "r")] * 5_000))
        assert len(raised.value.problems) == 100
        assert process_time() - began < 4


@pytest.mark.parametrize("given", [{}, {"name": "saw"}, {"own": []}, {"parts": [{}]}], ids=str)
def test_nothing_is_read_where_no_field_is_given(given: dict[str, Any], tmp_path: Path, account: Account) -> None:
    with opened(tmp_path, account) as client:
        client.run("make_tool", given)
    assert account.asked == ["POST /tools"]


def test_a_client_checks_only_where_it_is_asked_to(tmp_path: Path, account: Account) -> None:
    with opened(tmp_path, account, account_fields=False) as client:
        client.plan("make_tool", made((1, "x")))
        client.run("make_tool", made((1, "x")))
    assert account.asked == ["POST /tools"]


def test_the_fields_are_kept_for_five_minutes(tmp_path: Path) -> None:
    clock, account = HeldClock(), Account(FIELDS[:2])
    with opened(tmp_path, account, clock) as client:
        for _ in range(3):
            client.plan("make_tool", made((1, 2)))
            client.input_schema("make_tool")
        clock.advance(299)
        client.plan("make_tool", made((1, 2)))
        assert account.asked == ["GET /fields"]
        clock.advance(1)
        client.plan("make_tool", made((1, 2)))
        client.input_schema("make_tool", refresh=True)
    assert account.asked == ["GET /fields"] * 3


def test_a_field_that_is_new_is_found_before_it_is_refused(tmp_path: Path) -> None:
    account = Account(FIELDS[:1])
    with opened(tmp_path, account) as client:
        client.plan("make_tool", made((1, 2)))
        account.fields = FIELDS[:2]
        client.plan("make_tool", made((2, "r")))
        assert len(account.asked) == 2
        with pytest.raises(InputError, match="Did you mean"):
            client.plan("make_tool", made((22, "r")))
    assert len(account.asked) == 3  # once for each refusal


@pytest.mark.parametrize(("status", "again"), [(403, 0), (404, 0), (401, 1), (500, 1)])
def test_fields_that_cannot_be_read_are_not_checked_and_a_warning_says_so(
    status: int, again: int, tmp_path: Path, account: Account
) -> None:
    account.refusal = status
    with opened(tmp_path, account) as client:
        with pytest.warns(FieldsWarning, match="^The tool fields of the account cannot be read"):
            client.run("make_tool", made((1, "x")))
        assert account.asked == ["GET /fields", "POST /tools"]
        account.refusal = None
        if again:
            with pytest.raises(InputError, match="Length"):
                client.run("make_tool", made((1, "x")))
        else:
            client.run("make_tool", made((1, "x")))
            assert client.input_schema("make_tool") == client.input_schema("make_tool", account=False)


def test_callers_at_a_time_wait_for_one_reading(tmp_path: Path) -> None:
    account = Account(FIELDS[:2])

    async def several(client: Client) -> list[Any]:
        async with client:
            calls = [client.arun("make_tool", made((1, 2))) for _ in range(5)]
            more = [client.ainput_schema("make_tool"), client.aplan("make_tool", made((1, "x")))]
            return await asyncio.gather(*calls, *more, return_exceptions=True)

    with opened(tmp_path, account) as client:
        found = asyncio.run(several(client))
    assert found[:5] == [{}] * 5
    assert len(found[5]["properties"]["own"]["items"]["oneOf"]) == 2
    assert isinstance(found[6], InputError)
    assert account.asked.count("GET /fields") <= 2  # the second is for what was refused


def test_where_whoever_reads_goes_away_the_next_one_reads(tmp_path: Path) -> None:
    account, told = Account(FIELDS[:2]), asyncio.Event()

    async def answered(request: httpx.Request) -> httpx.Response:
        await told.wait()
        return account(request)

    async def several(client: Client) -> list[Any]:
        async with client:
            calls = [asyncio.create_task(client.arun("make_tool", made((1, "x")))) for _ in range(3)]
            for _ in range(20):
                await asyncio.sleep(0)
            calls[0].cancel()
            told.set()
            return await asyncio.gather(*calls, return_exceptions=True)

    with opened(tmp_path, account, transport=httpx.MockTransport(answered)) as client:
        found = asyncio.run(several(client))
    assert [type(one) for one in found] == [asyncio.CancelledError, InputError, InputError]
    assert "POST /tools" not in account.asked


def test_a_list_without_an_end_counts_as_one_that_cannot_be_read(tmp_path: Path, account: Account) -> None:
    account.fields = list(range(1000))
    with opened(tmp_path, account) as client, pytest.warns(FieldsWarning, match="has no end after 100 pages"):
        client.plan("make_tool", made((1, 2)))
