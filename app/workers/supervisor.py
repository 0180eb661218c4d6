"""Start several processes that serve one port, replace one that dies, and end all together."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

from app.server.port import bind
from app.settings import PREFIX, Settings
from app.workers.peers import forget, last_beat

log = logging.getLogger(__name__)
CANNOT_START: Final = 3  # as uvicorn says
WILL_NOT_HELP: Final = (2, CANNOT_START)  # to start again: wrong settings, a port that is taken
LOOK_SECONDS: Final = 5.0
HUNG_LOOKS: Final = 12  # in a row at which a worker's event loop has not gone on
LONGEST_PAUSE: Final = 30.0  # seconds between two tries to start a worker that cannot serve


def supervise(settings: Settings) -> int:
    """Serve with several processes until a signal comes; return the exit code."""
    if sys.platform != "linux":
        log.error("ATLAS_WORKERS is %d, which needs Linux: it shares a port", settings.workers)
        return CANNOT_START
    try:
        sockets = bind(settings.host, settings.port, join=False)  # hold the port, and never listen
    except OSError as error:
        reason = (error.strerror or "").lower()
        log.error("cannot listen on %s:%d: %s", settings.host, settings.port, reason)  # noqa: TRY400
        return CANNOT_START
    with tempfile.TemporaryDirectory(prefix="vae-atlas-") as folder:
        port = sockets[0].getsockname()[1]
        return asyncio.run(Supervisor(settings.workers, port, Path(folder)).run())


class Supervisor:
    """The process that starts the others. It answers no request itself."""

    def __init__(self, workers: int, port: int, folder: Path) -> None:
        """Take how many workers there are, their port, and the folder that they share."""
        self._workers = workers
        self._folder = folder
        self._environment = {
            **os.environ,
            f"{PREFIX}PORT": str(port),
            f"{PREFIX}WORKERS": str(workers),
        }
        self._running: dict[int, Process] = {}
        self._ending = asyncio.Event()

    async def run(self) -> int:
        """Keep all workers running until a signal comes; return the first bad exit code, or 0."""
        loop = asyncio.get_running_loop()
        for received in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(received) is not signal.SIG_IGN:  # as nohup leaves SIGHUP
                loop.add_signal_handler(received, self._end, received)
        codes = await asyncio.gather(*map(self._keep_running, range(self._workers)))
        return next(filter(None, codes), 0)

    def _end(self, received: signal.Signals) -> None:
        """Pass a signal on; the second one ends the workers at once, as it does with one process.

        The end of a terminal is a SIGTERM to them.
        """
        self._ending.set()
        passed = signal.SIGINT if received == signal.SIGINT else signal.SIGTERM
        for worker in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(passed)

    async def _keep_running(self, number: int) -> int:
        """Start a worker, and another when it dies, until the end; return its last exit code."""
        has_served, pause = False, 0.0
        while not self._ending.is_set():
            code = await self._run(number)
            if self._ending.is_set():
                return code
            served = forget(self._folder, number)
            has_served |= served
            if code in WILL_NOT_HELP and not has_served:
                self._end(signal.SIGTERM)
                return code
            pause = 0 if served else min(max(1, 2 * pause), LONGEST_PAUSE)
            log.error("worker %d ended with code %d; the next starts in %g s", number, code, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
        return 0

    async def _run(self, number: int) -> int:
        """Run a worker from its start to its end; return its exit code, as a shell tells it.

        It ends with its standard input, and so does not outlive this process.
        """
        command = (sys.executable, "-m", "app", "worker", str(number), str(self._folder))
        worker = self._running[number] = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            env=self._environment,
            process_group=0,  # a terminal's Ctrl-C goes to this process, which passes it on
        )
        if self._ending.is_set():  # meanwhile
            worker.terminate()
        code = await self._wait(worker, number)
        if self._ending.is_set() and -code in {signal.SIGTERM, signal.SIGINT}:
            return 0  # it had not begun to serve
        return code if code >= 0 else 128 - code

    async def _wait(self, worker: Process, number: int) -> int:
        """Return a worker's exit code; one whose event loop hangs is killed.

        Looks are counted, not seconds, in which the machine or all processes may have slept.
        """
        heard, looks = 0, 0
        while True:
            try:
                return await asyncio.wait_for(worker.wait(), LOOK_SECONDS)
            except TimeoutError:
                before, heard = heard, last_beat(self._folder, number)
            looks = looks + 1 if heard and heard == before else 0
            if looks == HUNG_LOOKS and not self._ending.is_set():
                log.error("worker %d hangs, and is killed", number)
                worker.kill()
