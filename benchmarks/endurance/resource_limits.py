"""Limits of the system: few file descriptors, little memory, and `kill -9` under load."""

import os
import resource
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.report import verdict
from tests.service_process import BUNDLED_MODELS, ServiceProcess

STORE = BUNDLED_MODELS
PATH = "/v1/models/mnist-z2/sample?n=64&seed="
FILES, CLIENTS = 64, 200


def few_files() -> int:
    """More clients than descriptors: when they have gone, requests are answered as before."""
    with ServiceProcess(STORE, body_seconds=1) as served:
        resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        with ExitStack() as stack:
            for _ in range(CLIENTS):
                stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
        started, resets = time.monotonic(), 0
        while True:
            try:
                good = len(served.get(PATH + "1")) > 0
                break
            except ConnectionError:  # libuv hangs up on its queue while it has no descriptor
                resets += 1
        took = time.monotonic() - started
    text = f"files: {CLIENTS} clients on {FILES} descriptors, then {took:.2f} s, {resets} resets"
    return verdict(good and took < 1, text)


def little_memory() -> int:
    """Memory that is refused is a request's failure at most, not the service's."""
    with ServiceProcess(STORE) as served:
        pid = served.process.pid
        used = 4096 * int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        unlimited = resource.prlimit(pid, resource.RLIMIT_AS)
        resource.prlimit(pid, resource.RLIMIT_AS, (used + (64 << 20), unlimited[1]))
        failed = 0
        for seed in range(50):
            try:
                served.get(
                    f"/v1/models/mnist-z2/sample?n=1024&format=npy&dtype=float32&seed={seed}"
                )
            except OSError:
                failed += 1
        resource.prlimit(pid, resource.RLIMIT_AS, unlimited)
        alive = served.process.poll() is None and len(served.get(PATH + "2")) > 0
    return verdict(alive, f"memory: 64 MiB more than idle, {failed} of 50 large requests failed")


def killed() -> int:
    """Killed and started again as a supervisor would: until it is ready, against a first start."""
    started = time.monotonic()
    with ServiceProcess(STORE) as served:
        first = time.monotonic() - started
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
    started = time.monotonic()
    with ServiceProcess(STORE) as again:
        took = time.monotonic() - started
        again.get(PATH + "3")
    text = f"kill -9: ready {took:.1f} s after it, a first start {first:.1f} s"
    return verdict(took < first + 1, text)


if __name__ == "__main__":
    sys.exit(max([few_files(), little_memory(), killed()]))
