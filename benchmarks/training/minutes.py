"""Whether `atlas --minutes` keeps to its minutes: alone, and beside a busy loop on each core.

`python -m benchmarks.training.minutes FOLDER [--minutes M]`.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import table, verdict
from tests.service_process import ROOT

ALLOWED = 0.1  # of the budget
LOOP = "while True: pass"


@contextlib.contextmanager
def busy(loops: int) -> Iterator[None]:
    """Keep so many processes computing."""
    processes = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def seconds(folder: Path, minutes: float) -> float:
    """Make a model of the folder in a store of its own; return how long the process took."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "training", "atlas", str(folder.resolve())]
        started = time.monotonic()
        subprocess.run(
            [*command, "--minutes", str(minutes), "--store", "store"],
            cwd=scratch,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=True,
        )
        return time.monotonic() - started


def main() -> int:
    """Measure both, print the table, and say whether each is within a tenth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    rows = []
    for beside, loops in (("nothing", 0), (f"{cores} busy loops", cores)):
        load = os.getloadavg()[0]  # of whatever else the machine does
        with busy(loops):
            taken = seconds(options.folder, options.minutes)
        ratio = taken / (60 * options.minutes)
        rows.append((beside, f"{load:.1f}", f"{options.minutes:g}", f"{taken / 60:.2f}", ratio))
    heads = ("beside", "load before", "minutes asked for", "minutes taken", "ratio")
    print(table(heads, [(*row[:-1], f"{row[-1]:.2f}") for row in rows]))
    ratios = [row[-1] for row in rows]
    good = all(abs(ratio - 1) <= ALLOWED for ratio in ratios)
    return verdict(good, f"ratios {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    sys.exit(main())
