"""What the routes do around their endpoints: key, admission, cache; and their names."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Final, get_type_hints

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from app.errors import InvalidRequest, NotReady
from app.http.api_key import check_key
from app.http.context import RequestContext, context_of, deadline_of
from app.http.etags import etag_of, matches
from app.http.negotiation import MEDIA_TYPES, choose
from app.http.queries import NO_QUERY, read_query
from app.inference.service import Service
from models.errors import ItemsInvalid

MOST_PARAMETERS: Final = 2_048  # of a query, which may name 1,024 vectors to decode
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ClosedRoute(APIRoute):
    """A route that asks for the API key, if one is set; the metrics know it by its endpoint."""

    needs_key = True

    def get_route_handler(self) -> Handler:
        """Put `around` around FastAPI's handler."""
        handle = _bound(self.endpoint) or super().get_route_handler()

        async def answer(request: Request) -> Response:
            context = context_of(request.scope)
            context.route = self.name
            if self.needs_key:
                check_key(context.headers, context.service.settings.api_key)
            return await self.around(request, handle)

        return answer

    async def around(self, request: Request, handle: Handler) -> Response:
        """Answer a request."""
        return await handle(request)


class OpenRoute(ClosedRoute):
    """A route that anyone may ask."""

    needs_key = False


class ModelRoute(ClosedRoute):
    """An operation of a model: finds the model, chooses the format, admits, and caches a GET."""

    infers = True  # where something is posted

    @functools.cached_property
    def offered(self) -> tuple[str, ...]:
        """The formats of its answers, by preference."""
        content = self.responses[200]["content"]
        return tuple(name for kind in content for name, k in MEDIA_TYPES.items() if k == kind)

    async def around(self, request: Request, handle: Handler) -> Response:
        """Answer a request that is admitted."""
        context = open_model(request, self.offered)
        service = context.service
        service.admit(context.model)
        try:
            if request.method == "GET":
                return await self._cached(context, request, handle)
            if self.infers:
                service.batcher.check_room()
            return await handle(request)
        except ItemsInvalid as error:  # which was valid when the model was loaded
            raise NotReady(f"{context.model.id} was changed while it is served: {error}") from error
        finally:
            service.leave(context.model)

    async def _cached(self, context: RequestContext, request: Request, handle: Handler) -> Response:
        """Answer a deterministic GET: 304 if the client has it, from memory if we do."""
        service = context.service
        query = "&".join(sorted(request.url.query.split("&")))
        etag = etag_of(
            context.model.identity, self.name, request.path_params, query, context.format
        )
        fixed = "@" in request.path_params.get("model", "")
        scope = "private" if service.settings.api_key else "public"
        lasting = "max-age=31536000, immutable" if fixed else "no-cache"
        headers = {"etag": etag, "cache-control": f"{scope}, {lasting}", "vary": "Accept"}
        if matches(context.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        kept = service.cache.get(etag)
        if kept is None:
            answer = await handle(request)
            if isinstance(answer, StreamingResponse):
                answer.headers.update(headers)
                return answer
            more = {k: v for k, v in answer.headers.items() if k.startswith("x-")}
            kept = (bytes(answer.body), answer.media_type, more)
            service.cache.put(etag, kept, context.model.identity)
        return Response(kept[0], headers={**headers, **kept[2]}, media_type=kept[1])


class DataRoute(ModelRoute):
    """An operation of a model that looks into its items alone."""

    infers = False


def _bound(endpoint: Callable[..., Any]) -> Handler | None:
    """Return how to call an endpoint of a context and a query, and of nothing else.

    FastAPI solves their dependencies as well, but a small request then takes the event loop a third
    longer (benchmarks/service/short_cuts.py).
    """
    wanted = get_type_hints(endpoint)
    wanted.pop("return", None)
    if wanted.keys() != {"context", "query"}:
        return None

    async def handle(request: Request) -> Response:
        context = context_of(request.scope)
        query = read_query(wanted["query"], context.query)
        answer: Response = await endpoint(context=context, query=query)
        return answer

    return handle


def open_model(request: Request, offered: tuple[str, ...]) -> RequestContext:
    """Find out what a request asks, of which model, and until when; its context says so then.

    Raises:
        ModelNotFound, NotReady, NotAcceptable, InvalidRequest: See there.
    """
    context = context_of(request.scope)
    service: Service = context.service
    context.model = model = service.registry.find(request.path_params.get("model"))
    if request.scope["query_string"].count(b"&") > MOST_PARAMETERS:
        raise InvalidRequest(f"the query has more than {MOST_PARAMETERS} parameters")
    context.query = query = request.query_params if request.scope["query_string"] else NO_QUERY
    if "label" in query and not model.manifest.conditional:
        raise InvalidRequest(f"{model.id} is not conditional: it takes no label")
    context.receive = request.receive
    context.deadline = deadline_of(context.headers, service.settings.timeout_seconds)
    asked = query.get("format")  # one that is not offered is the query's declaration to refuse
    accept = context.headers.get("accept", "")
    context.format = asked if asked in offered else choose(accept, offered)
    return context
