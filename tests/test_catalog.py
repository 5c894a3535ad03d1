"""Where connectors are found, and what is said of those that cannot be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import connector
from connector import DeclarationError, UsageError
from connector.files import built_in_home

from . import small_home
from .harbor import HARBOR, HOME, copy

PACKAGED = HOME.parent / "harbor_pkg"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def harbor_is_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_PATH", str(HOME))


def python(script: str, **environment: str) -> Any:
    """What a script prints as JSON, run by a Python of its own; a warning fails it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# -- homes -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("harbor_is_a_home")
def test_a_folder_in_connector_path_is_a_home() -> None:
    assert connector.find("harbor").home == HOME
    assert {"harbor", "zendesk"} <= connector.connectors().keys()


def test_without_connector_path_only_the_built_in_connectors_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTOR_PATH", raising=False)
    assert list(connector.connectors()) == ["zendesk"]


def test_connector_path_takes_several_folders_and_relative_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small_home.home(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONNECTOR_PATH", os.pathsep.join(["", "mine", str(tmp_path / "nowhere"), str(HOME), "mine"]))
    assert connector.connectors().keys() == {"harbor", "shed", "zendesk"}


def test_a_home_that_is_named_twice_or_by_a_link_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(HOME)
    (tmp_path / "built_in").symlink_to(built_in_home())
    places = [tmp_path / "link", HOME, tmp_path / "built_in"]
    monkeypatch.setenv("CONNECTOR_PATH", os.pathsep.join(map(str, places)))
    assert connector.connectors().keys() == {"harbor", "zendesk"}


def test_two_connectors_of_one_name_are_an_error_that_names_both_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        small_home.home(tmp_path / name)
    monkeypatch.setenv("CONNECTOR_PATH", f"{tmp_path / 'first'}{os.pathsep}{tmp_path / 'second'}")
    with pytest.raises(DeclarationError) as error:
        connector.connectors()
    files = [str(tmp_path / name / "operations" / "shed" / "connector.yaml") for name in ("first", "second")]
    assert error.value.file == files[1]
    assert files[0] in error.value.hint
    assert "is a second connector named shed." in error.value.message


def test_an_installed_package_is_found_by_its_entry_point() -> None:
    script = f"""if True:
        import sys, json
        sys.path.insert(0, {str(PACKAGED)!r})
        import connector
        pier = connector.find("pier")
        keeper = connector.Connection("test", pier, "https://pier.example", {{"token": "t"}})
        plan = connector.Client(pier, keeper).plan("light_lamp", {{"lamp": 3}})
        print(json.dumps([list(connector.connectors()), str(pier.home), plan["requests"][0]["url"]]))
    """
    found, home, url = python(script)
    assert found == ["zendesk", "pier"]
    assert home == str(PACKAGED / "harbor_pkg")
    assert url == "https://pier.example/lamps/3"


@pytest.mark.parametrize(
    "point", ["pier = no_such_package", "pier = no_such.package", "pier = harbor_pkg.nothing", "pier = json"]
)
def test_an_entry_point_that_leads_nowhere_does_no_harm(point: str, tmp_path: Path) -> None:
    shutil.copytree(PACKAGED, tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "site" / "harbor_pkg-1.0.dist-info" / "entry_points.txt").write_text(f"[connector]\n{point}\n")
    script = f"import sys, json; sys.path.insert(0, {str(tmp_path / 'site')!r}); import connector;"
    assert python(script + "print(json.dumps(list(connector.connectors())))") == ["zendesk"]


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("harbor_is_a_home")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("harbour", "There is no connector 'harbour'. Did you mean harbor?"),
        ("xyz", "There is no connector 'xyz'. Known: harbor, zendesk."),
        ("", "There is no connector ''. Known: harbor, zendesk."),
        ("../harbor", "There is no connector '../harbor'. Did you mean harbor?"),
    ],
)
def test_an_unknown_connector_gets_the_nearest_name(name: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        connector.find(name)
    assert error.value.message == sentence


@pytest.mark.parametrize(
    "name", ["get_bert", "connector", "", ".", "../harbor/get_berth", "/etc/passwd", "a\0b", "get_berth.yaml"]
)
def test_an_unknown_operation_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="harbor has no operation"):
        HARBOR.operation(name)


