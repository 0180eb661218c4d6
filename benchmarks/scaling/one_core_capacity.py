"""What one core serves, and a node's memory: the figures of docs/scale.md. Needs wrk.

    python -m benchmarks.scaling.one_core_capacity [ROUNDS]

The node has one processor to itself and one engine thread, wrk has the other.
"""

import os
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np

from benchmarks.report import machine, table
from benchmarks.wrk import load
from tests.service_process import BUNDLED_MODELS, ServiceProcess

MODEL, CLIENTS, SECONDS, ROUNDS, PATHS = "mnist-z12", 16, 4, 5, 20_000
KINDS = {
    "decode": "an image decoded from z, none of which was asked for before",
    "tile": "a tile of 64 decodes, computed",
    "kept tile": "a tile from the node's cache",
}


def paths(kind: str, seed: int) -> Iterator[str]:
    """Yield what is asked for, in order."""
    base = f"/v1/models/{MODEL}"
    if kind == "decode":
        for z in np.random.default_rng(seed).standard_normal((PATHS, 12)).round(4):
            yield f"{base}/decode?z={','.join(map(str, z))}"
    for i in range(PATHS if kind == "tile" else 64 if kind == "kept tile" else 0):
        zoom = 4 + seed if kind == "tile" else 3
        yield f"{base}/tiles/dims-0-1/{zoom}/{i % 150 - 75}/{i // 150 % 150 - 75}"


def main() -> None:
    """Measure in interleaved rounds, and print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    os.sched_setaffinity(0, {0})
    settings: dict[str, Any] = {"engine_threads": 1, "default_model": MODEL, "max_requests": 512}
    with ServiceProcess(BUNDLED_MODELS, **settings) as node:
        os.sched_setaffinity(0, {1})
        fresh = node.memory
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
        for seed in range(rounds):
            for kind in KINDS:
                one = load(node.origin, paths(kind, seed), CLIENTS, SECONDS)
                if one.errors:
                    raise SystemExit(f"{one.errors} of {one.requests} failed")
                found[kind].append((one.rate, one.p99))
        print(f"{machine()}; medians of {rounds} rounds of {SECONDS} s at {CLIENTS} clients\n")
        rows = []
        for kind, text in KINDS.items():
            rate, p99 = (median(values) for values in zip(*found[kind], strict=True))
            rows.append([text, f"{rate:,.0f}", f"{p99:.1f}"])
        print(table(["asked for", "requests/s of one core", "p99, ms"], rows))
        print(f"\nmemory: {fresh:.0f} MiB with two models, {node.memory:.0f} after the load")


if __name__ == "__main__":
    main()
