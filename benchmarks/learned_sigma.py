"""Where a learned sigma ends: moved as fast as the weights, and as fast as it is now.

    python -m benchmarks.learned_sigma --data FOLDER [--rates 1 20] [--epochs 6]

Fits scikit-learn's digits and a folder of images, each with the network that `make atlas` would
choose and with as many steps for every rate, and writes a section of docs/results.md.
"""

import argparse
import math
import tempfile
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np

from benchmarks.report import table, write_section
from training import compiled_step
from training.config import TrainConfig, load_config
from training.evaluate import evaluate, trained_networks
from training.fit import fit
from training.load_dataset import load_dataset
from training.suggest_config import inspect_images, suggest_config

PAGE: Final = Path(__file__).parents[1] / "docs" / "results.md"
HEADS: Final = (
    "images", "rate of log σ", "σ at the end", "error (RMSE)", "reconstruction", "KL", "−ELBO",
)  # fmt: skip


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--latent-dim", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rates", type=int, nargs="+", default=[1, compiled_step.SIGMA_RATE])
    options = parser.parse_args()
    digits = ["likelihood=gaussian_learned", "latent_dim=8"]
    folder = [f"epochs={options.epochs}", f"warmup_epochs={max(1, options.epochs // 5)}"]
    found = inspect_images(options.data)
    configs: list[tuple[TrainConfig, Path | None]] = [
        (load_config("digits-z2", digits), None),
        (suggest_config(options.data, found, None, options.latent_dim, folder), options.data),
    ]
    rows = [measured(*each, rate) for each in configs for rate in options.rates]
    write_section("learned-sigma", table(HEADS, rows), PAGE)


def measured(config: TrainConfig, data: Path | None, rate: int) -> list[str]:
    """Fit with log(sigma) moving so many times as fast as the weights; return the table's row."""
    with tempfile.TemporaryDirectory() as folder, patch.object(compiled_step, "SIGMA_RATE", rate):
        run = fit(config, data, load_dataset(config, data), Path(folder) / "run")
        metrics = evaluate(run).metrics
        (weight,) = (w for w in trained_networks(run).decoder.weights if w.name == "log_sigma")
    log_sigma = float(np.asarray(weight))
    per_pixel = metrics["reconstruction"] / run.pixels - log_sigma - math.log(2 * math.pi) / 2
    error = math.exp(log_sigma) * math.sqrt(2 * per_pixel)
    return [
        f"{run.provenance.dataset_name}, z {config.latent_dim}",
        f"{rate}×",
        f"{math.exp(log_sigma):.3f}",
        f"{error:.3f}",
        *(f"{metrics[key]:,.1f}" for key in ("reconstruction", "kl", "negative_elbo")),
    ]


if __name__ == "__main__":
    main()
