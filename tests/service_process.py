"""The service as a process of its own: `python -m app` on a free port of 127.0.0.1."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
BUNDLED_MODELS = ROOT / "models" / "exports"
START_SECONDS = 180


class ServiceProcess:
    """The service, ready when entered; it keeps its port through as many starts as wanted."""

    def __init__(self, store: Path, checkout: Path = ROOT, **settings: object) -> None:
        """Take the store, whose code is to run, and other settings by their fields' names."""
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}{settings.get('root_path', '')}/"
        self._checkout = checkout
        wanted = {"store": store, "host": "127.0.0.1", "port": self.port, **settings}
        if store == BUNDLED_MODELS:
            wanted.setdefault("default_model", "mnist-z12")  # whatever else comes with the project
        self._environment = {f"ATLAS_{k}".upper(): str(v) for k, v in wanted.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self) -> list[str]:
        """Return what is run."""
        return [sys.executable, "-m", "app"]

    def start(self, path: str = "health/ready") -> Self:
        """Start it and wait until `path` answers 200."""
        environment = os.environ | self._environment
        process = self._process = subprocess.Popen(
            self.command(), cwd=self._checkout, env=environment, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: process.poll() is not None or answers(self.url + path), START_SECONDS)
        assert process.poll() is None, "the service ended"
        return self

    def stop(self) -> int:
        """Send SIGTERM if it runs, and return the exit code; 0 where it was never started."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._process.wait(60)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of the last start."""
        assert self._process is not None
        return self._process

    def get(self, path: str) -> bytes:
        """Get a body; the path begins with a slash."""
        return fetch(self.origin + path)

    def default_model(self) -> dict[str, Any]:
        """Return the manifest of the default model."""
        name = json.loads(self.get("/v1/models"))["default"]
        manifest: dict[str, Any] = json.loads(self.get(f"/v1/models/{name}"))["manifest"]
        return manifest

    def metric(self, start: str) -> float:
        """Return the sum of the metrics whose lines begin so."""
        lines = self.get("/metrics").decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))

    @property
    def memory(self) -> float:
        """Resident memory, MiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody else is given while this process lives.

    A socket that is bound to it and does not listen keeps connections and other processes from
    being given it before a server listens; SO_REUSEADDR, which servers set, lets them share it.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port: int = kept.getsockname()[1]
    kept.detach()
    return port


def answers(url: str) -> bool:
    """Tell whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def fetch(url: str) -> bytes:
    """Get a body."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())
