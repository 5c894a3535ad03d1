"""The strict subset of YAML that means the same to everyone, as JSON values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from .errors import DeclarationError

_KEPT = {f"tag:yaml.org,2002:{name}" for name in ("null", "int", "float", "bool")}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain values are null, true, false, integers and floats; all else is text. Keys are text and come once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(None, None, "a key must be text; quote it", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} comes twice", key.start_mark
                )
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag in _KEPT and (first in "tfTF" or not tag.endswith("bool"))]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(file: Path) -> Any:
    """The value of a YAML file; DeclarationError with the line where it is not of the subset."""
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
