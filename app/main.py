"""The composition root: puts the service's parts together."""

import asyncio
import contextlib

from app.access import Access
from app.api import Api, Receive, Scope, Send
from app.batching import Batcher
from app.caching import Cache
from app.catalogue import Catalogue
from app.engine import LoadEngine
from app.operations import Operation, both_paths
from app.reloading import Reloader
from app.routing import Router
from app.service import Service
from app.settings import Settings
from app.telemetry import Metrics
from app.verbs import about, dataset, documents, latent, page, walks


class App:
    """The ASGI application: HTTP goes to the API, the lifespan starts and stops what runs."""

    def __init__(self, service: Service, reloader: Reloader, api: Api) -> None:
        """Take the parts that `create_app` made."""
        self.service = service
        self.reloader = reloader
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the whole lifespan."""
        if scope["type"] == "http":
            await self._api(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:  # there are no WebSockets here
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.service.batcher.start()
        following = asyncio.create_task(self.reloader.follow())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        self.reloader.close()
        await self.service.batcher.stop()
        for model in self.service.catalogue.served.values():
            model.engine.close()
        await send({"type": "lifespan.shutdown.complete"})


def operations() -> list[Operation]:
    """List every operation of the API, at every path it has."""
    found: list[Operation] = []
    for table in (latent, walks, dataset):
        for verb in table.OPERATIONS:
            found += both_paths(verb)
    return [*found, *about.OPERATIONS, *documents.OPERATIONS, *page.OPERATIONS]


def create_app(settings: Settings, load_engine: LoadEngine) -> App:
    """Make the service. Nothing runs before its lifespan starts."""
    metrics = Metrics()
    catalogue = Catalogue(settings.store, settings.default_model)
    batcher = Batcher(settings.max_batch, settings.max_waiting, metrics)
    cache, table = Cache(settings.cache_bytes), operations()
    service = Service(settings, metrics, catalogue, batcher, cache, table)
    reloader = Reloader(settings, catalogue, batcher, metrics, load_engine)
    return App(service, reloader, Api(service, Router(table), Access(settings)))
