"""What is answered without a route: requests refused unread, and failures that nobody handled."""

import logging
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import BodyTooLarge
from app.http.context import context_of
from app.http.problem_details import problem
from app.inference.service import Service

log = logging.getLogger(__name__)


class ErrorMiddleware:
    """Middleware below which anything may fail: an error becomes a bare 500, and is logged."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Take the application and the parts it shares."""
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        try:
            app = self._before(scope, context.headers) or self._app
            await app(scope, receive, send)
        except Exception as error:  # the outermost layer: nothing may pass
            fields = {"request_id": context.request_id.decode()}
            log.exception("%s failed", context.route, extra={"fields": fields})
            if not context.status:
                await problem(scope, error)(scope, receive, send)

    def _before(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        """Answer what needs no route: the bare prefix, and a body that claims to be too large.

        Starlette's limit counts the bytes of a body that claims nothing.
        """
        settings = self._service.settings
        if settings.root_path and scope["path"] == settings.root_path:
            return RedirectResponse(f"{settings.root_path}/", 308)  # for relative links
        length, most = headers.get("content-length", "0"), settings.max_body_bytes
        if length.isdecimal() and int(length) > most:
            message = f"the body has {int(length)} bytes; ATLAS_MAX_BODY_BYTES allows {most}"
            return problem(scope, BodyTooLarge(message))
        return None
