"""One round of one server: cold start, idle, and every work at every number of clients."""

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.rows import MODEL, Row, process
from benchmarks.peers.work import Work, same_pictures, send, works

IDLE_SECONDS: Final = 2.0
SAMPLES: Final = 5  # answers of each work that are compared with this service's


def measure(
    row: Row, seconds: float, expected: Mapping[str, list[bytes]], variant: Mapping[str, str]
) -> dict[str, Any]:
    """Start a server, load it, and return its figures; `expected` as `answers` gives them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(MODEL, folder / "store" / "mnist-z12" / "1")
        first, *_ = all_works = works().values()
        with process(row, first.verb, folder / "store", **variant) as server:
            result: dict[str, Any] = {"cold": server.first_answer(first.bodies[0], first.kind)}
            time.sleep(1)
            before = server.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            result["idle"] = (server.cpu_seconds() - before) / IDLE_SECONDS
            base = server.url.removesuffix(row.paths[0])
            for name, work in zip(works(), all_works, strict=True):
                server.url = base + row.paths[work.verb == "reconstruct"]
                result["wrong"] = result.get("wrong", 0) + _wrong(server, row, work, expected[name])
                result[name] = _loads(server, work, seconds, folder)
            result["memory"] = server.memory()
    return result


def answers(row: Row) -> dict[str, list[bytes]]:
    """Return a server's answers to the first bodies of each work."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(MODEL, folder / "store" / "mnist-z12" / "1")
        found = {}
        first, *_ = works().values()
        with process(row, first.verb, folder / "store") as server:
            server.first_answer(first.bodies[0], first.kind)
            base = server.url.removesuffix(row.paths[0])
            for name, work in works().items():
                server.url = base + row.paths[work.verb == "reconstruct"]
                found[name] = [server.post(body, work.kind) for body in work.bodies[:SAMPLES]]
    return found


def _wrong(server: Any, row: Row, work: Work, expected: list[bytes]) -> int:
    """Count the sampled answers that are not this service's, within one grey level."""
    if not row.pictures:
        return 0
    pairs = zip(work.bodies, expected, strict=False)
    return sum(not same_pictures(png, server.post(body, work.kind)) for body, png in pairs)


def _loads(server: Any, work: Work, seconds: float, scratch: Path) -> dict[str, Any]:
    send(work, server.url, 16, 1, scratch)  # warm up
    loads = {}
    for clients in work.clients:
        before = server.cpu_seconds()
        load = send(work, server.url, clients, seconds, scratch)
        used = server.cpu_seconds() - before
        per_request = 1e6 * used / max(1, load.requests)
        loads[str(clients)] = {**load._asdict(), "cpu_us": per_request}
    return loads
