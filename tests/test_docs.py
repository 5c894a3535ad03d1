"""The documents say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import connector
from connector import errors
from connector.cli import COMMANDS, _parser
from connector.declaration import Connector, Operation
from connector.files import read_declaration
from connector.retry import TABLE

ROOT = Path(__file__).resolve().parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text()


def error_classes() -> dict[str, type[errors.ConnectorError]]:
    found = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    return {name: kind for name, kind in found.items() if issubclass(kind, errors.ConnectorError)}


def code(name: str, language: str) -> list[str]:
    """The blocks of a language in a document."""
    return re.findall(rf"```{language}\n(.*?)```", text(name), re.DOTALL)


def test_what_is_written_out_is_current() -> None:
    done = subprocess.run([sys.executable, "scripts/write", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"run scripts/write: {done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    "line", [line for block in code("README.md", "sh") for line in block.splitlines() if line.startswith("connector ")]
)
def test_the_readme_names_commands_that_exist(line: str) -> None:
    _parser().parse_args(line.partition("#")[0].split()[1:])


def test_the_readme_names_every_command() -> None:
    assert [name for name in COMMANDS if name not in text("README.md") and name != "completion"] == []


def test_the_readme_opens_with_the_two_commands() -> None:
    first = code("README.md", "sh")[0].splitlines()
    assert first[0].startswith("scripts/connector run zendesk create_ticket")
    assert first[1] == "scripts/test"
    assert "scripts/test" in text(".ci/run")


def test_every_public_method_of_a_client_is_in_the_readme() -> None:
    public = [name for name in vars(connector.Client) if not name.startswith("_") and not name.endswith("close")]
    assert [name for name in public if f"`{name}`" not in text("README.md")] == []


def test_the_errors_are_all_documented_with_their_codes() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| `([^`]+)`", text("docs/errors.md"), re.MULTILINE)
    kinds = error_classes()
    assert {name for name, _ in rows} == kinds.keys() - {"ConnectorError", "ServiceError"}
    assert [row for row in rows if not row[1].startswith("#retry_delay") and kinds[row[0]].code != row[1]] == []


def test_the_table_of_retries_is_the_engines() -> None:
    rows = re.findall(
        r"^\| (\w+) \| (again|.*?) \|$", text("docs/errors.md").partition("## What is sent again")[2], re.M
    )
    told = {effect: [cell.strip().upper() for cell in cells.split("|")] for effect, cells in rows if effect != "effect"}
    assert told == {effect: [verdict.name for verdict in row] for effect, row in TABLE.items()}


def test_the_errors_say_who_can_mend_them() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", text("docs/errors.md"), re.MULTILINE))
    assert {name: kind.mended_by for name, kind in error_classes().items() if name in rows} == rows


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"^ *[│├└─ ]*(\w+(?:Error|Unknown))(?:  |$)", errors.__doc__ or "", re.MULTILINE)
    assert set(drawn) == error_classes().keys()


def test_every_key_of_an_operation_is_documented() -> None:
    table = text("docs/writing-an-operation.md").partition("## Keys")[2].partition("\n\nIn a ")[0]
    assert set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines() if "|" in row))) == set(
        Operation.model_fields
    )


def test_every_key_of_a_connector_is_documented() -> None:
    table = text("docs/writing-an-operation.md").partition("| connector.yaml | |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines() if "|" in row)))
    assert told == set(Connector.model_fields)


def test_the_example_operation_is_one(tmp_path: Path) -> None:
    file = tmp_path / "get_ticket.yaml"
    file.write_text(code("docs/writing-an-operation.md", "yaml")[0])
    assert read_declaration(file, "operation")["request"] == "GET /api/v2/tickets/{ticket_id}{?include}"


def test_the_design_names_every_module() -> None:
    plan = text("docs/design.md").partition("```\n")[2].partition("```")[0]
    modules = [file for file in (ROOT / "connector").glob("*.py") if file.stem != "__init__"]
    assert [file.name for file in modules if file.name not in plan] == []


def test_links_between_documents_lead_somewhere() -> None:
    for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", file.read_text()):
            assert (file.parent / target).exists(), f"{file.name} links to {target}"


def test_nothing_of_a_machine_is_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout")
    home = "|".join(["/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/"])
    for name in listed.stdout.split():
        assert not re.search(home, (ROOT / name).read_text(errors="ignore")), name
