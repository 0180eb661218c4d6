"""uvicorn, with an end that loses no request."""

import asyncio
import functools
import logging
import math
import os
import signal
import socket
from types import FrameType
from typing import Final, cast

import uvicorn
from fastapi import FastAPI

from app.server.accept_filter import ignore_new_clients
from app.server.protocol import Protocol
from app.settings import Settings

log = logging.getLogger(__name__)
LINGER_SECONDS: Final = 0.5
BACKLOG: Final = 2048
KEEP_ALIVE_SECONDS: Final = 75  # longer than balancers keep theirs: they close, not we


class Server(uvicorn.Server):
    """Answers for a moment longer after SIGTERM, so that no client meets a closed door.

    In that time /health/ready says 503 and every answer asks its client to close the connection.
    Then nobody new is let in, and after a second such moment uvicorn stops to listen, closes what
    is idle and finishes the rest. A second signal ends it.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        """Take uvicorn's configuration and the application it runs."""
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and then say where."""
        await super().startup(sockets)
        doors = [door.getsockname() for server in self.servers for door in server.sockets]
        for host, port, *_ in doors:
            log.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to drain; called by the signal handler, in the loop's thread."""
        service = self._app.state.service
        if service.draining:
            self.should_exit = self.force_exit = True
        elif sig == signal.SIGINT:  # someone at a terminal, who does not want to wait
            self.should_exit = service.draining = True
        else:
            service.draining = True
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(loop.call_later, LINGER_SECONDS, self._turn_away)

    def _turn_away(self) -> None:
        """Let no new caller in, and hear those who are in: closing the door would reset them."""
        for server in self.servers:
            for door in server.sockets:
                with socket.socket(fileno=os.dup(door.fileno())) as listening:
                    ignore_new_clients(listening)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._stop_listening)

    def _stop_listening(self) -> None:
        self.should_exit = True


def configure(settings: Settings, app: FastAPI, port: int) -> uvicorn.Config:
    """Return how uvicorn is to serve the application."""
    return uvicorn.Config(
        app,
        host=None if settings.host == "::" else settings.host,  # type: ignore[arg-type]  # both families
        port=port,
        loop="uvloop",
        # uvicorn calls it as it would call its own class
        http=cast("type[asyncio.Protocol]", functools.partial(Protocol, settings.body_seconds)),
        ws="none",
        proxy_headers=False,  # which `main.Application` reads
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
    )


def run(settings: Settings, app: FastAPI) -> None:
    """Serve until a signal comes; a terminal that closes ends it like SIGTERM."""
    server = Server(configure(settings, app, settings.port), app)
    hangup = getattr(signal, "SIGHUP", None)
    if hangup and signal.getsignal(hangup) is not signal.SIG_IGN:  # as nohup leaves it
        signal.signal(hangup, server.handle_exit)
    server.run()
