"""uvicorn, with an end that loses no request."""

import asyncio
import signal
from types import FrameType
from typing import Final

import uvicorn

from app.main import App
from app.settings import Settings

LINGER_SECONDS: Final = 0.5
BACKLOG: Final = 2048


class Server(uvicorn.Server):
    """Answers for a moment longer after SIGTERM, so that no client meets a closed door.

    In that time /health/ready says 503 and every answer asks its client to close the connection.
    Then uvicorn stops to listen and finishes what it has accepted. A second signal ends it.
    """

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        """Take uvicorn's configuration and the application it runs."""
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; called by the signal handler."""
        if self._app.service.draining or sig == signal.SIGINT:
            super().handle_exit(sig, frame)
            return
        self._app.service.draining = True
        asyncio.get_running_loop().call_later(LINGER_SECONDS, super().handle_exit, sig, frame)


def run(settings: Settings, app: App) -> None:
    """Serve until a signal comes."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        backlog=BACKLOG,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )
    Server(config, app).run()
