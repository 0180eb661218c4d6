"""The outermost layer, pure ASGI: ids, headers, metrics, logs, and what must not get out."""

import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from app.errors import BodyTooLarge
from app.http.context import EXCHANGE, Exchange
from app.http.problems import problem
from app.inference.service import Service
from app.server.single_write import write_single

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LONGEST_ID: Final = 64
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
)


class RequestMiddleware:
    """Middleware around everything."""

    def __init__(self, app: Any, service: Service) -> None:
        """Take the application and the parts it shares."""
        self._app = app
        self._service = service
        # Random once, then counted: asking the system each time was 9 % of a small request.
        self._process, self._numbers = secrets.token_hex(6).encode(), itertools.count(1)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve a request; an error that nobody handled becomes a bare 500, and is logged."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        headers = _headers_of(scope)
        exchange = Exchange(self._request_id(headers), headers, _cycle_of(receive))
        scope[EXCHANGE] = exchange
        # The prefix is a matter of the settings: a proxy may take it off the path or leave it on.
        scope["root_path"] = self._service.settings.root_path
        if head := scope["method"] == "HEAD":  # is GET without its body
            scope["method"] = "GET"
        answer = _Answer(self._service, exchange, send, started, bodiless=head)
        try:
            app = self._before(scope, headers) or self._app
            await app(scope, receive, answer)
        except Exception as error:  # the edge: nothing may pass
            fields = {"request_id": exchange.request_id.decode()}
            log.exception("%s failed", exchange.route, extra={"fields": fields})
            if not exchange.status:
                await problem(scope, error)(scope, receive, answer)
        finished = time.monotonic()
        seconds = finished - started
        self._service.metrics.request(exchange.route, exchange.status, seconds)
        if self._service.trace is not None:
            self._service.trace(scope["method"], exchange, started, finished)
        if self._service.settings.access_log:
            _log_access(scope["method"], exchange, seconds)
        # A ring of scope, exchange, call and cycle, which the collector would have to find.
        exchange.call = exchange.cycle = None

    def _before(self, scope: Any, headers: Mapping[str, str]) -> Response | None:
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

    def __init__(
        self, service: Service, exchange: Exchange, send: Send, started: float, *, bodiless: bool
    ) -> None:
        self._service = service
        self._exchange = exchange
        self._send = send
        self._started = started  # time.monotonic seconds
        self._bodiless = bodiless
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        exchange, body = self._exchange, message.get("body", b"")
        exchange.size += len(body)
        head, self._head = self._head, None
        if head is not None:
            exchange.status = head["status"]
            headers = self._headers(head["headers"])
            whole = not self._bodiless and not message.get("more_body")
            if whole and write_single(exchange.cycle, exchange.status, headers, body):
                return
            await self._send({**head, "headers": headers})
        await self._send({**message, "body": b""} if self._bodiless else message)

    def _headers(self, headers: Any) -> list[Any]:
        found = [*headers, *HEADERS, (b"x-request-id", self._exchange.request_id)]
        if self._service.draining:
            found.append((b"connection", b"close"))
        call = self._exchange.call
        if call is not None:
            found.append((b"x-model-version", str(call.model.id).encode()))
            queue, infer, encode = call.seconds().values()
            parts = (queue, infer, encode, time.monotonic() - self._started)
            timing = b"queue;dur=%.2f, infer;dur=%.2f, encode;dur=%.2f, total;dur=%.2f"
            found.append((b"server-timing", timing % tuple(1000 * part for part in parts)))
            if call.fit:
                found.append((b"x-image-fit", call.fit.encode()))
            if call.stages:
                self._service.metrics.stages(queue, encode)
        return found


def _cycle_of(receive: Receive) -> Any:
    """Return uvicorn's request cycle, if it is uvicorn that serves."""
    cycle = getattr(receive, "__self__", None)
    return cycle if hasattr(cycle, "disconnected") and hasattr(cycle, "more_body") else None


def _headers_of(scope: Any) -> dict[str, str]:
    """Decode a request's headers, once."""
    return {k.decode("latin-1"): v.decode("latin-1") for k, v in reversed(scope["headers"])}


def _log_access(method: str, exchange: Exchange, seconds: float) -> None:
    parts = {"total": seconds}
    if exchange.call is not None:
        parts = {**exchange.call.seconds(), **parts}
    fields = {
        "request_id": exchange.request_id.decode(),
        "method": method,
        "route": exchange.route,
        "status": exchange.status,
        "bytes": exchange.size,
        "milliseconds": {name: round(1000 * part, 3) for name, part in parts.items()},
    }
    log.info("answered", extra={"fields": fields})
