"""What each short cut past the framework saves of the event loop's time for a small request.

    python -m benchmarks.service.short_cuts [--rounds 5]

A decode is asked of the application in this process, through uvicorn's request cycle without a
socket: with all short cuts, and by turns without one of them. Printed are the CPU microseconds of
the loop's thread per request, the least of all rounds; what a system call costs is not in them.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.engines.select import load_openvino
from app.http import routing
from app.http.fast_path import FastPath
from app.main import create_app
from app.server.connection import Connection
from app.settings import Settings
from benchmarks.peers.workload import MODEL, works
from benchmarks.report import table

REQUESTS: Final = 100  # of which the mean is taken
SERIES: Final = 20  # of which the least counts
SHORT_CUTS: Final[dict[str, tuple[Any, str, Callable[..., Any]]]] = {
    "the look-up before the router": (FastPath, "_find", lambda *_: None),
    "the binding of parameters": (routing, "_bound", lambda _: None),
    "the body that is here at once": (Connection, "has_whole_body", lambda _: False),
    "the answer in one piece": (Connection, "write_at_once", lambda *_: False),
}


class _Transport:
    """A connection that takes everything."""

    write_paused = False

    def write(self, data: bytes) -> None:
        """Take bytes."""

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def resume_reading(self) -> None:
        """Go on."""


async def ask(app: Any, body: bytes) -> None:
    """Ask for one decode."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope: Any = {"type": "http", "method": "POST", "path": "/v1/decode", "root_path": ""}
    scope |= {"headers": headers, "query_string": b"", "http_version": "1.1", "scheme": "http"}
    transport: Any = _Transport()
    logger: Any = None
    event = asyncio.Event()
    cycle = RequestResponseCycle(
        scope, transport, transport, logger, logger, False, [], event, False, True, lambda: None
    )
    cycle.body, cycle.more_body = bytearray(body), False
    event.set()
    await app(scope, cycle.receive, cycle.send)
    assert cycle.response_complete


async def least_microseconds() -> float:
    """Start the application and return what a request costs its loop."""
    settings = Settings(store=str(MODEL.parent.parent), default_model=MODEL.parent.name)
    app = create_app(settings, [load_openvino])
    body, found = works()["decode"].bodies[0], []
    async with app.router.lifespan_context(app):
        while not app.state.service.registry.settled:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.05)
        for _ in range(SERIES):
            started = time.thread_time()
            for _ in range(REQUESTS):
                await ask(app, body)
            found.append((time.thread_time() - started) / REQUESTS)
    return 1e6 * min(found)


@contextmanager
def without(name: str) -> Iterator[None]:
    """Take a short cut away, or none."""
    if name not in SHORT_CUTS:
        yield
        return
    owner, attribute, instead = SHORT_CUTS[name]
    with patch.object(owner, attribute, instead):
        yield


def main() -> None:
    """Take turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    least = dict.fromkeys(["all short cuts", *SHORT_CUTS], float("inf"))
    for _ in range(rounds):
        for name in least:
            with without(name):
                least[name] = min(least[name], asyncio.run(least_microseconds()))
    best = least["all short cuts"]
    rows = [(f"without {name}", f"{us:.0f}", f"{us / best - 1:+.0%}") for name, us in least.items()]
    rows[0] = ("with all of them", f"{best:.0f}", "")
    print(table(("", "loop µs a request", "more"), rows))


if __name__ == "__main__":
    main()
