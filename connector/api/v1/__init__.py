"""Our own routes."""

from __future__ import annotations

from ..route import Route
from . import calls, catalog, connections, health, options, running, sign_ins, tokens, ways

ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *catalog.ROUTES,
    *running.ROUTES,
    *options.ROUTES,
    *ways.ROUTES,
    *connections.ROUTES,
    *sign_ins.ROUTES,
    *tokens.ROUTES,
    *calls.ROUTES,
)
