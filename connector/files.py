"""Reads the project's YAML: the strict subset that means the same to everyone, accepted by a grammar."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .errors import DeclarationError, nearest


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose only plain types are null, true, false, integers and floats, and whose keys come once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} comes twice", key.start_mark
                )
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


_KEPT = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag in _KEPT and not (tag.endswith("bool") and first not in "tfTF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(file: Path) -> Any:
    """The value of a YAML file; DeclarationError with the line where it is not YAML."""
    try:
        return yaml.load(file.read_bytes(), _Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else ""
        raise DeclarationError(file, place, f"is not YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(file, "", f"is not YAML: {error}.") from None
    except OSError as error:
        raise DeclarationError(file, "", f"cannot be read: {error.strerror}.") from None


def read_declaration(file: Path, kind: str) -> dict[str, Any]:
    """A file that fits the grammar `kind` (`operation` or `connector`); else DeclarationError with the key."""
    spec = read_yaml(file)
    if not _grammar(kind).is_valid(spec):
        raise _refusal(file, spec, kind)
    found: dict[str, Any] = spec
    return found


def built_in_home() -> Path:
    """The folder that holds what comes with this package: the checkout, or the folder in the wheel."""
    package = Path(__file__).parent
    return package / "home" if (package / "home").is_dir() else package.parent


@lru_cache
def _grammar(kind: str) -> Any:
    import jsonschema_rs

    file = built_in_home() / "schemas" / f"{kind}.json"
    return jsonschema_rs.Draft202012Validator(json.loads(file.read_bytes()))


def _refusal(file: Path, spec: Any, kind: str) -> DeclarationError:
    from pydantic import ValidationError  # only a refusal needs it

    from . import declaration

    model = declaration.Operation if kind == "operation" else declaration.Connector
    try:
        model.model_validate(spec)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        if first["type"] == "extra_forbidden":
            known = [str(key) for key in model.model_fields] if len(place) == 1 else []
            return DeclarationError(file, "/".join(place), "is no key here.", nearest(place[-1], known))
        return DeclarationError(file, "/".join(place), f"{first['msg'][:1].lower()}{first['msg'][1:]}.")
    return DeclarationError(file, "", f"does not fit schemas/{kind}.json.", "Write that file anew with scripts/write.")
