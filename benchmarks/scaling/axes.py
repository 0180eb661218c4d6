"""What is grown, one axis a function: each returns x and, at each x, the figures to plot."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import orjson

from benchmarks.peers.server_process import ServerProcess
from benchmarks.peers.servers import SERVERS, process
from benchmarks.peers.workload import MODEL, Work, send
from benchmarks.scaling.generated_models import copies, exported

Figures = dict[int, dict[str, float]]
SECONDS = 2


def batch_size(_: Path) -> Figures:
    """Grow the vectors of a request."""
    with _mnist() as server:
        return {
            n: _loaded(server, _vectors(n, 12), 1, per_request=n) for n in (1, 4, 16, 64, 256, 1024)
        }


def clients(_: Path) -> Figures:
    """Grow the connections."""
    with _mnist() as server:
        bodies = _vectors(1, 12)
        return {n: _loaded(server, bodies, n) for n in (1, 2, 4, 8, 16, 32, 64, 128)}


def image_side(store: Path) -> Figures:
    """Grow the images, 16 clients."""
    return {side: _model(store, side, 12) for side in (28, 64, 128)}


def latent_dim(store: Path) -> Figures:
    """Grow the latent space, 16 clients."""
    return {d: _model(store, 28, d) for d in (2, 8, 32, 128)}


def models(_: Path) -> Figures:
    """Grow the number of models served."""
    figures = {}
    for n in (1, 2, 4, 8):
        with tempfile.TemporaryDirectory() as scratch:
            copies(Path(scratch) / "store", n)
            with _served(Path(scratch) / "store", "copy-0") as server:
                cold = server.first_answer(*_first(12))
                found = _loaded(server, _vectors(1, 12), 16)
            figures[n] = {**found, "cold start, s": cold}
    return figures


AXES: dict[str, Callable[[Path], Figures]] = {
    "batch size": batch_size,
    "clients": clients,
    "image side": image_side,
    "latent_dim": latent_dim,
    "models": models,
}


def _vectors(n: int, d: int) -> tuple[bytes, ...]:
    random = np.random.default_rng(n)
    return tuple(orjson.dumps({"z": random.standard_normal((n, d)).tolist()}) for _ in range(16))


def _first(d: int) -> tuple[bytes, str]:
    return _vectors(1, d)[0], "application/json"


def _served(store: Path, name: str) -> ServerProcess:
    row = SERVERS["ours"]._replace(path=f"/v1/models/{name}/{{}}")
    return process(row, "decode", store)


@contextmanager
def _mnist() -> Iterator[ServerProcess]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(MODEL, folder / "store" / "mnist-z12" / "1")
        with _served(folder / "store", "mnist-z12") as server:
            server.first_answer(*_first(12))
            yield server


def _model(store: Path, side: int, d: int) -> dict[str, float]:
    name = exported(store, side, d)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(store / name, folder / "store" / name)
        with _served(folder / "store", name) as server:
            server.first_answer(*_first(d))
            return _loaded(server, _vectors(1, d), 16)


def _loaded(
    server: ServerProcess, bodies: tuple[bytes, ...], n: int, per_request: int = 1
) -> dict[str, float]:
    work = Work("decode", "application/json", bodies, (n,))
    send(work, server.url, n, 1)
    load = send(work, server.url, n, SECONDS)
    assert not load.errors, load
    return {
        "p50, ms": load.p50,
        "images/s": per_request * load.rate,
        "memory, MiB": server.memory(),
    }
