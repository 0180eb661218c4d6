"""Compare layouts and inverses on models of a store: `python -m benchmarks.charts MODEL…`.

Needs benchmarks/charts/environment. With more than one data set it takes an hour.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.charts.inverses import INVERSES, Inverse
from benchmarks.charts.layouts import LAYOUTS, fitted_to_page
from benchmarks.report import machine, table
from models.chart import EXTENT, SHORE
from models.manifest import POINTS_FILE
from models.open_store import open_store
from training.chart import decoder
from training.chart_figures import class_accuracy, trustworthiness_of
from training.chart_sheet import land
from training.image_quality import edge_energy
from training.saved_model import load_saved_model

Floats = NDArray[np.floating[Any]]
Decode = Callable[[Floats], Floats]
FOLDS: Final = 3
CELLS: Final = 64  # across the page, of the pictures that edge energy is measured on
NEAR: Final = 1 / 64  # how far apart two pictures are whose change is measured: a cell of zoom 6


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--store", default="models/exports")
    options = parser.parse_args()
    store = open_store(options.store)
    for name in options.models:
        model = store.resolve(name)
        folder, manifest = store.folder(model), store.manifest(model)
        with np.load(folder / POINTS_FILE) as points:
            z, labels = points["z_mean"].astype(np.float64), points["label"]
        conditional = decoder(manifest, load_saved_model(folder))
        rows = compare(z, labels, partial(_without_class, conditional))
        print(f"\n{model}: {len(z):,} items, {manifest.latent_dim} dimensions\n")
        print(table(HEADS, rows), flush=True)
    print(f"\nMeasured on {machine()}.")


def _without_class(decode: Callable[..., Floats], z: Floats) -> Floats:
    return decode(z, np.zeros(len(z)))


HEADS: Final = [
    "layout",
    "inverse",
    "classes",
    "trustworthiness",
    "left-out error",
    "edge energy",
    "change, 99.9 %",
    "layout, s",
]


def compare(z: Floats, labels: NDArray[Any], decode: Decode) -> list[list[str]]:
    """Return the table's rows: every layout with the chart's inverse, every inverse with t-SNE."""
    wanted = decode(z)
    rows = []
    for layout, lay_out in LAYOUTS.items():
        began = time.monotonic()
        page = fitted_to_page(lay_out(z))
        seconds = time.monotonic() - began
        accuracy = class_accuracy(page, labels)
        ours = layout.startswith("t-SNE (sc")
        for inverse, fit in INVERSES.items():
            if not ours and inverse != "lattice":
                continue
            figures = [
                accuracy or float("nan"),
                trustworthiness_of(z, page),
                left_out(page, z, wanted, fit, decode),
                *of_pictures(page, fit(page, z), wanted, decode),
            ]
            rows.append([layout, inverse, *(f"{x:.4f}" for x in figures), f"{seconds:.0f}"])
    return rows


def left_out(
    page: Floats,
    z: Floats,
    wanted: Floats,
    fit: Callable[[Floats, Floats], Inverse],
    decode: Decode,
) -> float:
    """Return the error of the pictures at places that the inverse was fitted without."""
    total = 0.0
    for fold in range(FOLDS):
        out = np.arange(len(z)) % FOLDS == fold
        found = decode(fit(page[~out], z[~out])(page[out]))
        total += float(((found - wanted[out]) ** 2).mean(axis=(1, 2, 3)).sum())
    return total / len(z)


def of_pictures(page: Floats, inverse: Inverse, wanted: Floats, decode: Decode) -> list[float]:
    """Return edge energy over that of reconstructions, and the largest change between neighbours.

    Edge energy is taken of the pictures on land. The change is
    the 99.9th percentile over places on land of the root mean squared difference from the picture
    a little farther right, as a fraction of the mean one between two random items.
    """
    line = np.linspace(-EXTENT, EXTENT, CELLS)
    at = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    at = at[land(page, at) >= SHORE]
    pictures, beside = decode(inverse(at)), decode(inverse(at + np.array([NEAR, 0])))
    edge_ratio = float(np.mean(edge_energy(pictures)) / np.mean(edge_energy(wanted)))
    change = np.sqrt(((pictures - beside) ** 2).mean(axis=(1, 2, 3)))
    shuffled = np.random.default_rng(0).permutation(len(wanted))
    usual = np.sqrt(((wanted - wanted[shuffled]) ** 2).mean(axis=(1, 2, 3))).mean()
    return [edge_ratio, float(np.quantile(change, 0.999) / usual)]


if __name__ == "__main__":
    main()
