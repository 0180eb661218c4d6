"""The composition root: puts the service's parts together."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Path
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.api import (
    chart,
    density,
    direction,
    encode_decode,
    health,
    holes,
    interpolate,
    items,
    latent_grid,
    models,
    neighbours,
    open_inference,
    pages,
    planes,
    points,
    review,
    sample,
    score,
    tiles,
)
from app.engines.base import LoadEngine
from app.errors import AtlasError
from app.http.cors import cors
from app.http.error_middleware import ErrorMiddleware
from app.http.fast_path import FastPath
from app.http.middleware import RequestMiddleware
from app.http.problem_details import expected, malformed, refused, unexpected
from app.imaging.read_image import bound_pillow
from app.inference.batcher import Batcher
from app.inference.cache import Cache
from app.inference.registry import Registry
from app.inference.reloader import Reloader
from app.inference.service import Service
from app.metrics import Metrics
from app.settings import Settings
from app.workers.peers import Peers
from models.open_store import open_store

VERSION: Final = "0.1.0"
# Ours are `metrics` and `http.tracing`; to look for FastAPI's takes 4 % of a small request.
NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
LOOK_SECONDS: Final = 0.02
OF_A_MODEL: Final = "/v1/models/{model}"
OPERATIONS: Final = tuple(
    module.router
    for module in (
        encode_decode,
        score,
        latent_grid,
        chart,
        sample,
        density,
        holes,
        interpolate,
        tiles,
        planes,
        points,
        items,
        neighbours,
        direction,
        review,
    )
)


class Application(FastAPI):
    """FastAPI's application inside the middleware, and beside the fast path."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the outermost layer; FastAPI asks for it once, before the first request."""
        service: Service = self.state.service
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")  # as uvicorn reads it
        app: Any = ProxyHeadersMiddleware(super().build_middleware_stack(), trusted)  # type: ignore[arg-type]
        app = FastPath(app, [route for router in OPERATIONS for route in router.routes])
        app = ErrorMiddleware(app, service)
        if service.settings.cors_origins:
            app = cors(app, service.settings.cors_origins)
        return RequestMiddleware(app, service)


async def model_reference(
    model: Annotated[str, Path(description="`name` (its newest version) or `name@version`.")],
) -> str:
    """Declare the path parameter that `routing.ModelRoute` reads."""
    return model


def create_app(
    settings: Settings,
    engines: Sequence[LoadEngine],
    trace: Callable[..., None] | None = None,
    peers: Peers | None = None,
) -> FastAPI:
    """Make the service. Nothing runs before its lifespan starts.

    Of the engines, the first that reproduces a model's golden pair serves it. With `peers`, the
    other workers, it listens only after its first look at the store: they answer until then.

    Raises:
        StoreError: The store is a URL that cannot be used here.
    """
    bound_pillow()
    metrics = Metrics(peers)
    store = open_store(settings.store, settings.store_cache)
    registry = Registry(store, settings.default_model)
    batcher = Batcher(settings.threads, settings.max_batch, settings.max_waiting, metrics)
    cache = Cache(settings.cache_bytes)
    service = Service(settings, metrics, registry, batcher, cache, trace, peers)
    reloader = Reloader(settings, registry, metrics, cache, engines, peers=peers)
    app = Application(
        title="vae-atlas",
        summary="A trained variational autoencoder over HTTP.",
        version=VERSION,
        lifespan=lambda _: _lifespan(service, reloader),
        openapi_url=None,  # `api.pages` gives it, with examples
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
        generate_unique_id_function=_operation_id,
    )
    app.state.service = service
    _add_handlers(app)
    _add_routes(app)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes)
    return app


@contextlib.asynccontextmanager
async def _lifespan(service: Service, reloader: Reloader) -> AsyncIterator[None]:
    """Start and stop what runs beside the requests."""
    registry, worker = service.registry, service.peers is not None
    service.batcher.start()
    following = asyncio.create_task(reloader.follow())
    while worker and not (registry.settled or registry.store_error or service.draining):  # noqa: ASYNC110 - once
        await asyncio.sleep(LOOK_SECONDS)
    yield
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    reloader.close()
    await service.batcher.stop()
    for model in registry.served.values():
        model.close()


def _add_handlers(app: FastAPI) -> None:
    for kind, handler in (
        (AtlasError, expected),
        (RequestValidationError, malformed),
        (HTTPException, refused),
        (Exception, unexpected),
    ):
        app.add_exception_handler(kind, handler)


def _add_routes(app: FastAPI) -> None:
    for router in OPERATIONS:
        app.include_router(router, prefix="/v1")
    for router in (
        models.list_router,
        health.router,
        health.metrics_router,
        pages.router,
        open_inference.health_router,
        open_inference.router,
    ):
        app.include_router(router)
    for router in (*OPERATIONS, models.router):
        dependencies = [Depends(model_reference)]
        app.include_router(router, prefix=OF_A_MODEL, dependencies=dependencies)
    app.router.routes.append(Route("/", pages.Page("index.html"), methods=["GET"]))
    app.router.routes.append(Route("/static/{path:path}", pages.Page(), methods=["GET"]))


def _operation_id(route: APIRoute) -> str:
    """Name an operation after its endpoint; under a model of one's choice it is another."""
    named = route.path_format.startswith(OF_A_MODEL + "/")
    return f"{route.name}_of_model" if named else route.name
