"""What it gains to rewrite a decoder for OpenVINO: as it was exported, folded, and in blocks too.

One thread each, in turn at every step; medians of microseconds an image.
"""

import statistics
import time
from collections import defaultdict
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from app.engines.openvino.engine import OpenVINOEngine
from benchmarks.peers.workload import MODEL
from models.manifest import read_manifest

SIZES: Final = (1, 8, 32)
ROUNDS, IMAGES = 40, 64


def nothing(*_: Any) -> None:
    """Leave a model as it is."""


def main() -> None:
    """Load the three, let them take turns, and print a line for each batch size."""
    manifest = read_manifest(MODEL)
    module = "app.engines.openvino.engine"
    engines = {"folded, in blocks": OpenVINOEngine(MODEL, manifest)}
    with patch(f"{module}.compute_in_blocks", nothing):
        engines["folded"] = OpenVINOEngine(MODEL, manifest)
        with patch(f"{module}.fold", nothing):
            engines["as exported"] = OpenVINOEngine(MODEL, manifest)
    z = np.random.default_rng(0).standard_normal((max(SIZES), 12), dtype=np.float32)
    took = defaultdict(list)
    for turn in range(ROUNDS + 1):
        for size in SIZES:
            for name, engine in engines.items():
                started = time.perf_counter()
                for _ in range(IMAGES // size):
                    engine.run("decode", {"z": z[:size]})
                if turn:
                    took[size, name].append((time.perf_counter() - started) / IMAGES)
    for size in SIZES:
        medians = {name: 1e6 * statistics.median(took[size, name]) for name in engines}
        print(f"batch {size}:", ", ".join(f"{k} {v:.0f} µs" for k, v in medians.items()))


if __name__ == "__main__":
    main()
