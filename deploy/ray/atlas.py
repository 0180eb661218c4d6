"""The same application under Ray Serve: `serve deploy deploy/ray/serve.yaml` (docs/scale.md).

Every replica is a whole service: it follows the store by itself, batches what it is sent, and
reads the same `ATLAS_…` settings. Ray adds replicas, on as many machines as it has.
"""
# ruff: noqa: INP001 - a module that Ray imports by its path

import asyncio
import logging
import os

from ray import serve

from app.engines import choose_engines
from app.main import create_app
from app.settings import load_settings
from app.tracing import start_tracing

LOOK_SECONDS = 0.05


@serve.deployment
@serve.ingress()
class Atlas:
    """A replica."""

    def __serve_build_asgi_app__(self) -> object:
        """Make the application, in the replica's process."""
        settings = load_settings()
        self._app = create_app(settings, choose_engines(settings.engine), start_tracing(os.environ))
        return self._app

    async def check_health(self) -> None:
        """Wait for the first look at the store: only then does Ray send requests here."""
        while not self._app.state.service.catalogue.settled:  # noqa: ASYNC110  once
            await asyncio.sleep(LOOK_SECONDS)


logging.getLogger("ray.serve").setLevel(logging.WARNING)
app = Atlas.bind()
