"""The strict subset of YAML that means the same to everyone, as JSON values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from .errors import DeclarationError

_PLAIN = {  # the forms of YAML 1.2 and JSON, not the 1:30, 010, 1_000 and yes of YAML 1.1
    "null": ("~|null|Null|NULL|", "~nN"),
    "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": ("-?(0|[1-9][0-9]*)", "-0123456789"),
    "float": (r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789"),
}


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


_Loader.yaml_implicit_resolvers = {}
for _name, (_form, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"({_form})$"), [*_first, *([""] if _name == "null" else [])]
    )
_Loader.yaml_constructors = {
    tag: construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(":")[2] in (*_PLAIN, "str", "seq", "map")  # no dates, sets or bytes, by any tag
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
