"""How fields of an account are declared, and the regular expressions that they have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import Client, DeclarationError, testing
from connector.account_fields.regexp import portable
from connector.cli import main
from connector.schema import Validator

from .small_home import connected, shed
from .test_account_fields import KIND, OPERATIONS, made


def test_a_kind_that_is_not_declared_is_the_authors_to_mend(tmp_path: Path) -> None:
    connector = shed(tmp_path, operations=OPERATIONS)
    raises = pytest.raises(DeclarationError, match=r"fields/tool: is missing\. Say how they are read\.")
    with Client(connector, connected(connector), record=False, account_fields=True) as client, raises:
        client.plan("make_tool", made((1, 2)))


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"operation": "list_field"}, "fields/tool/operation", "there is no operation 'list_field'."),
    ({"operation": "make_tool"}, "fields/tool/operation", "make_tool is no list."),
    ({"title": "name["}, "fields/tool/title", "'name[' is not JMESPath: Incomplete expression."),
    ({"types": {"number": {"type": "whole"}}}, "fields/tool/types/number", "is no JSON Schema: "),
    ({"key": "number"}, "input/account_fields", "an item has no 'number'."),
]


@pytest.mark.parametrize(("wrong", "place", "told"), FAULTS, ids=[told for *_, told in FAULTS])
def test_a_faulty_declaration_is_found(wrong: dict[str, Any], place: str, told: str, tmp_path: Path) -> None:
    connector = shed(tmp_path, operations=OPERATIONS, fields={"tool": {**KIND, **wrong}})
    found = [(one.place, one.message) for one in testing.check(connector, ["make_tool"])]
    assert any(where == place and message.startswith(told) for where, message in found), found


def test_a_list_of_a_kind_that_is_not_declared_is_found(tmp_path: Path) -> None:
    connector = shed(tmp_path, operations=OPERATIONS, fields={"toool": KIND})
    assert "there is no 'tool' among the fields." in [one.message for one in testing.check(connector, ["make_tool"])]


PORTABLE: list[tuple[str, str, list[str], list[str]]] = [
    (r"\A[A-Z]{2}\d{6}\z", r"^[A-Z]{2}\d{6}$", ["AB123456"], ["ab123456", "xAB123456", "AB123456\n", ""]),
    (r"^(email|phone)$", "(?:^(email|phone)$)|\n", ["email", "x\nphone"], ["mail", "phones"]),
    (r"\b([0-9]{4})-(1[0-2]|0?[1-9])\b", r"\b([0-9]{4})-(1[0-2]|0?[1-9])\b", ["in 2024-01"], ["2024-13"]),
    (r"[^\s,]+@(?:a|b)\.c", r"[^\s,]+@(?:a|b)\.c", ["x@b.c"], ["@b.c", "x@b-c"]),
]


@pytest.mark.parametrize(("source", "made", "fit", "others"), PORTABLE, ids=[source for source, *_ in PORTABLE])
def test_what_all_dialects_read_alike_is_read_so(source: str, made: str, fit: list[str], others: list[str]) -> None:
    assert portable(source) == made
    judge = Validator({"pattern": made})
    assert [text for text in [*fit, *others] if judge.accepts(text)] == fit
    assert all(judge.problems(text) for text in others)


@pytest.mark.parametrize(
    "source",
    [r"\h+", r"[[:alpha:]]", r"(?i)a", r"(?<x>a)", r"(a)\1", "a++", "a{,3}", "[a&&b]", r"\p{L}", "(a", "a{2,1}", "[]"],
)
def test_what_dialects_read_differently_is_left_to_the_service(source: str) -> None:
    assert portable(source) is None


def test_a_pattern_that_could_take_for_ever_does_not() -> None:
    assert Validator({"pattern": "^(a+)+$"}).problems("a" * 60 + "!")[0].rule == "pattern"


def test_show_names_the_fields_of_a_connection(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "zendesk", "create_ticket"]) == 0
    assert "Urgency" not in capsys.readouterr().out
    assert main(["show", "zendesk", "create_ticket", "--connection", "sandbox"]) == 0
    rows = capsys.readouterr().out.partition("custom_fields, of this account:\n")[2].partition("\n\n")[0].splitlines()
    assert rows[0].split() == ["123", "high|medium|low|null", "Urgency"]
    assert "array of router|switch|camera|sensor" in "\n".join(rows)
