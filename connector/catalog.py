"""Finds connectors: built in, installed by others (entry points), or in folders that CONNECTOR_PATH names.

A home is any folder that holds `operations/<connector>/connector.yaml`, with `schemas/`, `samples/` and `sandbox/`
beside `operations/`. Nothing is registered: a file is there, so its operation is.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from inspect import isgeneratorfunction
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import DeclarationError, UnknownNameError, UsageError, nearest
from .files import built_in_home, read_declaration, read_yaml
from .operation import Handler, Operation
from .schema import Schema


@dataclass(frozen=True)
class Connector:
    """One service: its folder in a home, and its operations, each loaded when it is asked for."""

    name: str
    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "operations" / self.name

    @property
    def file(self) -> Path:
        return self.folder / "connector.yaml"

    @cached_property
    def spec(self) -> dict[str, Any]:
        """connector.yaml, accepted."""
        return read_declaration(self.file, "connector")

    @property
    def title(self) -> str:
        return str(self.spec["title"])

    @property
    def version(self) -> str:
        """Of what it takes and answers, such as 1.0."""
        return str(self.spec.get("version", "1.0"))

    @cached_property
    def names(self) -> list[str]:
        """The names of its operations, sorted."""
        return sorted(file.stem for file in self.folder.glob("*.yaml") if file != self.file)

    @cached_property
    def _operations(self) -> dict[str, Operation]:
        return {}

    def operation(self, name: str) -> Operation:
        """One operation, loaded once; UnknownNameError with the nearest name where there is none."""
        if name not in self._operations:
            file = self.folder / f"{name}.yaml"
            short = len(name) < 200  # a file system does not even look for a longer one
            if not short or file.parent != self.folder or name == "connector" or not file.is_file():
                raise UnknownNameError(f"{self.name} has no operation {name!r}. {nearest(name, self.names)}".strip())
            self._operations[name] = self._load(name, file)
        return self._operations[name]

    def operations(self) -> Iterator[Operation]:
        """Every operation, by name."""
        return (self.operation(name) for name in self.names)

    def _load(self, name: str, file: Path) -> Operation:
        spec = read_declaration(file, "operation")
        styles = self.spec.get("pagination", {})
        handler = self._handler(name, file.with_suffix(".py"))
        return Operation(name, spec, file=file, load_schema=self.shared_schema, styles=styles, handler=handler)

    def _handler(self, name: str, file: Path) -> Handler | None:
        if not file.is_file():
            return None
        try:
            module = importlib.import_module(f"{_package(self.folder)}.{name}")
        except Exception as error:
            raise DeclarationError(file, "", f"cannot be imported: {error!r}.") from error
        if not callable(handler := getattr(module, "handle", None)):
            raise DeclarationError(file, "handle", "is missing.", "A handler is a generator function handle(input).")
        if not isgeneratorfunction(handler):
            raise DeclarationError(file, "handle", "yields nothing.", "A handler yields the requests that it makes.")
        return handler  # type: ignore[no-any-return]

    @cached_property
    def _schemas(self) -> dict[str, Schema]:
        return {}

    def shared_schema(self, name: str) -> Schema:
        """A file of the connector's schema folder, else one of the engine's own; KeyError where there is none."""
        if name not in self._schemas:
            places = (self.home / "schemas" / self.name, built_in_home() / "schemas")
            file = next((place / f"{name}.yaml" for place in places if (place / f"{name}.yaml").is_file()), None)
            if not name.isidentifier() or file is None:
                raise KeyError(f"{name} (there is no {places[0] / name}.yaml)")
            self._schemas[name] = read_yaml(file)
        return self._schemas[name]

    def samples(self, operation: str | None = None) -> list[Path]:
        """The sample files of one operation, the base sample first; of all operations without a name."""
        folder = self.home / "samples" / self.name
        if operation is None:
            return sorted(folder.glob("*.json"))
        base = folder / f"{operation}.json"
        return [*([base] if base.is_file() else []), *sorted(folder.glob(f"{operation}.*.json"))]

    def sandbox_folder(self) -> Path:
        """`sandbox/<connector>` of the home; UsageError where the connector has none."""
        folder = self.home / "sandbox" / self.name
        if not (folder / "__init__.py").is_file():
            raise UsageError(f"{self.name} has no sandbox. Name another connection.")
        return folder

    def sandbox(self) -> ModuleType:
        """The sandbox, a package with `create_app(data, reset=…)` that gives an ASGI application."""
        return importlib.import_module(_package(self.sandbox_folder()))


@cache
def _package(folder: Path) -> str:
    """Make a folder importable as a package of its own, so that what it holds may import what stands beside it."""
    name = f"_connector_{folder.parent.name}_{folder.name}_{abs(hash(str(folder))):x}"
    init = folder / "__init__.py"
    where = [str(folder)]
    spec = (
        importlib.util.spec_from_file_location(name, init, submodule_search_locations=where) if init.is_file() else None
    )
    module = importlib.util.module_from_spec(spec) if spec else ModuleType(name)
    module.__path__ = where
    sys.modules[name] = module
    if spec and spec.loader:
        spec.loader.exec_module(module)
    return name


def homes() -> Iterator[Path]:
    """Every home, in the order they are asked: CONNECTOR_PATH, built in, installed."""
    yield from (Path(folder).resolve() for folder in os.environ.get("CONNECTOR_PATH", "").split(os.pathsep) if folder)
    yield built_in_home()
    yield from _installed()


@cache
def _installed() -> tuple[Path, ...]:
    if not _may_be_installed():
        return ()
    from importlib.metadata import entry_points

    found: list[Path] = []
    for point in entry_points(group="connector"):
        with suppress(ModuleNotFoundError):  # the rest of a package that was taken away
            spec = importlib.util.find_spec(point.value)
            found += map(Path, (spec and spec.submodule_search_locations) or ())
    return tuple(found)


def _may_be_installed() -> bool:
    """Whether any distribution has an entry point of our group; importlib.metadata takes a tenth of a short command."""
    for place in dict.fromkeys(sys.path):
        for file in Path(place or ".").glob("*.*-info/entry_points.txt"):
            if b"[connector]" in file.read_bytes():
                return True
    return False


def connectors() -> dict[str, Connector]:
    """Every connector by name. DeclarationError where two homes hold one of the same name."""
    found: dict[str, Connector] = {}
    for home in dict.fromkeys(homes()):
        for file in sorted((home / "operations").glob("*/connector.yaml")):
            name = file.parent.name
            if name in found:
                hint = f"{found[name].file} has the same name; take one of them away."
                raise DeclarationError(file, "", f"is a second connector named {name}.", hint)
            found[name] = _connector(name, home)
    return found


@cache
def _connector(name: str, home: Path) -> Connector:
    return Connector(name, home)


def find(name: str) -> Connector:
    """A connector by name; UnknownNameError with the nearest name where there is none."""
    known = connectors()
    if name not in known:
        raise UnknownNameError(f"There is no connector {name!r}. {nearest(name, list(known))}".strip())
    return known[name]
