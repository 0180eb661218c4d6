"""Quality on the MNIST test set: fit every row with every seed, measure, write docs/results.md.

    python -m benchmarks.quality --data DIR [--runs runs/quality] [--seeds 3] [--only ROW …]

A run that is there is taken up where it stands, so the script can be stopped and started again.
"""

import argparse
import datetime as dt
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from training.config import load_config
from training.datasets import load_dataset
from training.errors import RunInvalid
from training.evaluate import Evaluation, evaluate, read_evaluation
from training.fit import fit, resume
from training.runs import Run, open_run

RESULTS: Final = Path("docs/results.md")
SCHEDULE: Final = (
    "beta=1.0",
    "batch_size=100",
    "learning_rate=0.002",
    "learning_rate_decay=cosine",
    "precision=bfloat16",
)


class Row(NamedTuple):
    """One line of the table: what is fitted, and what is read off."""

    config: str
    settings: tuple[str, ...]
    metric: str
    bar: float
    nll_samples: int = 0


ROWS: Final = {
    "grey-z12": Row("mnist-z12", ("epochs=15", *SCHEDULE), "negative_elbo", 103.0),
    "grey-z2": Row("mnist-z2", ("epochs=40", *SCHEDULE), "negative_elbo", 147.0),
    "dynamic-z16": Row(
        "mnist-z12",
        ("latent_dim=16", "binarisation=dynamic", "epochs=30", *SCHEDULE),
        "nll",
        88.5,
        500,  # the bar is of K = 5000; the estimate falls with K, so this one is from above
    ),
}


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs/quality"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--write-only", action="store_true", help="measure nothing new")
    options = parser.parse_args()
    if not options.write_only:
        for seed in range(options.seeds):
            for name in options.only:
                measured(name, seed, options.runs, options.data)
    RESULTS.write_text(text(options.runs))
    print(RESULTS.read_text())


def measured(name: str, seed: int, runs: Path, data: Path) -> Evaluation:
    """Fit and evaluate one row with one seed, as far as that has not been done."""
    folder = runs / f"{name}-{seed}"
    row = ROWS[name]
    run = _fitted(row, seed, folder, data)
    try:
        return read_evaluation(folder)
    except RunInvalid:
        return evaluate(run, row.nll_samples)


def _fitted(row: Row, seed: int, folder: Path, data: Path) -> Run:
    if folder.exists():
        run = open_run(folder)
        return run if len(run.history()) == run.config.epochs else resume(folder)
    config = load_config(row.config, [*row.settings, f"seed={seed}"])
    return fit(config, data, load_dataset(config, data), folder)


def text(runs: Path) -> str:
    """Write the table of all evaluations that are there."""
    lines = [
        "# Results on the MNIST test set",
        "",
        f"Written by `python -m benchmarks.quality` on {dt.date.today():%Y-%m-%d}, "  # noqa: DTZ011
        f"{os.cpu_count()} cores of {platform.machine()}. Nats per image on the 10,000 test "
        "images, which no training has seen; the source's network, 417,305 parameters at z_dim 12.",
        "",
        "| row | seeds | objective | metric | mean | each | bar |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in ROWS.items():
        found = _evaluations(name, runs)
        if not found:
            continue
        values = [evaluation.metrics[row.metric] for evaluation in found]
        each = ", ".join(f"{value:.2f}" for value in values)
        lines.append(
            f"| {name} | {len(values)} | {found[0].objective} | {row.metric} "
            f"| {statistics.mean(values):.2f} | {each} | {row.bar}{_missed(values, row.bar)} |"
        )
    lines += ["", "## Commands", "", *_commands(), *_comparison(runs)]
    return "\n".join(lines) + "\n"


def _missed(values: Sequence[float], bar: float) -> str:
    over = statistics.mean(values) - bar
    return f", missed by {over:.2f}" if over > 0 else ""


def _comparison(runs: Path) -> list[str]:
    """Return the table of `compare`, where one has been written into the runs' folder."""
    table = runs / "compare" / "compare.md"
    if not table.exists():
        return []
    return [
        "",
        "## The strategies side by side",
        "",
        "`python -m training compare --config mnist-z12 --data DIR --steps 60`: same images, "
        "weights and noise, in turn at every step; means over the steps, nats per image.",
        "",
        table.read_text().rstrip(),
    ]


def _evaluations(name: str, runs: Path) -> list[Evaluation]:
    found = []
    for folder in sorted(runs.glob(f"{name}-*")):
        try:
            found.append(read_evaluation(folder))
        except RunInvalid:
            continue
    return found


def _commands() -> Sequence[str]:
    return [
        f"- {name}: `python -m training fit --config {row.config} --data DIR "
        f"--set {' '.join(row.settings)} seed=N`, then `python -m training evaluate RUN"
        + (f" --nll-samples {row.nll_samples}`" if row.nll_samples else "`")
        for name, row in ROWS.items()
    ]


if __name__ == "__main__":
    main()
