"""The commands: what each prints, where, and its exit code."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from .command_line import CommandLine

SAID = "On the sandbox, a pretend Shed. Name another with --connection.\n"


# -- list, show, sample ---------------------------------------------------------------------------------------------


def test_list_names_the_connectors(cli: CommandLine) -> None:
    done = cli("list")
    assert (done.code, done.err) == (0, "")
    assert ["shed", "8", "Shed"] in [line.split() for line in done.out.splitlines()]
    assert {"name": "shed", "title": "Shed", "operations": 8} in cli("list", "--json").json


def test_list_names_the_operations_of_one(cli: CommandLine) -> None:
    done = cli("list", "shed")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0].split() == ["find_tool", "read", "Find", "tool"]
    row = {"name": "list_tools", "title": "List tools", "effect": "read", "description": "As it says.", "options": True}
    assert row in cli("list", "shed", "--json").json


def test_show_tells_what_an_operation_takes_and_answers(cli: CommandLine) -> None:
    done = cli("show", "shed", "get_tool")
    assert done.code == 0
    for told in ("Get tool: As it says.", "Effect: read", "GET /tools/{id}", "integer or string (required)", "tool"):
        assert told in done.out


@pytest.mark.parametrize("operation", ["get_ticket", "create_ticket", "raw_http_request", "search"])
def test_show_json_is_whole_in_itself(operation: str, cli: CommandLine) -> None:
    def refs(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for child in node.values() for ref in refs(child)]
        return [ref for child in node for ref in refs(child)] if isinstance(node, list) else []

    shown = cli("show", "zendesk", operation, "--json").json
    assert shown.keys() == {
        "name", "title", "description", "effect", "request", "input", "output", "records", "options",
    }  # fmt: skip
    for key in ("input", "output"):
        for ref in refs(shown[key]):
            assert ref.startswith("#/$defs/")
            assert ref.removeprefix("#/$defs/") in shown[key]["$defs"]


def test_sample_is_an_input_that_runs(cli: CommandLine) -> None:
    done = cli("sample", "shed", "get_tool")
    assert (done.code, done.json) == (0, {"id": 1})
    assert cli.run("get_tool", done.json).code == 0
    assert cli("sample", "shed", "make_tool").code == 2


# -- run ------------------------------------------------------------------------------------------------------------


def test_run_prints_the_output_alone_and_says_that_it_is_the_sandbox(cli: CommandLine) -> None:
    done = cli.run("get_tool", {"id": 1})
    assert (done.code, done.json, done.err) == (0, {"tool": "saw"}, SAID)
    assert cli.run("get_tool", {"id": 1}, "--json").err == ""
    assert cli.run("get_tool", {"id": 1}, "--connection", "sandbox").err == ""


def test_what_one_command_makes_the_next_one_reads(cli: CommandLine) -> None:
    assert cli.run("make_tool", {"tool": "vise"}).code == 0
    assert cli.run("get_tool", {"id": 4}).json == {"tool": "vise"}


@pytest.mark.parametrize("how", ["text", "file", "stdin"])
def test_the_input_is_given_as_text_in_a_file_or_on_stdin(how: str, cli: CommandLine) -> None:
    text = json.dumps({"tool": "Säge 🪚"}, ensure_ascii=False)
    (cli.folder / "input.json").write_text(text, encoding="utf-8")
    source = {"text": text, "file": f"@{cli.folder}/input.json", "stdin": "-"}[how]
    done = cli("run", "shed", "make_tool", "--input", source, stdin=text.encode())
    assert (done.code, done.json) == (0, {"tool": "Säge 🪚"})


def test_a_file_is_named_with_an_at_sign_wherever_a_file_goes(cli: CommandLine) -> None:
    (cli.folder / "list.txt").write_bytes(b"\x00\xffsaw")
    given = {"file": f"@{cli.folder}/list.txt"}
    assert cli.run("keep_file", given).json == {"tool": "AP9zYXc="}
    lost = cli.run("keep_file", {"file": f"@{cli.folder}/lost.txt"})
    assert lost.code == 2
    assert "lost.txt cannot be read: No such file or directory." in lost.err
    assert cli.run("keep_file", {"file": "@\0"}).code == 2
    kept = cli.run("make_tool", {"tool": f"@{cli.folder}/list.txt"}).json
    assert kept == {"tool": f"@{cli.folder}/list.txt"}  # no file is meant there


def test_all_prints_a_record_a_line(cli: CommandLine) -> None:
    done = cli.run("list_tools", None, "--all")
    assert [json.loads(line)["name"] for line in done.out.splitlines()] == ["saw", "axe", "awl"]
    assert done.err == SAID
    names = cli.run("list_tools", None, "--all", "--select", "name")
    assert names.out == '"saw"\n"axe"\n"awl"\n'


def test_select_prints_a_part(cli: CommandLine) -> None:
    assert cli.run("list_tools", None, "--select", "rows[].name").json == ["saw", "axe"]
    assert cli.run("list_tools", None, "--select", "nothing").json is None


def test_a_select_that_cannot_be_read_sends_nothing(cli: CommandLine) -> None:
    done = cli.run("make_tool", {"tool": "vise"}, "--select", "rows[")
    assert done.code == 2
    assert "--select" in done.err
    assert not cli.touched


def test_a_select_that_cannot_be_computed_does_not_lose_the_output(cli: CommandLine) -> None:
    done = cli.run("make_tool", {"tool": "vise"}, "--select", "join('', tool)")
    assert (done.code, done.json) == (2, {"tool": "vise"})
    assert "was carried out" in done.err


def test_half_a_surrogate_pair_is_printed_as_its_escape(cli: CommandLine) -> None:
    done = cli.run("make_tool", {"tool": "half \ud83d"})
    assert (done.code, done.json) == (0, {"tool": "half \ud83d"})


# -- plan -----------------------------------------------------------------------------------------------------------


def test_plan_shows_the_request_and_sends_nothing(cli: CommandLine) -> None:
    arguments = ["plan", "shed", "make_tool", "--input", '{"tool": "it\'s"}']
    done = cli(*arguments)
    assert done.code == 0
    assert done.out.startswith("POST https://shed.example/v1/tools\n")
    assert '"tool": "it\'s"' in done.out
    (request,) = cli(*arguments, "--json").json["requests"]
    assert request.keys() == {"method", "url", "headers", "body"}
    assert (request["body"], request["headers"]["Authorization"]) == ({"tool": "it's"}, "Bearer ***")
    assert not cli.touched


def test_plan_as_curl_is_a_command_of_a_shell(cli: CommandLine) -> None:
    done = cli("plan", "shed", "make_tool", "--input", '{"tool": "it\'s $HOME"}', "--curl")
    words = shlex.split(done.out)
    assert words[:4] == ["curl", "-X", "POST", "https://shed.example/v1/tools"]
    assert json.loads(words[words.index("--data-raw") + 1]) == {"tool": "it's $HOME"}
    assert "Authorization: Bearer ***" in words


def test_plan_as_curl_sends_bytes_as_they_are(cli: CommandLine) -> None:
    given = {"file": {"name": "a.png", "content": "iVBORwD/"}}
    done = cli("plan", "zendesk", "upload_attachment", "--input", json.dumps(given), "--curl")
    assert done.out.startswith("printf %s iVBORwD/ | base64 -d | curl -X POST ")
    assert done.out.rstrip().endswith("--data-binary @-")


def test_plan_keeps_a_header_that_comes_twice(cli: CommandLine) -> None:
    given = {
        "method": "GET",
        "url": {"endpoint": "/api/v2/users/me"},
        "headers": [{"key": "X-A", "value": "1"}, {"key": "X-A", "value": "2"}],
    }
    done = cli("plan", "zendesk", "raw_http_request", "--input", json.dumps(given), "--json")
    assert done.json["requests"][0]["headers"]["X-A"] == "1, 2"


# -- options --------------------------------------------------------------------------------------------------------


def test_options_print_the_choices_of_a_page(cli: CommandLine) -> None:
    first = cli("options", "shed", "list_tools").json
    assert first["result"] == [{"text": "saw", "value": 1}, {"text": "axe", "value": 2}]
    last = cli("options", "shed", "list_tools", "--page", first["next"]).json
    assert (last["result"], last["complete"], last["next"]) == ([{"text": "awl", "value": 3}], False, None)
    assert cli("options", "shed", "list_tools", "--search", "AX").json["result"] == [{"text": "axe", "value": 2}]


def test_options_of_a_field_say_what_is_missing(cli: CommandLine) -> None:
    done = cli("options", "zendesk", "get_article_comment", "--field", "/comment_id", "--inactive")
    assert (done.json["result"], done.json["missing"]) == ([], ["article_id"])


@pytest.mark.parametrize(
    ("operation", "more", "said"),
    [("get_tool", [], "no dropdown"), ("list_tools", ["--page", "zzz"], "not one that options gave")],
)
def test_options_of_what_is_none_is_wrong(operation: str, more: list[str], said: str, cli: CommandLine) -> None:
    done = cli("options", "shed", operation, *more)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


# -- check ----------------------------------------------------------------------------------------------------------


def test_check_fails_on_what_it_finds(cli: CommandLine) -> None:
    done = cli("check", "shed")
    assert done.code == 1
    assert "make_tool.yaml: has no sample." in done.out
    assert "findings." in done.err
    found = cli("check", "shed", "--json")
    assert found.code == 1
    assert {"file", "place", "message", "hint"} == found.json[0].keys()


def test_check_passes_where_nothing_is_wrong(cli: CommandLine) -> None:
    done = cli("check", "shed", "get_tool")
    assert (done.code, done.out) == (0, "")
    assert done.err == "shed: 1 operations, 1 samples.\nNothing is wrong.\n"
    assert cli("check", "shed", "get_tool", "--json").json == []


def test_check_takes_a_folder(cli: CommandLine) -> None:
    cli.patch.delenv("CONNECTOR_PATH")
    for folder in (cli.home, cli.home / "operations" / "shed"):
        assert cli("check", str(folder), "get_tool").code == 0
    empty = cli("check", str(cli.folder))
    assert empty.code == 2
    assert "holds no operations/<connector>/connector.yaml" in empty.err


# -- the rest -------------------------------------------------------------------------------------------------------


def test_help_and_version_are_printed(cli: CommandLine) -> None:
    done = cli("--help")
    assert done.code == 0
    for told in ("list", "show", "sample", "run", "plan", "options", "check", "sandbox", "completion", "exit codes:"):
        assert told in done.out
    assert cli("run", "--help").code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_a_shell(shell: str, cli: CommandLine) -> None:
    done = cli("completion", shell)
    assert done.code == 0
    assert "connector" in done.out
