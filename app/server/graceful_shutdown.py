"""uvicorn's server, with an end that loses no request."""

import asyncio
import logging
import os
import signal
import socket
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from app.server.accept_filter import ignore_new_clients

log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 0.1
LINGER_SECONDS: Final = 0.5


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
        if doors:
            self._told = asyncio.create_task(self._tell_when_ready(*doors[0][:2]))

    async def _tell_when_ready(self, host: str, port: int) -> None:
        """Say once where the map is, below the lines about the models."""
        while not self._app.state.service.registry.settled:  # noqa: ASYNC110 - a flag
            await asyncio.sleep(LOOK_SECONDS)
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - an address
        log.info("the map is ready: http://%s:%d", host, port)

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
