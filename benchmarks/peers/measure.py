"""One round of one server: cold start, idle, and every work at every number of clients."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.server_process import ServerProcess
from benchmarks.peers.servers import Server, process
from benchmarks.peers.workload import MODEL, Work, same_pictures, send, works

IDLE_SECONDS: Final = 2.0
SAMPLES: Final = 5  # answers of each work that are compared with this service's
Answers = Mapping[str, list[bytes]]


def measure(
    server: Server, seconds: float, expected: Answers, variant: Mapping[str, str]
) -> dict[str, Any]:
    """Start a server, load it, and return its figures; `expected` as `answers` gives them."""
    with _started(server, **variant) as (running, cold):
        time.sleep(1)
        before = running.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        idle = (running.cpu_seconds() - before) / IDLE_SECONDS
        result: dict[str, Any] = {"cold": cold, "idle": idle, "wrong": 0}
        for name, work in works().items():
            running.url = server.url(running.port, work.operation)
            if server.pictures:
                given = _answers(running, work)
                pairs = zip(given, expected[name], strict=True)
                result["wrong"] += sum(not same_pictures(*pair) for pair in pairs)
            result[name] = _loads(running, work, seconds)
        result["memory"] = running.memory()
    return result


def answers(server: Server) -> Answers:
    """Return a server's answers to the first bodies of each work."""
    found = {}
    with _started(server) as (running, _):
        for name, work in works().items():
            running.url = server.url(running.port, work.operation)
            found[name] = _answers(running, work)
    return found


@contextmanager
def _started(server: Server, **variant: str) -> Iterator[tuple[ServerProcess, float]]:
    """Start a server on a store of one model; give the seconds to its first answer too."""
    first, *_ = works().values()
    with tempfile.TemporaryDirectory() as store:
        shutil.copytree(MODEL, Path(store) / "mnist-z12" / "1")
        with process(server, first.operation, Path(store), **variant) as running:
            yield running, running.first_answer(first.bodies[0], first.content_type)


def _answers(running: ServerProcess, work: Work) -> list[bytes]:
    return [running.post(body, work.content_type) for body in work.bodies[:SAMPLES]]


def _loads(running: ServerProcess, work: Work, seconds: float) -> dict[str, Any]:
    send(work, running.url, 16, 1)  # warm up
    loads = {}
    for clients in work.clients:
        before = running.cpu_seconds()
        load = send(work, running.url, clients, seconds)
        used = running.cpu_seconds() - before
        per_request = 1e6 * used / max(1, load.requests)
        loads[str(clients)] = {**load._asdict(), "cpu_us": per_request}
    return loads
