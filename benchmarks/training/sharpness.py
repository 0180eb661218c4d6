r"""How sharp configurations are after the same minutes of training, on images none of them saw.

    python -m benchmarks.training.sharpness --data FOLDER --minutes 10 --seeds 3 \
        --way today checkout=../before --way residual network=residual

A way is a name and settings of `--set`; `checkout=DIR` takes another checkout of this repository,
an earlier commit's perhaps (`git worktree add DIR COMMIT`). Each way is trained by `python -m
training atlas` in turn, with every seed. All are measured here, by their SavedModels and on the
same test images. A model that is there already (`--runs`) is not trained again.
"""

import argparse
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.report import machine, table
from models.open_store import open_store
from tests.service_process import ROOT
from training.bits import bits_metrics
from training.dataset import Split
from training.image_quality import edge_energy, quality_metrics, ssim
from training.runs import Run, open_run
from training.saved_model import load_saved_model
from training.training_gap import TRAIN

NAME: Final = "sharpness"
BATCH: Final = 256
HEADS: Final = (
    "way", "seed", "PSNR, dB", "SSIM", "edge energy", "−ELBO, test", "training",
    "bits per dimension", "epochs", "steps/s", "minutes",
)  # fmt: skip


class Way(NamedTuple):
    """A configuration to try."""

    name: str
    checkout: Path
    settings: tuple[str, ...]

    @classmethod
    def of(cls, words: list[str]) -> "Way":
        """Read a way from the command line."""
        name, *settings = words
        chosen = dict(setting.partition("=")[::2] for setting in settings)
        checkout = Path(chosen.pop("checkout", ROOT)).absolute()
        return cls(name, checkout, tuple(f"{key}={value}" for key, value in chosen.items()))


def main() -> None:
    """Train, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--way", action="append", nargs="+", required=True, metavar="WORD")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--latent-dim", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "sharpness")
    options = parser.parse_args()
    rows, digests = [], set()
    for seed in range(options.seeds):
        for way in map(Way.of, options.way):
            folder = options.runs / f"{way.name}-{seed}"
            if not (folder / "minutes").exists():
                train(way, seed, folder.absolute(), options)
            digest, row = measured(folder)
            digests.add(digest)
            rows.append([way.name, str(seed), *row])
            print(table(HEADS, rows[-1:]).splitlines()[-1], flush=True)
    if len(digests) > 1:
        raise SystemExit("the ways read other images, or split them otherwise: compare nothing")
    print(f"\n{table(HEADS, rows)}\n\nMeasured on {machine()}.")


def train(way: Way, seed: int, folder: Path, options: argparse.Namespace) -> None:
    """Train and export one way, below a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "training", "atlas", str(options.data.absolute())]
    command += ["--name", NAME, "--store", str(folder / "store")]
    command += ["--minutes", str(options.minutes), "--latent-dim", str(options.latent_dim)]
    command += ["--set", f"seed={seed}", *way.settings]
    env = os.environ | {"PYTHONPATH": str(way.checkout)}
    began = time.monotonic()
    with (folder / "log").open("w") as log:
        subprocess.run(command, cwd=folder, env=env, stdout=log, stderr=log, check=True)
    (folder / "minutes").write_text(f"{(time.monotonic() - began) / 60:.1f}")


def measured(folder: Path) -> tuple[str, list[str]]:
    """Return the digest of a model's images, and its row of the table."""
    store = open_store(str(folder / "store"))
    model = store.resolve(NAME)
    manifest = store.manifest(model)
    run = open_run(next((folder / "runs").iterdir()))
    quality = of_images(load_saved_model(store.folder(model)), run.dataset().test)
    metrics = manifest.metrics
    bits = bits_metrics(manifest.likelihood, metrics["negative_elbo"], manifest.image_shape)
    return manifest.dataset.sha256, [
        f"{quality['psnr']:.2f}",
        f"{quality['ssim']:.3f}",
        f"{quality.get('edge_energy_ratio', math.nan):.2f}",
        f"{metrics['negative_elbo']:,.0f}",
        f"{metrics[TRAIN]:,.0f}" if TRAIN in metrics else "not measured",
        *(f"{value:.3f}" for value in bits.values() or [math.nan]),
        *_speed(run),
        (folder / "minutes").read_text(),
    ]


def _speed(run: Run) -> list[str]:
    history = run.history()
    seconds = sum(line["seconds"] for line in history)
    return [f"{len(history)}", f"{history[-1]['step'] / seconds:.2f}"]


def of_images(model: Any, test: Split) -> dict[str, float]:
    """Compare test images with what a SavedModel makes of them."""
    parts = []
    for indices in test.chunks(BATCH):
        images = test.images[indices]
        decoded = model("reconstruct", {"image": images})["image"]
        x, y = (np.asarray(each, np.float32) / 255 for each in (images, decoded))
        error = np.square(x - y).mean(axis=(1, 2, 3))
        parts.append([error, *map(np.asarray, (ssim(x, y), edge_energy(y), edge_energy(x)))])
    return quality_metrics(*(np.concatenate(column) for column in zip(*parts, strict=True)))


if __name__ == "__main__":
    main()
