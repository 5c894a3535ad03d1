"""What a person may get wrong on the command line: a clear sentence, the right exit code, and nothing sent."""

from __future__ import annotations

import json

import pytest

from .command_line import CommandLine, refused

# -- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("rnu shed get_tool", "there is no command 'rnu'. Did you mean run?"),
        ("run", "the following arguments are required: CONNECTOR, OPERATION"),
        ("run shed", "the following arguments are required: OPERATION"),
        ("run shde get_tool", "There is no connector 'shde'. Did you mean shed?"),
        ("run shed get_tol", "shed has no operation 'get_tol'. Did you mean get_tool?"),
        ("run shed connector", "shed has no operation 'connector'."),
        ("run shed ../shed/get_tool", "shed has no operation"),
        ("run shed get_tool --inptu {}", "unrecognized arguments: --inptu"),
        ("run shed get_tool --connection prod", "There is no connection 'prod'. Known: env, sandbox."),
        ("run shed get_tool --all", "get_tool is not a list"),
        ("show shed get_tol", "Did you mean get_tool?"),
        ("sample shed get_tol", "Did you mean get_tool?"),
        ("plan shed get_tol", "Did you mean get_tool?"),
        ("options shed list_tool", "Did you mean list_tools?"),
        ("list shde", "Did you mean shed?"),
        ("check shde", "Did you mean shed?"),
        ("check shed get_tol", "Did you mean get_tool?"),
        ("sandbox shde", "Did you mean shed?"),
        ("completion tcsh", "invalid choice: 'tcsh' (choose from 'bash', 'zsh', 'fish')"),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest_right_one(arguments: str, said: str, cli: CommandLine) -> None:
    given = arguments.split()
    if given[:1] == ["run"] and given[-1] == "--all":
        given += ["--input", '{"id": 1}']
    refused(cli(*given), said)
    assert not cli.touched


# -- inputs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The input is not JSON: Expecting value at line 1, column 1."),
        ("{", "The input is not JSON: Expecting property name"),
        ('{"id": 1}}', "The input is not JSON: Extra data at line 1, column 10."),
        ('{\n"id": nul}', "at line 2, column 7."),
        ("[1]", "The input is not a JSON object"),
        ('"x"', "The input is not a JSON object"),
        ("null", "The input is not a JSON object"),
        ('{"id": ' + "9" * 5000 + "}", "a number of more digits than can be read"),
        ('{"id": NaN}', "/id: must be a whole number or a text"),
        ('{"id": 1e999}', "/id: must be a whole number or a text"),
        ("{}", "/id: is required."),
        ('{"idd": 1}', "Is idd meant to be id?"),
        ('{"id": 1, "more": 2}', "/more: is not a field here."),
        ('{"id": null}', "/id: must be a whole number or a text, not null."),
        ('{"id": true}', "not true or false."),
        ('{"id": [1]}', "not a list."),
        ('{"id": ".."}', "/id: cannot stand in a path."),
        ('{"id": "1\\n"}', "/id: cannot stand in a path."),
        ('{"id": "\\ud83d"}', "cannot be sent"),
    ],
)
@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_wrong_input_is_explained(command: str, text: str, said: str, cli: CommandLine) -> None:
    refused(cli(command, "shed", "get_tool", "--input", text), said)
    refused(cli(command, "shed", "get_tool", "--input", "-", stdin=text.encode()), said)
    assert not cli.touched


def test_every_problem_is_told_at_once_in_json_too(cli: CommandLine) -> None:
    done = cli.run("get_tool", {"id": None, "a": 1, "b": 2}, "--json")
    told = json.loads(done.err)
    assert (done.code, done.out, told["error"]) == (2, "", "InputError")
    assert {problem["pointer"] for problem in told["problems"]} == {"/id", "/a", "/b"}


@pytest.mark.parametrize("source", [b"\xff{}", "{}".encode("utf-16"), b"\xef\xbb\xbf{}"])
def test_an_input_that_is_not_utf8_is_not_json(source: bytes, cli: CommandLine) -> None:
    (cli.folder / "input.json").write_bytes(source)
    refused(cli("run", "shed", "list_tools", "--input", "-", stdin=source), "The input is not JSON")
    refused(cli("run", "shed", "list_tools", "--input", f"@{cli.folder}/input.json"), "The input is not JSON")


