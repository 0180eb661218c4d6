"""A server under measurement: started, waited for, and what its whole process tree uses."""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from benchmarks.cpu_time import cpu_seconds
from tests.service_process import ROOT

START_SECONDS, STOP_SECONDS = 90, 20


class ServerProcess:
    """A server's process tree, from its start to its end."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], port: int, url: str) -> None:
        """Take the command, its environment's additions, and where it will answer."""
        self.command, self.env, self.port, self.url = command, env, port, url

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=os.environ | self.env,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        tree = self.tree()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        for pid in tree:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def first_answer(self, body: bytes, kind: str) -> float:
        """Return the seconds from the start to the first 200.

        Raises:
            RuntimeError: The server ended, or did not answer in time.
        """
        while time.monotonic() - self.started < START_SECONDS and self.process.poll() is None:
            with contextlib.suppress(OSError, urllib.error.URLError):
                self.post(body, kind)
                return time.monotonic() - self.started
            time.sleep(0.02)
        raise RuntimeError(f"{' '.join(self.command)} did not answer: {self.process.poll()}")

    def post(self, body: bytes, kind: str) -> bytes:
        """Post a body and return the answer's."""
        request = urllib.request.Request(self.url, body, {"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: bytes = answer.read()
            return content

    def tree(self) -> list[int]:
        """Return the process and its descendants, those that its session kept included."""
        found = [self.process.pid]
        processes = list(_processes())
        for pid, parent, session in processes:  # ascending: a parent comes before its child
            if parent in found or session == self.process.pid:
                found.append(pid)
        return list(dict.fromkeys(found))

    def cpu_seconds(self) -> float:
        """Return the user and system time of the tree's living processes."""
        total = 0.0
        for pid in self.tree():
            with contextlib.suppress(OSError):  # it may have ended
                total += cpu_seconds(pid)
        return total

    def memory(self) -> float:
        """Return the tree's memory in MiB, shared pages counted once."""
        return sum(_proportional_kib(pid) for pid in self.tree()) / 1024


def _processes() -> Iterator[tuple[int, int, int]]:
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            yield int(folder.name), int(fields[1]), int(fields[3])


def _proportional_kib(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
