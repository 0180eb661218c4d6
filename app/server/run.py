"""How uvicorn is configured and run."""

import asyncio
import functools
import math
import os
import signal
import sys
import threading
from typing import Final, cast

import uvicorn
from fastapi import FastAPI

from app.server.client_limits import Protocol
from app.server.graceful_shutdown import Server
from app.server.port import bind
from app.settings import Settings

BACKLOG: Final = 2048
KEEP_ALIVE_SECONDS: Final = 75  # longer than balancers keep theirs: they close, not we


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


def run(settings: Settings, app: FastAPI, *, worker: bool = False) -> None:
    """Serve until a signal comes; a terminal that closes ends it like SIGTERM.

    A worker shares the port with others, tells of itself each second, and ends when its standard
    input does, which its supervisor holds.
    """
    config = configure(settings, app, settings.port)
    server = Server(config, app)
    hangup = getattr(signal, "SIGHUP", None)
    if hangup and signal.getsignal(hangup) is not signal.SIG_IGN:  # as nohup leaves it
        signal.signal(hangup, server.handle_exit)
    sockets = None
    if worker:
        sockets = bind(settings.host, settings.port, join=True)
        config.callback_notify, config.timeout_notify = app.state.service.tell, 0
        threading.Thread(target=_end_with_supervisor, daemon=True).start()
    server.run(sockets)


def _end_with_supervisor() -> None:
    """Send this process SIGTERM once its supervisor has ended, however it has."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
