"""Tray's Connectivity API: the same operations under its paths, in its shapes, with its statuses."""

from __future__ import annotations

from ..route import Route
from . import authentications, calling, catalog

ROUTES: tuple[Route, ...] = (*catalog.ROUTES, *calling.ROUTES, *authentications.ROUTES)
