"""The ASGI application of every operation: route, check, admit, ask, answer."""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import ValidationError

from app.access import Access
from app.answers import Answer
from app.caching import etag_of, matches
from app.calls import Call, Message, deadline_of
from app.errors import AtlasError, Busy, InvalidRequest
from app.negotiation import choose
from app.operations import Operation
from app.problems import problem
from app.queries import ModelQuery, Query
from app.routing import Router
from app.service import Service

log = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
NOT_ROUTED: Final = "none"  # the metrics' label of paths that are not ours
LONGEST_ID: Final = 64


class Api:
    """Answers HTTP requests. Everything that can fail ends as a problem document."""

    def __init__(self, service: Service, router: Router, access: Access) -> None:
        """Take the shared parts, the operations, and who may call."""
        self._service = service
        self._router = router
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = request_id_of(headers)
        route, call = NOT_ROUTED, None
        try:
            answer = self._access.before(scope["method"], scope["path"], headers)
            if answer is None:
                path = self._access.path(scope["path"])
                operation, values = self._router.find(scope["method"], path)
                route = operation.path
                self._access.check(operation, headers)
                call = self._call(operation, values, headers, scope, receive)
                answer = await self._answer(call, scope["query_string"])
        except Exception as error:  # noqa: BLE001  the edge: nothing may pass
            answer = self._failed(error, route, request_id)
            if call is not None:
                call.answer_headers.clear()  # they were about the answer that failed
        seconds = time.perf_counter() - started
        self._service.metrics.request(route, answer.status, seconds)
        sent = [(b"x-request-id", request_id), *self._access.sharing(headers)]
        await _send(scope, send, answer, sent + self._headers(call, seconds))
        if self._service.settings.access_log:
            _log_access(scope["method"], route, answer, request_id, call, seconds)

    def _call(
        self,
        operation: Operation,
        values: dict[str, str],
        headers: dict[bytes, bytes],
        scope: Scope,
        receive: Receive,
    ) -> Call:
        # A link to the page may carry anything in its query; what a verb is asked must be right.
        query = read_query(operation.query, scope["query_string"] if operation.answers else b"")
        deadline = deadline_of(headers, self._service.settings.timeout_seconds)
        call = Call(self._service, operation, values, headers, receive, query, deadline)
        accept = headers.get(b"accept", b"").decode("latin-1")
        if operation.answers:
            call.format = getattr(query, "format", None) or choose(accept, operation.answers)
        return call

    async def _answer(self, call: Call, query_string: bytes) -> Answer:
        if not call.operation.of_model:
            return await call.operation.handler(call)
        model = call.served = self._service.catalogue.find(call.path.get("model"))
        _check_label(call)
        self._admit()
        model.in_use += 1
        try:
            if call.operation.cacheable:
                return await self._cached(call, query_string)
            return await call.operation.handler(call)
        finally:
            model.in_use -= 1
            self._service.in_progress -= 1

    def _admit(self) -> None:
        service = self._service
        if service.in_progress >= service.settings.max_requests:
            raise Busy(f"{service.in_progress} requests are in progress; try again soon")
        service.in_progress += 1

    async def _cached(self, call: Call, query_string: bytes) -> Answer:
        """Answer a deterministic GET: 304 if the client has it, from memory if we do."""
        verb = call.operation.path.rpartition("{model}/")[2].removeprefix("/v1/")
        query = "&".join(sorted(query_string.decode("latin-1").split("&")))
        etag = etag_of(call.model.identity, verb, call.path, query, call.format)
        fixed = "@" in call.path.get("model", "")
        lasting = b"max-age=31536000, immutable" if fixed else b"no-cache"
        scope = b"private, " if self._service.settings.api_key else b"public, "
        call.answer_headers += [
            (b"etag", etag.encode()),
            (b"cache-control", scope + lasting),
            (b"vary", b"Accept"),
        ]
        if matches(call.headers.get(b"if-none-match", b""), etag):
            return Answer(b"", "", 304)
        cache = self._service.cache
        answer = cache.get(etag)
        if answer is None:
            answer = await call.operation.handler(call)
            cache.put(etag, answer)
        return answer

    def _failed(self, error: Exception, route: str, request_id: bytes) -> Answer:
        if isinstance(error, AtlasError):
            if isinstance(error, Busy):
                self._service.metrics.rejected(type(error).__name__)
        else:
            fields = {"request_id": request_id.decode()}
            log.error("%s failed", route, exc_info=error, extra={"fields": fields})
        return problem(error)

    def _headers(self, call: Call | None, seconds: float) -> list[tuple[bytes, bytes]]:
        """Return what every answer carries: which model it is of, how long each part took."""
        result = list(self._access.headers)
        if self._service.draining:
            result.append((b"connection", b"close"))
        if call is None:
            return result
        if call.served is not None:
            result += call.served.headers
            result += call.answer_headers
            timing = b"queue;dur=%.2f, infer;dur=%.2f, encode;dur=%.2f, total;dur=%.2f"
            parts = (call.queue_seconds, call.infer_seconds, call.encode_seconds, seconds)
            result.append((b"server-timing", timing % tuple(1000 * part for part in parts)))
            if call.infer_seconds:
                self._service.metrics.stages(call.queue_seconds, call.encode_seconds)
        return result


