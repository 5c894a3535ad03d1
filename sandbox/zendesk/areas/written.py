"""What the sandbox took: the requests that changed the account, for a client that lost the answers."""

from __future__ import annotations

from dataclasses import asdict

from ..call import Call, Routes, anybody
from ..resource import Resource
from ..store import Doc


@anybody
def _writes(call: Call) -> Doc:
    """All of them, or those of one `mark`."""
    return {"writes": [asdict(write) for write in call.store.writes(call.query("mark"))]}


RESOURCES: tuple[Resource, ...] = ()
ROUTES: Routes = {"GET /sandbox/writes": _writes}
