"""The limit of the model: this service's own engine, called in a loop without HTTP."""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from app.savedmodel import SavedModel
from benchmarks.peers.rows import MODEL
from benchmarks.peers.work import LATENT_DIM, SIDE
from models.manifest import Manifest


def engine() -> dict[str, float]:
    """Return milliseconds a call, medians."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    manifest = Manifest.model_validate_json((MODEL / "manifest.json").read_text())
    loaded = SavedModel(MODEL, manifest)
    random = np.random.default_rng(0)
    figures = {}
    for n in (1, 32, 64, 400):
        z = random.standard_normal((n, LATENT_DIM), dtype=np.float32)
        figures[f"decode {n}"] = _median_ms(lambda z=z: loaded.run("decode", {"z": z}))
    image = random.integers(0, 256, (1, SIDE, SIDE, 1), dtype=np.uint8)
    figures["reconstruct 1"] = _median_ms(lambda: loaded.run("reconstruct", {"image": image}))
    return figures


def _median_ms(call: Callable[[], Any], seconds: float = 1.5) -> float:
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)
