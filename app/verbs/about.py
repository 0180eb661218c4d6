"""About the service: models, health, metrics, its own description, the explorer's files."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app import queries, schemas
from app.answers import json_answer
from app.calls import EXCHANGE, CurrentCall
from app.described import OF_SERVICE, Json, document, operation
from app.errors import NotReady
from app.reference import page
from app.routes import ClosedRoute, ModelRoute, OpenRoute
from app.service import Service

APP: Final = Path(__file__).parent.parent
open_router = APIRouter(route_class=OpenRoute, tags=["service"])
closed_router = APIRouter(route_class=ClosedRoute, tags=["service"])
model_router = APIRouter(route_class=ModelRoute, tags=["models"])
NoQuery = Annotated[queries.Query, Query()]


class Files(StaticFiles):
    """Static files that browsers keep but ask about again: they change with the service."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or 304."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


class Page:
    """The explorer's files, or always the same one of them; an ASGI application."""

    def __init__(self, name: str | None = None) -> None:
        """Serve `app/static`, or one file of it."""
        self._name = name
        self._files = GZipMiddleware(Files(directory=APP / "static"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file; what is not there is 404."""
        scope[EXCHANGE].route = "page"
        if self._name:
            scope = {**scope, "path": f"{scope['root_path']}/{self._name}"}
        await self._files(scope, receive, send)


@closed_router.get("/v1/models", **operation("json", json=schemas.Listing, errors=OF_SERVICE))
async def models(request: Request, query: NoQuery) -> Response:  # noqa: ARG001
    """List the models, their versions and states."""
    return json_answer(_service(request).catalogue.listing())


@model_router.get("", **operation("json", json=schemas.ModelDescription))
async def model(call: CurrentCall, query: NoQuery) -> Response:  # noqa: ARG001
    """Describe a model: manifest, fingerprint, tile geometry."""
    return json_answer(call.model.description)


@open_router.get("/health/live", **operation("json", json=schemas.Live, errors=()))
async def live(request: Request) -> Response:
    """Say that the process answers."""
    in_progress = _service(request).in_progress
    return json_answer({"status": "live", "requests_in_progress": in_progress})


@open_router.get("/health/ready", **operation("json", json=schemas.Ready, errors=(503,)))
async def ready(request: Request) -> Response:
    """Say whether requests can be served."""
    service = _service(request)
    if service.draining:
        raise NotReady("the service is shutting down")
    if not service.catalogue.served or not service.catalogue.settled:
        raise NotReady(service.catalogue.why_empty())
    return json_answer({"status": "ready", "models": list(map(str, service.catalogue.served))})


@closed_router.get("/metrics", **operation("text", errors=(401,)))
async def metrics(request: Request) -> Response:
    """Give Prometheus its metrics."""
    service = _service(request)
    service.metrics.waiting.set(service.batcher.waiting)
    service.metrics.cached.set(service.cache.bytes)
    service.metrics.in_progress.set(service.in_progress)
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return Response(service.metrics.render(), media_type=kind)


@open_router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Give the OpenAPI document."""
    return json_answer(_document(request))


@open_router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Give the document as a page."""
    base = str(request.base_url).rstrip("/")
    return HTMLResponse(page(_document(request), base))


@open_router.get("/docs/reference.css", include_in_schema=False)
async def docs_style() -> Response:
    """Give the page's style sheet."""
    return Response((APP / "reference.css").read_bytes(), media_type="text/css")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _document(request: Request) -> Json:
    default = _service(request).catalogue.default
    latent_dim = default.manifest.latent_dim if default else 2
    return document(request.app, latent_dim) | {
        "servers": [{"url": request.scope["root_path"] or "/"}]
    }
