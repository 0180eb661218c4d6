"""Measure what a chart takes to make: `python -m benchmarks.charts.cost [ITEMS…]`.

The codes are drawn from 20 normal distributions; decoding for the figures is left out. Each row is
a process of its own; memory is its peak.
"""

import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import machine, table
from training.chart import make_chart


def measure(items: int, latent_dim: int) -> None:
    """Print seconds and MiB."""
    noise = np.random.default_rng(0)
    labels = noise.integers(0, 20, items)
    z = noise.normal(0, 2, (20, latent_dim))[labels] + noise.normal(0, 1, (items, latent_dim))
    began = time.monotonic()
    make_chart(z, labels, _flat)
    seconds = time.monotonic() - began
    print(f"{seconds:.0f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")


def _flat(z: NDArray[Any], _: NDArray[Any]) -> NDArray[Any]:
    return np.zeros((len(z), 1, 1, 1))


def main() -> None:
    """Print the table."""
    rows = []
    for items in [int(text) for text in sys.argv[1:]] or [4000, 10_000, 50_000]:
        for latent_dim in (12, 64):
            code = f"from benchmarks.charts.cost import measure; measure({items}, {latent_dim})"
            found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
            rows.append([f"{items:,}", str(latent_dim), *found.stdout.decode().split()])
    print(table(["items", "dimensions", "seconds", "MiB"], rows))
    print(f"\nMeasured on {machine()}.")


if __name__ == "__main__":
    main()
