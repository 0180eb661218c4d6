"""A running service, a small HTTP client, and verdicts."""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

import orjson

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "exports" / "mnist-z12" / "1"  # of which the figures are


class Served:
    """`python -m app` on a free port of 127.0.0.1, ready when entered."""

    def __init__(self, store: Path, checkout: Path = ROOT, **settings: object) -> None:
        """Take the store, where the code is, and other settings, by their fields' names."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._checkout = checkout
        wanted = {"store": store, "port": self.port, **settings}
        self._env = {f"ATLAS_{k}".upper(): str(v) for k, v in wanted.items()}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "app"]
        self.process = subprocess.Popen(
            command, cwd=self._checkout, env=os.environ | self._env, stderr=subprocess.DEVNULL
        )
        self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def get(self, path: str) -> bytes:
        """Fetch a path."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            body: bytes = answer.read()
            return body

    def metric(self, start: str) -> float:
        """Return the sum of the metrics whose lines begin so."""
        lines = self.get("/metrics").decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))

    @property
    def memory(self) -> float:
        """Resident memory, MiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def cpu_seconds(self) -> float:
        """User and system time of the process."""
        return _cpu_seconds(Path(f"/proc/{self.process.pid}/stat"))

    @property
    def loop_seconds(self) -> float:
        """User and system time of the thread that runs the event loop, the first."""
        return _cpu_seconds(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/stat"))

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 180
        while True:
            try:
                self.get("/health/ready")
            except (OSError, urllib.error.URLError):
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return


def _cpu_seconds(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Answer(NamedTuple):
    """A status, headers in lower case, and the body; seconds from request to answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        """Take the port; the connection opens with the first request."""
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, method: str, path: str, body: bytes = b"", kind: str = "json") -> None:
        """Write a request; an image of `kind` png, or JSON."""
        if self._writer is None:
            connection = asyncio.open_connection("127.0.0.1", self._port)
            self._reader, self._writer = await connection
        media = "image/png" if kind == "png" else "application/json"
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {media}\r\n"
        self._writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await self._writer.drain()

    async def receive(self) -> Answer:
        """Read an answer."""
        started = time.perf_counter()
        assert self._reader is not None
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        lines = (line.partition(": ") for line in head[1:] if line)
        headers = {name.lower(): value for name, _, value in lines}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(head[0].split()[1]), headers, body, time.perf_counter() - started)

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "json") -> Answer:
        """Send a request and read its answer."""
        started = time.perf_counter()
        await self.send(method, path, body, kind)
        answer = await self.receive()
        return answer._replace(seconds=time.perf_counter() - started)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def latents(*vectors: Iterable[float]) -> bytes:
    """Write the body of a decode."""
    return orjson.dumps({"z": [list(vector) for vector in vectors]})


def percentile(seconds: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def store_argument() -> Path:
    """Read `--store` from the command line: the bundled models unless it is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", type=Path, default=ROOT / "models" / "exports")
    store: Path = parser.parse_args().store.resolve()
    return store


def verdict(good: bool, text: str) -> int:
    """Print PASS or FAIL with the figures, and return the exit code."""
    print(f"{'PASS' if good else 'FAIL'}  {text}", flush=True)
    return 0 if good else 1
