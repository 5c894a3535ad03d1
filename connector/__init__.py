"""An open runtime for connectors: operations as data, run by one engine.

    import connector
    connector.run("acme", "get_ticket", {"ticket_id": 1})

These are the public names; each is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for type checkers
    from .attachments import decode as decode
    from .catalog import Connector as Connector
    from .catalog import connectors as connectors
    from .catalog import find as find
    from .client import Client as Client
    from .connections import Connection as Connection
    from .errors import APIError as APIError
    from .errors import AuthError as AuthError
    from .errors import ConnectorError as ConnectorError
    from .errors import DeclarationError as DeclarationError
    from .errors import FieldsWarning as FieldsWarning
    from .errors import HandlerError as HandlerError
    from .errors import InputError as InputError
    from .errors import NameTakenError as NameTakenError
    from .errors import OutcomeUnknown as OutcomeUnknown
    from .errors import OutputError as OutputError
    from .errors import OutputWarning as OutputWarning
    from .errors import Problem as Problem
    from .errors import RateLimitError as RateLimitError
    from .errors import ServiceError as ServiceError
    from .errors import StorageError as StorageError
    from .errors import TimeoutError as TimeoutError
    from .errors import UnknownNameError as UnknownNameError
    from .errors import UnreachableError as UnreachableError
    from .errors import UsageError as UsageError
    from .message import Request as Request
    from .message import Response as Response
    from .network import Network as Network
    from .once import arun as arun
    from .once import options as options
    from .once import plan as plan
    from .once import run as run
    from .once import stream as stream
    from .operation import Flow as Flow
    from .operation import Operation as Operation

_HOMES = {
    "attachments": ("decode",),
    "catalog": ("Connector", "connectors", "find"),
    "client": ("Client",),
    "connections": ("Connection",),
    "errors": (
        "APIError",
        "AuthError",
        "ConnectorError",
        "DeclarationError",
        "FieldsWarning",
        "HandlerError",
        "InputError",
        "NameTakenError",
        "OutcomeUnknown",
        "OutputError",
        "OutputWarning",
        "Problem",
        "RateLimitError",
        "ServiceError",
        "StorageError",
        "TimeoutError",
        "UnknownNameError",
        "UnreachableError",
        "UsageError",
    ),
    "message": ("Request", "Response"),
    "network": ("Network",),
    "once": ("arun", "options", "plan", "run", "stream"),
    "operation": ("Flow", "Operation"),
}
_WHERE = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _WHERE:
        raise AttributeError(f"module 'connector' has no attribute {name!r}")
    return getattr(import_module(f"connector.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
