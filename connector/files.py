"""Reads declarations: YAML files, accepted by a grammar."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import DeclarationError
from .schema import Validator

FORMAT = 2  # to be raised where the same YAML comes to mean something else


def read_yaml(file: Path) -> Any:
    """The value of a YAML file; DeclarationError with the line where it is not YAML.

    The value is kept as JSON in `__pycache__` beside the file, as Python keeps a compiled module: reading that takes a
    tenth of the time, and an operation reads a dozen files.
    """
    try:
        state = file.stat()
    except OSError as error:
        raise DeclarationError(file, "", f"cannot be read: {error.strerror}.") from None
    stamp = [FORMAT, state.st_mtime_ns, state.st_size]
    kept = file.parent / "__pycache__" / f"{file.name}.json"
    try:
        found_stamp, value = json.loads(kept.read_bytes())
        if found_stamp == stamp:
            return value
    except (OSError, ValueError, TypeError):
        pass
    from .yaml_subset import parse

    value = parse(file)
    _keep(kept, [stamp, value])
    return value


def _keep(place: Path, content: Any) -> None:
    """Write a file whole or not at all; nothing is lost where it cannot be written."""
    part = place.with_suffix(f".{os.getpid()}")
    try:
        place.parent.mkdir(exist_ok=True)
        part.write_text(json.dumps(content))
        part.replace(place)
    except (OSError, ValueError):
        with suppress(OSError):
            part.unlink()


def read_declaration(file: Path, kind: str) -> dict[str, Any]:
    """A file that fits the grammar `kind` (`operation` or `connector`); else DeclarationError with the key."""
    spec = read_yaml(file)
    grammar = _grammar(kind)
    if not grammar.accepts(spec):
        problem = grammar.problems(spec)[0]
        raise DeclarationError(file, problem.pointer.strip("/"), problem.message, problem.hint)
    found: dict[str, Any] = spec
    return found


def built_in_home() -> Path:
    """The folder that holds what comes with this package: the checkout, or the folder in the wheel."""
    package = Path(__file__).parent
    return package / "home" if (package / "home").is_dir() else package.parent


@lru_cache
def _grammar(kind: str) -> Validator:
    return Validator(json.loads((built_in_home() / "schemas" / f"{kind}.json").read_bytes()))
