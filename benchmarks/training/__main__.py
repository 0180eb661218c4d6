"""Milliseconds a step of the articles' network at batch 256, this project's and others' ways.

    python -m benchmarks.training [--only ROW …] [--rounds 5] [--budget SECONDS] [--write]

Each row runs in a process of its own, in turn, so that a slow minute meets all. PyTorch needs
.venv/peers/torch with `pip install torch==2.13.0 numpy`; without it its rows are left out. Rounds
that are on disk (runs/training-speed) are kept; `--fresh` forgets them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.report import write_section
from benchmarks.training.table import table

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "runs" / "training-speed"
TORCH: Final = ROOT / ".venv" / "peers" / "torch" / "bin" / "python"


class Row(NamedTuple):
    """A way of training."""

    title: str
    module: str
    arguments: tuple[str, ...] = ()


BF16: Final = ("--precision", "bfloat16")
ROWS: Final = {
    "rate": Row("matrix products", "rate"),
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
    options = _options()
    if options.fresh:
        shutil.rmtree(options.results, ignore_errors=True)
    options.results.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + options.budget
    for number in range(1, options.rounds + 1):
        for name in options.only:
            file = options.results / f"{name}-{number}.json"
            if not file.exists() and time.monotonic() < end:
                _measure(ROWS[name], file)
    text = table(options.results, {name: row.title for name, row in ROWS.items()})
    print(text)
    if options.write:
        write_section("training", text)


def _measure(row: Row, file: Path) -> None:
    python = TORCH if row.module == "pytorch" else Path(sys.executable)
    if not python.exists():
        print(f"{row.title}: left out, {python} is missing", flush=True)
        return
    command = [str(python), "-m", f"benchmarks.training.variants.{row.module}", *row.arguments]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        print(f"{row.title}: failed\n{done.stderr[-2000:]}", flush=True)
        return
    figures = json.loads(done.stdout.splitlines()[-1])
    print(f"{row.title}: {[round(value, 2) for value in figures]}", flush=True)
    file.write_text(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=1e9, help="start nothing after it; seconds")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--fresh", action="store_true", help="forget what was measured")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
