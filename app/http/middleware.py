"""The outermost layer: gives each request its context, and sees its answer off."""

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.answer_headers import answer_headers
from app.http.context import CONTEXT, RequestContext
from app.http.reports import report
from app.inference.service import Service
from app.server.connection import Connection

LONGEST_ID: Final = 64
MOST_READ_ON: Final = 1 << 26  # bytes of a body that was answered before its end
LISTS: Final = frozenset({"accept", "accept-encoding", "if-none-match"})  # several lines are one


class RequestMiddleware:
    """Middleware around everything: what it lets out is complete, counted and logged."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Take the application and the parts it shares."""
        self._app = app
        self._service = service
        # Random once, then counted: asking the system each time was 9 % of a small request.
        self._process, self._numbers = secrets.token_hex(6).encode(), itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and report it once it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = self._open(scope, receive)
        if context.method == "HEAD":  # is GET without its body; the server's scope stays as it is
            scope = {**scope, "method": "GET"}
        scope[CONTEXT] = context
        # The prefix is a matter of the settings: a proxy may take it off the path or leave it on.
        scope["root_path"] = self._service.settings.root_path
        try:
            await self._app(scope, receive, _Answer(context, receive, send))
        finally:
            del scope[CONTEXT]  # which refers to the scope: no ring is left to the collector
        report(context, time.monotonic())

    def _open(self, scope: Scope, receive: Receive) -> RequestContext:
        headers = _headers_of(scope)
        return RequestContext(
            self._service,
            scope["method"],
            headers,
            self._request_id(headers),
            Connection.of(receive),
            time.monotonic(),
        )

    def _request_id(self, headers: Mapping[str, str]) -> bytes:
        """Return the client's id of its request, or one of ours if that is not fit to log."""
        given = headers.get("x-request-id", "")
        if 0 < len(given) <= LONGEST_ID and given.isascii() and given.isprintable():
            return given.encode()
        return b"%b-%x" % (self._process, next(self._numbers))


def _headers_of(scope: Scope) -> dict[str, str]:
    """Decode a request's headers: of one that came twice the first, but of a list all of it."""
    came = scope["headers"]
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in reversed(came)}
    if len(headers) < len(came):
        for name in LISTS & headers.keys():
            lines = [value for key, value in came if key.decode("latin-1") == name]
            headers[name] = b", ".join(lines).decode("latin-1")
    return headers


class _Answer:
    """What the application sends on its way to the client. The head waits for the body."""

    def __init__(self, context: RequestContext, receive: Receive, send: Send) -> None:
        self._context = context
        self._receive = receive
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
            connection = context.connection
            if connection and not more and connection.write_at_once(context.status, headers, body):
                return
            await self._send({**head, "headers": headers})
        if not more and context.connection and context.connection.is_sending():
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            await self._read_on()
            body = b""
        await self._send({"type": "http.response.body", "body": body, "more_body": bool(more)})

    async def _read_on(self) -> None:
        """Read what the client still sends, within bounds: a connection closed before is a reset.

        Clients that send all of their request before they read would never see the answer.
        """
        left = MOST_READ_ON
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._context.service.settings.body_seconds):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body"):
                        return
        if self._context.connection:
            self._context.connection.end()
