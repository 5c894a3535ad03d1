"""Regular expressions of other dialects, as JSON Schema reads them."""

from __future__ import annotations

import re

from ..schema import is_pattern

# What every dialect reads alike: an escape, a class without a class in it, a plain group, any other character.
_PART = re.compile(
    r"\\[AzdDwWsb]|\\[^A-Za-z0-9\s]|\[\^?(?:\\[dws]|\\[^A-Za-z0-9\s]|[^\\\[\]&])+\]|\(\?:|\((?!\?)|[^\\\[\(]"
)
_OWN = {r"\A": "^", r"\z": "$"}
_ODD = re.compile(r"[*+?}]\+|\{,")  # possessive, or greedy, or a repeat that others read as text


def portable(source: str) -> str | None:
    """The expression, searched for anywhere in a text; None where dialects differ on what it means.

    In some, `^` and `$` stand at every line, so one that has them lets a text of several lines pass.
    """
    parts = _PART.findall(source)
    if "".join(parts) != source or _ODD.search(source):
        return None
    made = "".join(_OWN.get(part, part) for part in parts)
    if "^" in parts or "$" in parts:
        made = f"(?:{made})|\n"
    return made if is_pattern(made) else None
