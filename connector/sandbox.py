"""The pretend service that a connector may bring along, as an ASGI application."""

from __future__ import annotations

from os import PathLike
from typing import Any

from .catalog import Connector
from .errors import StorageError
from .store import data_folder


def sandbox_app(
    connector: Connector, data: PathLike[str] | None = None, *, reset: bool = False, tenant: str = ""
) -> Any:
    """The sandbox of a connector as an ASGI application; StorageError where it cannot keep its state in `data`."""
    package = connector.sandbox()
    try:
        data = data or sandbox_file(connector, tenant)
        return package.create_app(data, reset=reset)
    except Exception as error:
        raise StorageError(f"The sandbox cannot open {data or 'its folder'}: {error}.") from error


def sandbox_file(connector: Connector, tenant: str = "") -> PathLike[str]:
    """Where the sandbox of a connector keeps its state: in the data folder, one for each tenant."""
    return data_folder() / f"sandbox-{connector.name}{f'@{tenant}' if tenant else ''}.db"
