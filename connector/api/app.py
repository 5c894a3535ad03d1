"""The application: every route, as Starlette serves it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import Route as Path

from . import core, docs, v1, web
from .endpoint import Endpoint
from .problems import Problem
from .route import Answer, Ask, Route
from .server import Server

EXPOSED = """
    X-Request-Id X-Call-Id Idempotency-Replayed Retry-After RateLimit-Limit RateLimit-Remaining RateLimit-Reset
"""

API: tuple[Route, ...] = (*v1.ROUTES, *core.ROUTES)
"""What the OpenAPI document tells of."""
ROUTES: tuple[Route, ...] = (*API, *docs.routes(API), *web.ROUTES)


def create_app(server: Server, given: Iterable[Route] = ROUTES) -> Starlette:
    """An ASGI application of the routes on a Server, which it closes at its end."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=server.settings.origins,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"],
        expose_headers=EXPOSED.split(),
        max_age=600,
    )
    often_first = sorted(given, key=lambda route: not route.path.endswith("/run"))  # they are tried one after another
    routes = [Path(route.path, Endpoint(server, route), methods=[route.method]) for route in often_first]

    async def nothing(request: Request, error: Any) -> Any:
        path = request.scope["path"]
        methods = sorted({method for one in routes if one.path_regex.match(path) for method in one.methods or ()})
        return Endpoint(server, _nothing(request.method, path, methods))

    failures: Any = {404: nothing, 405: nothing}
    app = Starlette(routes=routes, middleware=[cors], exception_handlers=failures, lifespan=server.lifespan)
    app.router.redirect_slashes = False  # a path is one path; and it would send people to whatever Host they name
    return app


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
