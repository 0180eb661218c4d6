"""Quality on the MNIST test set: fit every row with every seed, measure, write docs/results.md.

    python -m benchmarks.quality --data DIR [--runs runs/quality] [--seeds 3] [--only ROW …]

A run that is there is taken up where it stands, so the script can be stopped and started again.
What was measured is kept in docs/results.json, so that seeds can be added later, on other machines.
"""

import argparse
import datetime as dt
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.report import write_section
from training.config import load_config
from training.evaluate import evaluated
from training.fit import fit, resume
from training.load_dataset import load_dataset
from training.runs import Run, open_run

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "results.md"
MEASURED: Final = ROOT / "docs" / "results.json"
SCHEDULE: Final = (
    "beta=1.0",
    "batch_size=100",
    "learning_rate=0.002",
    "learning_rate_decay=cosine",
)
Found = dict[str, dict[str, Any]]  # by row and seed: "grey-z12 0"


class Row(NamedTuple):
    """One line of the table: what is fitted, and what is read off."""

    name: str
    config: str
    settings: tuple[str, ...]
    metric: str
    target: float
    nll_samples: int = 0


_ROWS: Final = (
    Row("grey-z12", "mnist-z12", ("epochs=15", *SCHEDULE), "negative_elbo", 103.0),
    Row("grey-z2", "mnist-z2", ("epochs=40", *SCHEDULE), "negative_elbo", 147.0),
    # What reaches the target that two dimensions miss: a third.
    Row("grey-z3", "mnist-z2", ("latent_dim=3", "epochs=15", *SCHEDULE), "negative_elbo", 147.0),
    Row(
        "dynamic-z16",
        "mnist-z12",
        ("latent_dim=16", "binarisation=dynamic", "epochs=30", *SCHEDULE),
        "nll",
        88.5,
        500,  # the target is of K = 5000; the estimate falls with K, so this one is from above
    ),
)
ROWS: Final = {row.name: row for row in _ROWS}


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs/quality"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    options = parser.parse_args()
    for seed in range(options.seeds):
        for name in options.only:
            found: Found = json.loads(MEASURED.read_text())
            if f"{name} {seed}" not in found:
                value = measured(ROWS[name], fitted(ROWS[name], seed, options))
                found = json.loads(MEASURED.read_text())  # another row may have ended meanwhile
                found[f"{name} {seed}"] = value
                MEASURED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
                write_section("quality", text(found), PAGE)
    print(text(json.loads(MEASURED.read_text())))


def fitted(row: Row, seed: int, options: argparse.Namespace) -> Run:
    """Fit a row with a seed, as far as that has not been done."""
    folder = options.runs / f"{row.name}-{seed}"
    if folder.exists():
        run = open_run(folder)
        return run if len(run.history()) == run.config.epochs else resume(folder)
    changes = [*row.settings, f"precision={options.precision}", f"seed={seed}"]
    config = load_config(row.config, changes)
    return fit(config, options.data, load_dataset(config, options.data), folder)


def measured(row: Row, run: Run) -> dict[str, Any]:
    """Evaluate a run, as far as that has not been done, and return what is to be kept."""
    evaluation = evaluated(run, "last", row.nll_samples)
    return {
        "value": round(evaluation.metrics[row.metric], 3),
        "objective": evaluation.objective,
        "precision": run.config.precision,
        "date": f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}",
    }


def text(found: Found) -> str:
    """Write the table of all that was measured."""
    lines = [
        "| row | objective | metric | mean | each seed | target |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in ROWS.items():
        seeds = [each for key, each in sorted(found.items()) if key.split()[0] == name]
        if not seeds:
            continue
        values = [each["value"] for each in seeds]
        told = ", ".join(f"{each['value']:.2f} ({each['precision']})" for each in seeds)
        lines.append(
            f"| {name} | {seeds[0]['objective']} | {row.metric} "
            f"| {statistics.mean(values):.2f} | {told} "
            f"| {row.target}{_missed(values, row.target)} |"
        )
    return "\n".join([*lines, "", "Commands:", "", *_commands()])


def _missed(values: Sequence[float], target: float) -> str:
    over = statistics.mean(values) - target
    return f", missed by {over:.2f}" if over > 0 else ""


def _commands() -> Sequence[str]:
    return [
        f"- {name}: `python -m training fit --config {row.config} --data DIR "
        f"--set {' '.join(row.settings)} precision=… seed=N`, "
        "then `python -m training evaluate RUN --checkpoint last"
        + (f" --nll-samples {row.nll_samples}`" if row.nll_samples else "`")
        for name, row in ROWS.items()
    ]


if __name__ == "__main__":
    main()
