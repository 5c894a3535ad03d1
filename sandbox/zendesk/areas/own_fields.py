"""Values of an account's own fields on users and organizations, as an object by field key."""

from __future__ import annotations

from .. import errors
from ..call import Call
from ..store import Doc


def keys(call: Call, kind: str) -> list[str]:
    """The keys of the fields of `kind` (user_fields or organization_fields)."""
    return call.once(f"{kind} keys", lambda: [field["key"] for field in call.store.list(kind)])


def keep(call: Call, kind: str, doc: Doc, before: Doc | None) -> None:
    """Given values go over the ones before; keys without a field are dropped, as the service does."""
    given = doc[kind] or {}
    if not isinstance(given, dict):
        raise errors.bad_value(kind, given)
    known = keys(call, kind)
    doc[kind] = {key: value for key, value in {**(before or {}).get(kind, {}), **given}.items() if key in known}


def show(call: Call, kind: str, shown: Doc) -> Doc:
    """Every field stands in every record, null where it was never set."""
    return {**shown, kind: {key: shown[kind].get(key) for key in keys(call, kind)}}
