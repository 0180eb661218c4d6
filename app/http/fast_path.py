"""A look-up that answers busy operations without going through the framework's router.

FastAPI's way is a dozen layers and two searches through all routes, in which a small request spends
more time than in its operation. An operation whose path has no parameter but the model is found
here in one look-up and answered by the same route object; everything else goes to the router.

Without it a small request takes the event loop a third longer (benchmarks/service/short_cuts.py).
"""

from collections.abc import Iterable
from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import AtlasError
from app.http.context import context_of
from app.http.problem_details import expected, refused
from app.http.routing import Handler, ModelRoute

DEFAULT_MODEL: Final = ["", "v1"]  # /v1/{operation}
NAMED_MODEL: Final = ["", "v1", "models"]  # /v1/models/{model}/{operation}


class FastPath:
    """An ASGI application before another one, which gets what this does not know."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        """Take the application with the router, and the operations' routes."""
        self._app = app
        self._handlers: dict[tuple[str, str], Handler] = {
            (method, route.path.removeprefix("/")): route.get_route_handler()
            for route in routes
            if isinstance(route, ModelRoute) and not route.param_convertors
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        handle, scope["path_params"] = found
        request = Request(scope, receive)
        try:
            answer = await handle(request)
        except AtlasError as error:
            answer = await expected(request, error)
        except HTTPException as error:  # of Starlette's form parser
            answer = await refused(request, error)
        await answer(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[Handler, dict[str, str]] | None:
        """Return who answers, and the path's parameters."""
        path = scope["path"].removeprefix(scope["root_path"])
        *parts, operation = path.split("/")
        handle = self._handlers.get((scope["method"], operation))
        if handle is None or not _is_bounded(scope):
            return None
        if parts == DEFAULT_MODEL:
            return handle, {}
        if parts[:-1] == NAMED_MODEL and parts[-1]:
            return handle, {"model": parts[-1]}
        return None


def _is_bounded(scope: Scope) -> bool:
    """Tell whether the body's length was checked; Starlette counts a body that claims none."""
    return scope["method"] == "GET" or "content-length" in context_of(scope).headers
