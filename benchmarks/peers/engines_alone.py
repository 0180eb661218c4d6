"""The limit of the model: this service's own engines, called in a loop without HTTP."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, get_args

import numpy as np

from app.engines.base import Engine
from app.engines.select import EngineName, choose_engines
from benchmarks.peers.workload import LATENT_DIM, MODEL, SIDE
from models.manifest import Manifest

SECONDS = 1.5
PART, THREADS = 32, 2  # as the service computes: parts of a batch, side by side


def engines() -> dict[str, dict[str, float]]:
    """Return milliseconds a call, medians, by engine and call."""
    names = [name for name in get_args(EngineName) if name != "auto"]
    return {name: _engine(name) for name in names}


def _engine(name: EngineName) -> dict[str, float]:
    manifest = Manifest.model_validate_json((MODEL / "manifest.json").read_text())
    engine = choose_engines(name)[0](MODEL, manifest)
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (1, SIDE, SIDE, 1), dtype=np.uint8)
    figures = {"reconstruct 1": _median_ms(lambda: engine.run("reconstruct", {"image": image}))}
    for n in (1, 32):
        z = random.standard_normal((n, LATENT_DIM), dtype=np.float32)
        figures[f"decode {n}"] = _median_ms(partial(engine.run, "decode", {"z": z}))
    for n in (64, 400):
        z = random.standard_normal((n, LATENT_DIM), dtype=np.float32)
        with ThreadPoolExecutor(THREADS) as threads:
            figures[f"decode {n}"] = _median_ms(partial(_in_parts, engine, threads, z))
    return figures


def _in_parts(engine: Engine, threads: ThreadPoolExecutor, z: Any) -> None:
    parts = np.split(z, range(PART, len(z), PART))
    list(threads.map(lambda part: engine.run("decode", {"z": part}), parts))


def _median_ms(call: Callable[[], Any]) -> float:
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times) < 10:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)
