"""The application: every route, as Starlette serves it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route as Path
from starlette.routing import Router
from starlette.types import ASGIApp

from . import core, docs, v1, web
from .endpoint import Endpoint
from .problems import Problem
from .route import Answer, Ask, Route
from .server import Server

EXPOSED = """
    ETag X-Request-Id X-Call-Id Idempotency-Replayed Retry-After RateLimit-Limit RateLimit-Remaining RateLimit-Reset
"""

API: tuple[Route, ...] = (*v1.ROUTES, *core.ROUTES)
"""What the OpenAPI document tells of."""
ROUTES: tuple[Route, ...] = (*API, *docs.routes(API), *web.ROUTES)


def create_app(server: Server, given: Iterable[Route] = ROUTES) -> ASGIApp:
    """An ASGI application of the routes on a Server, which it closes at its end.

    It is Starlette's router alone: an Endpoint answers every failure itself, so no layer need stand around it.
    """
    paths: dict[str, list[Route]] = {}
    for route in sorted(given, key=lambda route: not route.path.endswith("/run")):  # they are tried one after another
        paths.setdefault(route.path, []).append(route)
    routes = [Path(path, Methods(server, of)) for path, of in paths.items()]
    app = Router(routes, redirect_slashes=False, default=Methods(server, ()), lifespan=server.lifespan)
    if not server.settings.origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=server.settings.origins,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", "Idempotency-Key", "X-Request-Id"],
        expose_headers=EXPOSED.split(),
        max_age=600,
    )


class Methods:
    """The routes of one path, by their methods; none where there is nothing at a path."""

    def __init__(self, server: Server, routes: Iterable[Route]) -> None:
        self._server, self._of = server, dict[str, Endpoint]()
        for route in routes:
            self._of[route.method] = Endpoint(server, route)
            if route.method == "GET" and not route.once:
                self._of["HEAD"] = self._of["GET"]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        endpoint = self._of.get(scope["method"])
        if endpoint is None:
            endpoint = Endpoint(self._server, _nothing(scope["method"], scope["path"], sorted(self._of)))
        await endpoint(scope, receive, send)


def _nothing(method: str, path: str, methods: list[str]) -> Route:
    """The route of a path or method that there is none of; `methods` are those that there are for the path."""

    async def answer(ask: Ask) -> Answer:
        allow = [("Allow", ", ".join([*methods, "OPTIONS"]))]
        if not methods:
            raise Problem(404, f"There is nothing at {path[:200]}. See /docs.")
        if method == "OPTIONS":
            return Answer(status=204, headers=allow)
        raise Problem(405, f"{method} is not for this path. It takes {', '.join(methods)}.", headers=allow)

    return Route("-", "-", answer, "Nothing", scope=None, open_query=True, core=path.startswith("/core/"))