def read_query(kind: type[Query], query_string: bytes) -> Query:
    """Read the query's parameters; one that comes several times is a list.

    Raises:
        InvalidRequest: One is unknown or wrong; the message says which and why.
    """
    values: dict[str, Any] = {}
    try:
        if query_string:
            for name, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
                if name not in values:
                    values[name] = value
                elif isinstance(values[name], list):
                    values[name].append(value)
                else:
                    values[name] = [values[name], value]
        return kind.model_validate(values)
    except ValidationError as error:
        # The input is not echoed whole: it may be long, or hold what JSON cannot.
        found = error.errors(include_url=False, include_input=False, include_context=False)
        where = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found[:5])
        raise InvalidRequest("query: " + "; ".join(where)) from error
    except ValueError as error:  # more fields than a query may have
        raise InvalidRequest(f"query: {error}") from error


def request_id_of(headers: dict[bytes, bytes]) -> bytes:
    """Return the client's id of its request, or one of ours if it gave none that is fit to log."""
    given = headers.get(b"x-request-id", b"")
    if 0 < len(given) <= LONGEST_ID and given.isascii() and given.decode().isprintable():
        return given
    return secrets.token_hex(8).encode()


def _log_access(  # noqa: PLR0917  what a line of the log says
    method: str, route: str, answer: Answer, request_id: bytes, call: Call | None, seconds: float
) -> None:
    parts = {"total": seconds}
    if call is not None:
        parts |= {"queue": call.queue_seconds, "infer": call.infer_seconds}
        parts["encode"] = call.encode_seconds
    fields = {
        "request_id": request_id.decode(),
        "method": method,
        "route": route,
        "status": int(answer.status),
        "bytes": len(answer.body),
        "milliseconds": {name: round(1000 * part, 3) for name, part in parts.items()},
    }
    log.info("answered", extra={"fields": fields})


def _check_label(call: Call) -> None:
    query = call.query
    if isinstance(query, ModelQuery) and query.label and not call.model.manifest.conditional:
        raise InvalidRequest(f"{call.model.id} is not conditional: it takes no label")


async def _send(
    scope: Scope, send: Send, answer: Answer, headers: list[tuple[bytes, bytes]]
) -> None:
    headers += answer.headers
    if answer.media_type:
        headers.append((b"content-type", answer.media_type.encode()))
        headers.append((b"content-length", b"%d" % len(answer.body)))
    start = {"type": "http.response.start", "status": int(answer.status), "headers": headers}
    await send(start)
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})
