"""A direction from 20 + 20 items, tried on all others.

    python -m benchmarks.directions --mnist FOLDER --emoji VERSION_FOLDER [--strips FOLDER]

For each seed, 20 items of either set are drawn, and the direction is found from them as the service
finds it. Its AUC is of all other items of the two sets. With `--strips`, items that were not drawn
are moved along the first seed's direction and written as pictures, to be looked at. It writes a
section of docs/results.md.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engines.select import load_tensorflow
from app.imaging.png import encode_png
from app.latent.directions import Items, find_direction
from app.latent.grids import along
from app.latent.points import Points
from benchmarks.report import table, verdict, write_section
from models.manifest import Manifest
from models.store import Store
from training.sources.idx import read_idx

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "results.md"
MNIST_MODEL: Final = ROOT / "models" / "exports" / "mnist-z12" / "2"
DRAWN: Final = 20
SEEDS: Final = 20
TARGET: Final = 0.95
CATEGORIES: Final = ("flags", "people-body")
HEADS: Final = ("model", "from", "to", "other items", "AUC, median", "least", "its own estimate")
Array = NDArray[Any]


class Case(NamedTuple):
    """Two sets of a model's items."""

    model: str
    names: tuple[str, str]
    sets: tuple[Array, Array]
    """Their ids."""


class Trial(NamedTuple):
    """One seed's direction, and how it did."""

    vector: Array
    auc: float
    """On the items that were not drawn."""
    estimate: float
    """What the service says of it: from the drawn items alone."""
    left: tuple[Array, Array]
    """The items that were not drawn."""


def main() -> int:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--emoji", type=Path, required=True)
    parser.add_argument("--strips", type=Path)
    options = parser.parse_args()
    rows, good = [], True
    for folder, cases in (
        (MNIST_MODEL, thickness_cases(options.mnist)),
        (options.emoji, category_cases(options.emoji)),
    ):
        points = Points(folder, manifest_of(folder))
        for k, case in enumerate(cases):  # the first is aimed at; the others are for comparison
            trials = [trial(points, case, seed) for seed in range(SEEDS)]
            rows.append(row(case, trials))
            if k:
                continue
            good &= float(np.median([one.auc for one in trials])) >= TARGET
            if options.strips:
                draw(options.strips, folder, points, case, trials[0])
    text = table(HEADS, rows)
    print(text)
    write_section("directions", text, PAGE)
    return verdict(good, f"directions from {DRAWN} + {DRAWN} items (target {TARGET})")


def manifest_of(folder: Path) -> Manifest:
    """Read the manifest of a version's folder."""
    store = Store(folder.parents[1])
    return store.manifest(store.resolve(f"{folder.parent.name}@{folder.name}"))


def thickness_cases(mnist: Path) -> Iterator[Case]:
    """Yield the fifths of the digits with the thinnest and thickest strokes, and two classes."""
    images = read_idx(mnist / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(mnist / "t10k-labels-idx1-ubyte.gz")
    thickness = stroke_width(images / 255)
    thin, thick = np.quantile(thickness, (0.2, 0.8))
    sets = np.flatnonzero(thickness < thin), np.flatnonzero(thickness > thick)
    yield Case("mnist-z12", ("thinnest fifth", "thickest fifth"), sets)
    sets = np.flatnonzero(labels == 3), np.flatnonzero(labels == 8)
    yield Case("mnist-z12", ("class 3", "class 8"), sets)


def stroke_width(images: Array) -> Array:
    """Measure strokes, 0 to 1 (n, height, width): twice the area, by the length of the outline."""
    down, right = np.diff(images, axis=1, append=0), np.diff(images, axis=2, append=0)
    outline = np.hypot(down, right).sum(axis=(1, 2))
    width: Array = 2 * images.sum(axis=(1, 2)) / outline
    return width


def category_cases(folder: Path) -> Iterator[Case]:
    """Yield two categories, and of all pairs the middle one and the worst, by one seed."""
    manifest = manifest_of(folder)
    points = Points(folder, manifest)
    sets = {name: np.flatnonzero(points.label == k) for k, name in enumerate(manifest.labels)}
    yield Case(manifest.name, CATEGORIES, (sets[CATEGORIES[0]], sets[CATEGORIES[1]]))
    pairs = [
        Case(manifest.name, (p, q), (sets[p], sets[q])) for p, q in itertools.combinations(sets, 2)
    ]
    aucs = [trial(points, case, 0).auc for case in pairs]
    order = np.argsort(aucs)
    yield pairs[order[len(order) // 2]]
    yield pairs[order[0]]


def trial(points: Points, case: Case, seed: int) -> Trial:
    """Find a direction from items that the seed draws, and try it on the others."""
    draw = np.random.default_rng(seed)
    mixed = [draw.permutation(ids) for ids in case.sets]
    chosen = [ids[:DRAWN] for ids in mixed]
    start, to = (Items(points.z_mean[ids], points.z_log_var[ids]) for ids in chosen)
    found = find_direction(start, to, np.zeros((0, points.z_mean.shape[1])))
    low, high = (np.sort(points.z_mean[ids[DRAWN:]] @ found.direction) for ids in mixed)
    auc = float(np.searchsorted(low, high).mean() / len(low))
    return Trial(found.direction, auc, found.auc or 0.0, (mixed[0][DRAWN:], mixed[1][DRAWN:]))


def row(case: Case, trials: list[Trial]) -> list[str]:
    """Write a line of the table."""
    aucs = [one.auc for one in trials]
    off = [abs(one.auc - one.estimate) for one in trials]
    return [
        case.model,
        *case.names,
        f"{sum(map(len, trials[0].left)):,}",
        f"{np.median(aucs):.3f}",
        f"{min(aucs):.3f}",
        f"±{np.median(off):.3f}",
    ]


def draw(target: Path, folder: Path, points: Points, case: Case, found: Trial) -> None:
    """Write items of both sets, one a row, moved along the direction from before to beyond."""
    engine = load_tensorflow(folder, manifest_of(folder))
    low, high = (float((points.z_mean[ids] @ found.vector).mean()) for ids in found.left)
    rows = []
    for item in np.concatenate([ids[:4] for ids in found.left]):
        z = points.z_mean[item]
        middle = z + ((low + high) / 2 - z @ found.vector) * found.vector
        images = engine.run("decode", {"z": along(middle, found.vector, 9, high - low)})["image"]
        itself = engine.run("decode", {"z": z[None]})["image"]
        rows.append(np.concatenate([*itself, *images], axis=1))
    engine.close()
    target.mkdir(parents=True, exist_ok=True)
    name = f"{case.model} {case.names[0]} to {case.names[1]}.png"
    (target / name).write_bytes(encode_png(np.concatenate(rows)))


if __name__ == "__main__":
    sys.exit(main())
