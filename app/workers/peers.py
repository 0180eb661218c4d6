"""What the workers of one service know of each other: a folder in which each has a file.

A worker writes there, from when it serves, which versions it has loaded. With that, all of them
load a new version one after the other, and answer with it from the same moment. A worker's file is
removed when it dies, so nobody waits for it.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final

LOOK_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 60.0  # with a worker that hangs


class Peers:
    """The other workers, as one of them sees them."""

    def __init__(self, folder: Path, number: int) -> None:
        """Take the folder that all share, and one's own number, 0 being the first."""
        self.folder = folder
        self.number = number
        self._loaded: set[str] | None = None  # None until it serves

    def serve(self, versions: Iterable[str]) -> None:
        """Let the others know that this worker serves, and which versions."""
        if (loaded := {*versions}) != self._loaded:
            self._tell(loaded)

    async def agree(self, versions: Iterable[str]) -> None:
        """Say that these versions are loaded, and wait until all workers that serve have them."""
        wanted = {*versions}
        if self._loaded is not None and not wanted <= self._loaded:
            self._tell(self._loaded | wanted)
        await _wait_for(lambda: all(wanted <= {*told["versions"]} for told in self._others()))

    def beat(self) -> None:
        """Let the supervisor know that this worker's event loop goes on."""
        with contextlib.suppress(FileNotFoundError):  # it does not serve yet
            os.utime(_file(self.folder, self.number))

    def _tell(self, loaded: set[str]) -> None:
        """Write the file that the others read."""
        self._loaded = loaded
        new = self.folder / f".{self.number}"
        new.write_text(json.dumps({"pid": os.getpid(), "versions": sorted(loaded)}))
        new.replace(_file(self.folder, self.number))

    def _others(self) -> list[dict[str, Any]]:
        return [told for number, told in _told(self.folder) if number != self.number]

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until no other worker is here; the system lets go what a dead one held."""
        with (self.folder / "turn").open("w") as lock:
            await _wait_for(lambda: _is_locked(lock))
            yield

    def processes(self) -> dict[int, int]:
        """Return the process ids of the workers that serve, by their numbers."""
        return {number: told["pid"] for number, told in _told(self.folder)}


def forget(folder: Path, number: int) -> bool:
    """Remove the file of a worker that has ended, and tell whether it has ever served."""
    try:
        _file(folder, number).unlink()
    except FileNotFoundError:
        return False
    return True


def last_beat(folder: Path, number: int) -> int:
    """Return when a worker let hear from it, in nanoseconds; 0 before it serves."""
    try:
        return _file(folder, number).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.json"


def _told(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # it has died just now
            yield int(path.stem), json.loads(path.read_text())


def _is_locked(lock: IO[str]) -> bool:
    """Take a lock, if it is free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _wait_for(condition: Callable[[], bool]) -> None:
    """Return when it holds, or at the end of one's patience."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < end:  # noqa: ASYNC110 - other processes
        await asyncio.sleep(LOOK_SECONDS)
