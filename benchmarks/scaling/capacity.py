"""What one core serves, and a node's memory: the figures of docs/scale.md. Needs wrk.

    python -m benchmarks.scaling.capacity [ROUNDS]

The node has one processor to itself and one engine thread, wrk has the other.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import machine
from benchmarks.service.harness import ROOT, Served

MODEL, CLIENTS, SECONDS, ROUNDS, PATHS = "mnist-z12", 16, 4, 5, 20_000
SCRIPT = Path(__file__).with_name("paths.lua")
KINDS = {
    "decode": "an image decoded from z, none of which was asked for before",
    "tile": "a tile of 64 decodes, computed",
    "kept tile": "a tile from the node's cache",
}


def paths(kind: str, seed: int) -> Iterator[str]:
    """Yield what is asked for, in order."""
    verb = f"/v1/models/{MODEL}"
    if kind == "decode":
        for z in np.random.default_rng(seed).standard_normal((PATHS, 12)).round(4):
            yield f"{verb}/decode?z={','.join(map(str, z))}"
    for i in range(PATHS if kind == "tile" else 64 if kind == "kept tile" else 0):
        zoom = 4 + seed if kind == "tile" else 3
        yield f"{verb}/tiles/dims-0-1/{zoom}/{i % 150 - 75}/{i // 150 % 150 - 75}"


def rate(port: int, file: Path) -> tuple[float, float]:
    """Return requests per second and p99, milliseconds.

    Raises:
        RuntimeError: A request failed.
    """
    url = f"http://127.0.0.1:{port}"
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--latency", "-s", str(SCRIPT), url]
    ended = subprocess.run([*command, "--", str(file)], check=True, capture_output=True, text=True)
    told = json.loads(ended.stdout.splitlines()[-1])
    if told["errors"]:
        raise RuntimeError(f"{told['errors']} of {told['requests']} failed")
    return told["requests"] / told["seconds"], told["p99"]


def main() -> None:
    """Measure in interleaved rounds, and print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    os.sched_setaffinity(0, {0})
    settings: dict[str, Any] = {"engine_threads": 1, "default_model": MODEL, "max_requests": 512}
    with (
        Served(ROOT / "models" / "exports", **settings) as node,
        tempfile.TemporaryDirectory() as scratch,
    ):
        os.sched_setaffinity(0, {1})
        fresh = node.memory
        file = Path(scratch) / "paths.txt"
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
        for seed in range(rounds):
            for kind in KINDS:
                file.write_text("\n".join(paths(kind, seed)) + "\n")
                found[kind].append(rate(node.port, file))
        print(f"{machine()}; medians of {rounds} rounds of {SECONDS} s at {CLIENTS} clients\n")
        print("| asked for | requests/s of one core | p99, ms |\n|---|---|---|")
        for kind, text in KINDS.items():
            rates, p99s = map(statistics.median, zip(*found[kind], strict=True))
            print(f"| {text} | {rates:,.0f} | {p99s:.1f} |")
        print(f"\nmemory: {fresh:.0f} MiB with two models, {node.memory:.0f} after the load")


if __name__ == "__main__":
    main()
