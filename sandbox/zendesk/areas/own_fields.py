"""Values of an account's own fields: what each kind takes, and those of users and organizations by field key."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs

from .. import errors
from ..call import Call
from ..store import Doc

FORMS = {
    "integer": r"\s*[-+]?[0-9]+\s*",
    "decimal": r"\s*[-+]?[0-9]*[.,]?[0-9]*\s*",
    "date": r"[0-9]{4}-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])([T ].*)?",
    "checkbox": r"(?i)true|false|yes|no|on|off|0|1",
    "lookup": r"(?s).+",
}
"""What a value is as text, by the type of its field."""
LONGEST = 1000  # characters of such a text
TEXTS = ("text", "textarea", "partialcreditcard")


def settled(field: Doc, value: Any) -> Any:
    """The value as the field keeps it; 422 where it does not take it.

    A choice that is not there is refused for users and organizations, and left out, without a word, for tickets.
    """
    if value is None or value == "":
        return None
    if field["type"] in ("tagger", "dropdown", "multiselect"):
        return _chosen(field, value)
    if isinstance(value, list | dict) or not _is_of(field, value):
        raise _refused(field)
    return str(value).lower() in ("true", "yes", "on", "1", "1.0") if field["type"] == "checkbox" else value


def _is_of(field: Doc, value: str | float) -> bool:
    """Whether a single value is of the field's type."""
    type = field["type"]
    if type in TEXTS:
        return True
    if isinstance(value, bool):
        return bool(type == "checkbox")
    if isinstance(value, float):
        return type == "decimal" or (value.is_integer() and _is_of(field, int(value)))
    if type == "regexp":
        return _matches(field["regexp_for_validation"], str(value))
    return type not in FORMS or (len(str(value)) < LONGEST and bool(re.fullmatch(FORMS[type], str(value))))


def _chosen(field: Doc, value: Any) -> Any:
    several = field["type"] == "multiselect"
    words = value.split() if several and isinstance(value, str) else value if isinstance(value, list) else [value]
    known = [option["value"] for option in field["custom_field_options"]]
    if "key" in field and ((isinstance(value, list) and not several) or any(word not in known for word in words)):
        raise _refused(field)
    kept = [word for word in words if word in known]
    return kept if several else kept[0] if kept else None


def _matches(pattern: str, text: str) -> bool:
    """By the validator of schemas: Python's own search may take for ever, and whoever made the field would decide."""
    try:
        return jsonschema_rs.is_valid({"pattern": f"(?m){pattern}"}, text)
    except ValueError:  # of another dialect
        return True


def _refused(field: Doc) -> errors.ZendeskError:
    return errors.invalid(base=(f"{field['title']}: is not properly formatted", "InvalidValue"))


def fields(call: Call, kind: str) -> dict[str, Doc]:
    """The fields of `kind` (user_fields or organization_fields), by key."""
    return call.once(f"{kind} by key", lambda: {field["key"]: field for field in call.store.list(kind)})


def keep(call: Call, kind: str, doc: Doc, before: Doc | None) -> None:
    """Given values go over the ones before; keys without a field are dropped, as the service does."""
    given = doc[kind] or {}
    if not isinstance(given, dict):
        raise errors.bad_value(kind, given)
    known, old = fields(call, kind), (before or {}).get(kind, {})
    new = {key: settled(known[key], value) for key, value in given.items() if key in known and value != old.get(key)}
    doc[kind] = {key: value for key, value in {**old, **new}.items() if key in known}


def show(call: Call, kind: str, shown: Doc) -> Doc:
    """Every field stands in every record, null where it was never set."""
    return {**shown, kind: {key: shown[kind].get(key) for key in fields(call, kind)}}
