"""Actions of automations and macros, from the forms that a caller may write to the one that the service takes."""

from typing import Any

_EMAIL = ("recipient", "subject", "body")
_TAGS = ("set_tags", "current_tags", "remove_tags")


def actions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each as `{field, value}`, whether it came so or as `{field: value}`."""
    pairs = [(one["field"], one["value"]) if "field" in one else next(iter(one.items())) for one in given]
    return [{"field": field, "value": _value(field, value)} for field, value in pairs]


def _value(field: str, value: Any) -> Any:
    if isinstance(value, dict):
        return [value[name] for name in _EMAIL]
    if field in _TAGS and isinstance(value, list):
        return " ".join(map(str, value))
    return value
