"""`python -m app` as a process: its start, its answers with the real engine, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service_process import ROOT, answers, free_port


def start(**settings: object) -> subprocess.Popen[str]:
    """Start the service, which hears SIGHUP even where these tests run under nohup."""
    env = os.environ | {f"ATLAS_{k}".upper(): str(v) for k, v in settings.items()}
    command = [sys.executable, "-m", "app"]
    ignored = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGHUP, ignored)


@pytest.fixture
def served(tiny_store: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Return a ready service and its address; whatever it writes to its log is JSON lines."""
    port = free_port()
    process = start(store=tiny_store, port=port, engine="tensorflow")
    assert process.stderr
    lines: list[str] = []
    reading = threading.Thread(target=lines.extend, args=(process.stderr,))  # or the pipe fills up
    reading.start()
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 120
    while not answers(f"{address}/health/ready"):
        assert time.monotonic() < end
        assert process.poll() is None
    yield process, address
    process.kill()
    process.wait()
    reading.join()
    process.stderr.close()
    assert all(json.loads(line)["message"] for line in lines)


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGHUP])
def test_it_draws_and_ends_well(
    served: tuple[subprocess.Popen[str], str], signalled: signal.Signals
) -> None:
    """A grid of the trained model is drawn; the end of the terminal ends it like SIGTERM, well."""
    process, address = served
    with urllib.request.urlopen(f"{address}/v1/latent-grid?rows=2&columns=3") as answer:
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-model-version"] == "digits-z2@1"
    process.send_signal(signalled)
    assert process.wait(30) == 0


def test_a_wrong_setting_ends_it_with_code_2() -> None:
    """The message names the setting; nothing is served."""
    process = start(prot=1)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "ATLAS_PROT" in message


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """The log says which address is in use, and the exit code is not 0."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(port=taken.getsockname()[1], store=tmp_path)
        _, message = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "address already in use" in message
