"""The outermost layer: gives each request its context, and sees its answer off."""

import itertools
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BodyTooLarge
from app.http.answer_headers import answer_headers
from app.http.context import CONTEXT, RequestContext
from app.http.problems import problem
from app.http.reports import report
from app.inference.service import Service
from app.server.connection import Connection

log = logging.getLogger(__name__)
LONGEST_ID: Final = 64


class RequestMiddleware:
    """Middleware around everything: what it lets out is complete, counted and logged."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Take the application and the parts it shares."""
        self._app = app
        self._service = service
        # Random once, then counted: asking the system each time was 9 % of a small request.
        self._process, self._numbers = secrets.token_hex(6).encode(), itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; an error that nobody handled becomes a bare 500, and is logged."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = self._open(scope, receive)
        if context.method == "HEAD":  # is GET without its body; the server's scope stays as it is
            scope = {**scope, "method": "GET"}
        scope[CONTEXT] = context
        # The prefix is a matter of the settings: a proxy may take it off the path or leave it on.
        scope["root_path"] = self._service.settings.root_path
        answer = _Answer(context, send)
        try:
            app = self._before(scope, context.headers) or self._app
            await app(scope, receive, answer)
        except Exception as error:  # the outermost layer: nothing may pass
            fields = {"request_id": context.request_id.decode()}
            log.exception("%s failed", context.route, extra={"fields": fields})
            if not context.status:
                await problem(scope, error)(scope, receive, answer)
        finally:
            del scope[CONTEXT]  # which refers to the scope: no ring is left to the collector
        report(context, time.monotonic())

    def _open(self, scope: Scope, receive: Receive) -> RequestContext:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in reversed(scope["headers"])}
        return RequestContext(
            self._service,
            scope["method"],
            headers,
            self._request_id(headers),
            Connection.of(receive),
            time.monotonic(),
        )

    def _before(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        """Answer what needs no route: the bare prefix, and a body that claims to be too large.

        Starlette's limit counts the bytes of a body that claims nothing.
        """
        settings = self._service.settings
        if settings.root_path and scope["path"] == settings.root_path:
            return RedirectResponse(f"{settings.root_path}/", 308)  # for relative links
        length, most = headers.get("content-length", "0"), settings.max_body_bytes
        if length.isdecimal() and int(length) > most:
            message = f"the body has {int(length)} bytes; at most {most} are read"
            return problem(scope, BodyTooLarge(message))
        return None

    def _request_id(self, headers: Mapping[str, str]) -> bytes:
        """Return the client's id of its request, or one of ours if that is not fit to log."""
        given = headers.get("x-request-id", "")
        if 0 < len(given) <= LONGEST_ID and given.isascii() and given.isprintable():
            return given.encode()
        return b"%b-%x" % (self._process, next(self._numbers))


class _Answer:
    """What the application sends on its way to the client. The head waits for the body."""

    def __init__(self, context: RequestContext, send: Send) -> None:
        self._context = context
        self._send = send
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        context, body, more = self._context, message.get("body", b""), message.get("more_body")
        if context.method == "HEAD":
            body = b""
        context.size += len(body)
        head, self._head = self._head, None
        if head is not None:
            context.status = head["status"]
            headers = [*head["headers"], *answer_headers(context)]
            connection = None if more else context.connection
            if connection and connection.write_at_once(context.status, headers, body):
                return
            await self._send({**head, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": bool(more)})