@pytest.mark.parametrize(
    ("name", "said"),
    [("lost.json", "No such file or directory."), ("", "Is a directory."), ("home", "Is a directory.")],
)
def test_an_input_file_that_cannot_be_read_is_named(name: str, said: str, cli: CommandLine) -> None:
    refused(cli("run", "shed", "get_tool", "--input", f"@{cli.folder}/{name}"), f"{name} cannot be read: {said}")


@pytest.mark.parametrize("depth", [200, 400, 900, 1500, 100_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_no_depth_breaks_it(depth: int, start: str, end: str, cli: CommandLine) -> None:
    deep = f'{{"id": {start * depth}1{end * depth}}}'
    refused(cli("run", "shed", "get_tool", "--input", "-", stdin=deep.encode()), "/id" if depth == 200 else "")
    done = cli("plan", "shed", "make_tool", "--input", "-", stdin=deep.replace('"id"', '"tool"').encode())
    assert done.code == (0 if depth == 200 else done.code)
    assert done.code in (0, 2)
    assert not cli.touched


def test_ten_megabytes_are_judged_and_sent(cli: CommandLine) -> None:
    large = "x" * 10_000_000
    refused(
        cli("run", "shed", "get_tool", "--input", "-", stdin=json.dumps({"idd": large}).encode()), "/id: is required."
    )
    refused(cli("run", "shed", "list_tools", "--input", "-", stdin=json.dumps({"after": [large]}).encode()), "/after")
    done = cli(
        "run",
        "shed",
        "make_tool",
        "--input",
        "-",
        "--select",
        "length(tool)",
        stdin=json.dumps({"tool": large}).encode(),
    )
    assert (done.code, done.json) == (0, 10_000_000)


@pytest.mark.parametrize("given", ["1/../../users", "1?x=y", "1#x", "%2e%2e", "..%2f"])
def test_an_id_never_reaches_another_path(given: str, cli: CommandLine) -> None:
    done = cli("plan", "shed", "get_tool", "--input", json.dumps({"id": given}), "--json")
    url = done.json["requests"][0]["url"]
    assert url.startswith("https://shed.example/v1/tools/")
    assert "/" not in url.removeprefix("https://shed.example/v1/tools/")
    assert cli.run("get_tool", {"id": given}).code == 3  # there is no such tool
    refused(cli("run", "zendesk", "get_ticket", "--input", json.dumps({"ticket_id": given})), "/ticket_id")


@pytest.mark.parametrize(
    ("request_input", "said"),
    [
        ({"url": {"endpoint": "/a\nb"}}, "line break"),
        ({"url": {"endpoint": "//evil.example/"}}, "whole URL"),
        ({"url": {"endpoint": "https://evil.example/"}}, "whole URL"),
        ({"url": {"full_url": "https://evil.example/"}}, "is not a host of this connection"),
        ({"url": {"full_url": "https://sandbox.zendesk.com@evil.example/"}}, "is not a host of this connection"),
        ({"url": {"full_url": "https://[bad"}}, "/url"),
        ({"url": {"endpoint": "/"}, "headers": [{"key": "A", "value": "1\r\nB: 2"}]}, "line break"),
        ({"url": {"endpoint": "/"}, "headers": [{"key": "A\nB", "value": "1"}]}, "header"),
        ({"url": {"endpoint": "/"}, "headers": [{"key": "", "value": "1"}]}, "header"),
        ({"url": {"endpoint": "/"}, "headers": [{"key": "Host", "value": "evil.example"}]}, "is set by the program"),
        ({"url": {"endpoint": "/"}, "method": "BREW"}, "/method"),
        ({"url": {}}, "/url"),
    ],
)
def test_a_raw_request_stays_on_its_host(request_input: dict[str, object], said: str, cli: CommandLine) -> None:
    given = json.dumps({"method": "GET", **request_input})
    refused(cli("run", "zendesk", "raw_http_request", "--input", given), said)
    refused(cli("plan", "zendesk", "raw_http_request", "--input", given), said)
    assert not cli.touched
