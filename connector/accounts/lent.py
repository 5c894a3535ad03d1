"""The OAuth client of whoever runs this program, for people who sign in without bringing one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..catalog import Connector
from ..connections import variable
from ..ways import CLIENT, signs_in


def lent(connector: Connector, scheme: str | None, values: Mapping[str, Any]) -> dict[str, str]:
    """The values of that client, from the environment: `<CONNECTOR>_CLIENT_ID`, `<CONNECTOR>_CLIENT_SECRET`.

    None where none is set, where the values bring one, where no person signs in (it would act for its owner), or where
    its secret would go to a host that the values choose.
    """
    way = connector.spec["auth"].get(scheme)
    if way is None or not signs_in(way) or any(values.get(name) for name in CLIENT):
        return {}
    if not _is_known(connector, way["token"], values.get("base_url")):
        return {}
    found = {name: os.environ.get(variable(connector, name), "") for name in CLIENT}
    return {name: value for name, value in found.items() if value} if found["client_id"] else {}


def _is_known(connector: Connector, token: str, base_url: object) -> bool:
    """Whether tokens are asked for at the connector's own host, or at the one that the environment names."""
    if base_url:
        own = os.environ.get(variable(connector, "base_url"), "")
        return str(base_url).rstrip("/") == own.rstrip("/")
    template = connector.spec["url"] if token.startswith("/") else token
    return "." in urlsplit(template).netloc.rpartition("}")[2].strip(".")  # example.com, also of {name}.example.com
