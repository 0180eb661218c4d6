"""The same application under Ray Serve: `serve deploy deploy/ray/serve.yaml` (docs/scale.md).

Every replica is a whole service: it follows the store by itself, batches what it is sent, and
reads the same `ATLAS_…` settings. Ray adds replicas, on as many machines as it has.
"""
# ruff: noqa: INP001 - a module that Ray imports by its path

import asyncio
import logging
import os
from collections.abc import Sequence

from ray import serve

from app.engines.base import LoadEngine
from app.engines.select import choose_engines
from app.http.tracing import start_tracing
from app.main import create_app
from app.settings import load_settings

LOOK_SECONDS = 0.05


@serve.deployment
@serve.ingress()
class Atlas:
    """A replica."""

    def __init__(self, engines: Sequence[LoadEngine] | None = None) -> None:
        """Take what loads models; None: what `ATLAS_ENGINE` says."""
        self._engines = engines

    def __serve_build_asgi_app__(self) -> object:
        """Make the application, in the replica's process."""
        settings = load_settings()
        engines = self._engines or choose_engines(settings.engine)
        self._app = create_app(settings, engines, start_tracing(os.environ))
        return self._app

    async def check_health(self) -> None:
        """Wait for the first look at the store: only then does Ray send requests here."""
        while not self._app.state.service.registry.settled:  # noqa: ASYNC110  once
            await asyncio.sleep(LOOK_SECONDS)


logging.getLogger("ray.serve").setLevel(logging.WARNING)
app = Atlas.bind()  # type: ignore[attr-defined]  # Ray is untyped