def test_an_unknown_operation_gets_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"harbor has no operation 'get_bert'\. Did you mean get_berth\?"):
        HARBOR.operation("get_bert")


def test_operations_are_their_files_and_are_loaded_once() -> None:
    assert HARBOR.names == sorted(file.stem for file in HARBOR.folder.glob("*_*.yaml"))
    assert [one.name for one in HARBOR.operations()] == HARBOR.names
    assert HARBOR.operation("get_berth") is HARBOR.operation("get_berth")


def test_samples_come_with_the_base_sample_first() -> None:
    assert [file.name for file in HARBOR.samples("find_booking")] == [
        "find_booking.json",
        "find_booking.boat.json",
        "find_booking.neither.json",
    ]
    assert len(HARBOR.samples()) == len(list((HOME / "samples" / "harbor").glob("*.json")))
    assert HARBOR.samples("nothing") == []


def test_a_connector_without_a_sandbox_says_so() -> None:
    with pytest.raises(UsageError, match="harbor has no sandbox"):
        HARBOR.sandbox_folder()


# -- what is broken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "key", "sentence"),
    [
        ("def handle(input:", "", "cannot be imported: SyntaxError"),
        ("import nothing_of_this_name", "", "cannot be imported: ModuleNotFoundError"),
        ("1 / 0", "", "cannot be imported: ZeroDivisionError"),
        ("from ._beside import path", "", "cannot be imported: ModuleNotFoundError"),
        ("handle = 5", "handle", "is missing. A handler is a generator function handle(input)."),
        ("def other(input): yield", "handle", "is missing. A handler is a generator function handle(input)."),
        ("def handle(input): return {}", "handle", "yields nothing. A handler yields the requests that it makes."),
    ],
)
def test_a_handler_that_cannot_be_one_fails_at_load(source: str, key: str, sentence: str, tmp_path: Path) -> None:
    broken = small_home.shed(tmp_path, operations={}, handlers={"lend": source})
    with pytest.raises(DeclarationError) as error:
        broken.operation("lend")
    assert (Path(error.value.file).name, error.value.key) == ("lend.py", key)
    assert sentence in error.value.message


def test_handlers_of_two_homes_do_not_meet(tmp_path: Path) -> None:
    handler = (
        "from connector import Request\nfrom ._beside import PATH\n\ndef handle(input):\n    yield Request('GET', PATH)"
    )
    planned = []
    for name in ("first", "second"):
        one = small_home.shed(tmp_path / name, operations={}, handlers={"lend": handler})
        (one.folder / "_beside.py").write_text(f"PATH = '/{name}'")
        planned.append(connector.Client(one, small_home.connected(one)).plan("lend")["requests"][0]["url"])
    assert planned == [f"{small_home.URL}/first", f"{small_home.URL}/second"]


def test_a_broken_operation_does_not_keep_others_from_running(tmp_path: Path) -> None:
    one = copy(tmp_path)
    (one.folder / "get_berth.yaml").write_text("title: [")
    with pytest.raises(DeclarationError):
        one.operation("get_berth")
    assert one.operation("list_berths").title == "List berths"


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [("nothing", "nothing.yaml"), ("../harbor/boat", "../harbor/boat"), ("types#boat", "types#boat")],
)
def test_a_shared_schema_that_is_not_there_is_told_with_the_file_that_asks(
    ref: str, sentence: str, tmp_path: Path
) -> None:
    spec = {"request": "GET /x", "output": {"$ref": ref}}
    one = small_home.shed(tmp_path, operations={"lend": spec})
    (tmp_path / "schemas" / "shed").mkdir(parents=True)
    (tmp_path / "schemas" / "shed" / "types.yaml").write_text("$defs: {}")
    with pytest.raises(DeclarationError, match=r"lend\.yaml: output: \$ref leads nowhere: ") as error:
        one.operation("lend").output_schema  # noqa: B018 - reading it is the test
    assert sentence in error.value.message
