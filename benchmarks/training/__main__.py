"""Milliseconds a step of the articles' network at batch 256, this project's and others' ways.

    python -m benchmarks.training [--only ROW …] [--rounds 5] [--budget SECONDS] [--write]

Each row runs in a process of its own, in turn, so that a slow minute meets all. PyTorch needs
.venv/peers/torch with `pip install torch==2.13.0 numpy`; without it its rows are left out. Rounds
that are on disk (runs/training-speed) are kept; `--fresh` forgets them.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.report import write_section
from benchmarks.rounds import add_options, run_rounds
from benchmarks.training.table import table
from tests.service_process import ROOT

TORCH: Final = ROOT / ".venv" / "peers" / "torch" / "bin" / "python"


class Row(NamedTuple):
    """A way of training."""

    title: str
    module: str
    arguments: tuple[str, ...] = ()


BF16: Final = ("--precision", "bfloat16")
ROWS: Final = {
    "rate": Row("matrix products", "matmul_rate"),
    "keras": Row("Keras 3 `fit`, as people write it", "keras_fit"),
    "keras-bf16": Row("Keras 3 `fit`, mixed_bfloat16", "keras_fit", BF16),
    "tf_keras": Row("tf_keras `fit`, symbolic `add_loss`", "tf_keras_fit"),
    "torch": Row("PyTorch eager", "pytorch"),
    "torch-compiled": Row("PyTorch compiled", "pytorch", ("--compiled", "1")),
    "torch-bf16": Row("PyTorch eager, bfloat16", "pytorch", BF16),
    "ours": Row("ours", "ours"),
    "ours-slices": Row("ours, `slices=8`", "ours", ("--slices", "8")),
    "ours-bf16": Row("ours, `precision=bfloat16`", "ours", BF16),
    "ours-bf16-slices": Row(
        "ours, `precision=bfloat16 slices=4`", "ours", (*BF16, "--slices", "4")
    ),
}
SECONDS: Final = 180  # more than any row needs


def main() -> None:
    """Measure what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser, ROWS, ROOT / "runs" / "training-speed")
    options = parser.parse_args()
    run_rounds(options, lambda name: _measure(ROWS[name]))
    text = table(options.results, {name: row.title for name, row in ROWS.items()})
    print(text)
    if options.write:
        write_section("training", text)


def _measure(row: Row) -> list[float] | None:
    python = TORCH if row.module == "pytorch" else Path(sys.executable)
    if not python.exists():
        print(f"{row.title}: left out, {python} is missing", flush=True)
        return None
    command = [str(python), "-m", f"benchmarks.training.variants.{row.module}", *row.arguments]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        print(f"{row.title}: failed\n{done.stderr[-2000:]}", flush=True)
        return None
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{row.title}: {[round(value, 2) for value in figures]}", flush=True)
    return figures


if __name__ == "__main__":
    main()
