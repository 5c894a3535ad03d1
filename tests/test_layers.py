"""How the house is built: imports point one way, one place does HTTP, no service is known, modules are short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connector

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "connector"

# From the ground up: a module imports only what stands before it.
ORDER = """
    errors clock migrations store message template schema judge explain yaml_subset files pagination operation
    attachments catalog ways connections record.__init__ record.redact steps retry context refusal exchange calls
    dropdown.__init__ dropdown.choices dropdown.fields dropdown.kept dropdown.pages dropdown.lists
    account_fields.regexp account_fields.kinds account_fields.__init__
    addresses network answer sockets pool transport httpx_transport drive
    accounts.vault accounts.sealed accounts.lent accounts.saved accounts.oauth accounts.renewal accounts.__init__
    accounts.proof accounts.making accounts.shown accounts.pending accounts.callback
    record.exchanges record.written record.journal record.around record.kept
    record.reading record.reconcile
    sandbox
    rates.__init__ rates.headers rates.bucket rates.rows rates.ledger
    telemetry session client once http_request grammar declaration
    bulk.__init__ bulk.rows bulk.mapping bulk.checking bulk.state bulk.record bulk.run
    testing.clock testing.finding testing.samples testing.playing testing.coverage testing.strength
    testing.dropdowns testing.fields testing.lint testing.__init__
    record.scrub record.replay record.export
    dialects.__init__ dialects.flat dialects.draft04 dialects.rjsf
    access.__init__ access.scopes access.rate access.keys access.embed
    api.__init__ api.settings api.shapes api.problems api.route api.gate api.clients api.answers api.metrics
    api.server api.reading api.endpoint api.protocol api.v1.health api.v1.running api.v1.catalog api.v1.options
    api.v1.connections api.v1.ways api.v1.sign_ins api.v1.tokens api.v1.calls api.v1.__init__ api.core.shapes
    api.core.catalog api.core.authentications api.core.calling api.core.__init__ api.web.__init__ api.openapi
    api.docs api.app
    cli.text cli.telling cli.sandbox cli.serve cli.limits cli.reconcile cli.history cli.keys cli.commands cli.bulk
    cli.asking cli.connections cli.connect cli.__init__ cli.__main__
    __init__
""".split()

UPWARDS = {
    ("schema", "explain"): "a refusal alone needs it, and what it imports takes long",
    ("api.route", "api.server"): "a type alone: what is asked holds the server that it is asked of",
}

NETWORK = {"aiohttp", "http.client", "http.server", "httpx", "requests", "socket", "ssl", "urllib.request", "uvicorn"}

# Who may import what speaks to a network, and why.
SPEAKERS = {
    "transport": {"aiohttp", "http.client", "ssl"},
    "httpx_transport": {"httpx"},
    "network": {"socket", "ssl", "urllib.request"},  # certificates, proxies, what an error of theirs means
    "answer": {"http.client"},  # a part of transport, as are the next two
    "sockets": {"http.client", "socket", "ssl"},
    "pool": {"aiohttp"},
    "accounts.callback": {"http.server"},  # where the browser comes back to from a sign-in
    "session": {"httpx"},  # the interface of transports, and the sandbox inside the process
    "http_request": {"httpx"},  # writes multipart bodies; sends nothing
    "testing.playing": {"httpx"},  # plays samples as a transport
    "cli.sandbox": {"socket", "uvicorn"},  # a sandbox on a port
    "cli.serve": {"socket", "ssl", "uvicorn"},  # the API on a port
    "api.protocol": {"uvicorn"},  # HTTP as a server, within bounds
}


def name(file: Path, folder: Path) -> str:
    return ".".join(file.relative_to(folder).with_suffix("").parts)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (file for file in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in file.parts)


MODULES = {name(file, ENGINE): ast.parse(file.read_text()) for file in sources("connector")}


def imports(tree: ast.AST, inside: str = "") -> Iterator[str]:
    """Every module that a tree imports, absolute names as they are, relative ones under `connector.`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            above = ["connector", *inside.split(".")[: -node.level]]
            yield from (".".join([*above, node.module or alias.name]) for alias in node.names)


def own(module: str) -> set[str]:
    """The modules of the engine that one of it imports."""
    found = {one.removeprefix("connector.") for one in imports(MODULES[module], module) if one.startswith("connector.")}
    return {one if one in MODULES else f"{one}.__init__" for one in found} - {"cli.main.__init__"}


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("module", ORDER)
def test_imports_point_down(module: str) -> None:
    below = set(ORDER[: ORDER.index(module)])
    upwards = {other for other in own(module) - below if (module, other) not in UPWARDS}
    assert upwards == set()


def test_every_exemption_is_used() -> None:
    assert {(module, other) for module, other in UPWARDS if other in own(module)} == UPWARDS.keys()


@pytest.mark.parametrize("module", ORDER)
def test_only_the_transport_speaks_to_a_network(module: str) -> None:
    found = {f"{one}." for one in imports(MODULES[module], module)}
    spoken = {speaker for speaker in NETWORK if any(one.startswith(f"{speaker}.") for one in found)}
    assert spoken == SPEAKERS.get(module, set())


def test_the_engine_knows_no_service_by_name() -> None:
    files = [file for file in ENGINE.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    services = {folder.name for folder in (ROOT / "operations").iterdir() if folder.is_dir()}
    assert "zendesk" in services
    for file in files:
        text = file.read_text(errors="replace").lower()
        assert [service for service in services if service in text] == [], file


@pytest.mark.parametrize("folder", ["connector", "operations", "sandbox", "scripts", "benchmarks", "tests"])
def test_no_module_is_long_and_each_says_what_it_is(folder: str) -> None:
    for file in sources(folder):
        text = file.read_text()
        assert len(text.splitlines()) <= 300, f"{file} is two modules"
        assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{file} does not say what it is"


def test_a_sandbox_imports_nothing_of_the_engine() -> None:
    for file in sources("sandbox"):
        found = [
            node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        roots = {one.partition(".")[0] for node in found if not getattr(node, "level", 0) for one in imports(node)}
        assert "connector" not in roots, file


HANDLERS = [
    file
    for home in (ROOT, ROOT / "tests" / "homes" / "harbor")
    for file in sorted((home / "operations").glob("*/*.py"))
]


@pytest.mark.parametrize("file", HANDLERS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_handler_imports_public_names_its_siblings_and_the_standard_library(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom) and node.level:
            assert node.level == 1
            assert (file.parent / f"{node.module}.py").is_file()
        elif isinstance(node, ast.ImportFrom) and node.module == "connector":
            assert {alias.name for alias in node.names} <= set(connector.__all__)
        elif isinstance(node, ast.ImportFrom):
            root = str(node.module).partition(".")[0]
            assert node.module == "connector.http_request" or root in sys.stdlib_module_names


def test_every_public_name_is_there_and_told_to_type_checkers() -> None:
    told = {
        alias.name for node in ast.walk(MODULES["__init__"]) if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }  # fmt: skip
    assert told == set(connector.__all__) == set(dir(connector))
    for public in connector.__all__:
        assert getattr(connector, public).__name__ == public or public == "Flow"
    with pytest.raises(AttributeError, match="nothing"):
        _ = connector.nothing


def test_to_import_the_package_imports_nothing_heavy() -> None:
    program = "import sys, connector; connector.Problem; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"aiohttp", "asyncio", "httpx", "jmespath", "jsonschema", "jsonschema_rs", "pydantic", "starlette", "yaml"}
    assert heavy & set(done.stdout.split()) == set()
