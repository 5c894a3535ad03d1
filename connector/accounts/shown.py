"""What may be seen of the connections that are kept: never a secret."""

from __future__ import annotations

from typing import Any

from ..catalog import connectors
from ..clock import iso
from ..ways import MASK
from .saved import Saved


def shown(one: Saved) -> dict[str, Any]:
    """A connection as JSON, every secret as `***`; times in ISO 8601."""
    known = connectors().get(one.connector)
    way = known.spec["auth"].get(one.scheme) if known else None
    return {
        "name": one.name,
        "connector": one.connector,
        "way": one.scheme or None,
        "title": way["title"] if way else None,
        "values": {**one.values, **dict.fromkeys(one.held, MASK)},
        "allowed_hosts": list(one.hosts),
        "who": one.who,
        "made": iso(one.made),
        "expires": iso(one.expires),
        "renews": one.renews,
        "ends": way.get("ends") if way else None,
    }
