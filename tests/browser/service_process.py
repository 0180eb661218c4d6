"""The real service as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 120


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The real service as a process of its own, on one port for as many starts as wanted."""

    def __init__(self, store: Path, **settings: str) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}{settings.get('ATLAS_ROOT_PATH', '')}/"
        outside = {k: v for k, v in os.environ.items() if not k.startswith("ATLAS_")}
        own = {"ATLAS_STORE": str(store), "ATLAS_PORT": str(self.port), "ATLAS_HOST": "127.0.0.1"}
        self.environment = outside | own | settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, path: str = "health/ready") -> "Server":
        """Start it and wait until `path` answers 200."""
        command = [sys.executable, "-m", "app"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL
        )
        self.process = process
        wait_until(lambda: process.poll() is None and answers(self.url + path))
        return self

    def stop(self) -> None:
        """End it and wait until it is gone."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


def answers(url: str) -> bool:
    """Tell whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def fetch(url: str) -> bytes:
    """Get a body."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())
