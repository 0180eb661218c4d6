"""Draw where a model's chart changes most on land, from one cell of zoom 6 to the next.

`python -m benchmarks.charts.worst_places MODEL [--out PNG]` says the places and the changes, as
fractions of the mean difference between the pictures at two random items' places. The PNG has ten
columns: above, the picture at a place; below, the one a cell farther right.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.chart import EXTENT, SHORE, Chart, read_chart
from models.open_store import open_store
from training.chart import decoder
from training.saved_model import load_saved_model

Floats = NDArray[np.floating[Any]]
Decode = Callable[[Floats], Floats]
CELL: Final = 1 / 64
PLACES: Final = 10
APART: Final = 0.25  # between two of them
ENLARGED: Final = 3
GAP: Final = 4  # pixels


def changes(chart: Chart, decode: Decode) -> tuple[Floats, Floats]:
    """Return the places on land, (n, 2), and how far the picture beside each differs, (n,)."""
    line = np.arange(-EXTENT, EXTENT, CELL)
    places, found = [], []
    for b in line:
        land = chart.land_at(line, np.full(len(line), b)) >= SHORE
        both = np.flatnonzero(land[:-1] & land[1:])
        if not len(both):
            continue
        needed = np.union1d(both, both + 1)
        pictures = decode(chart.points(line[needed], np.full(len(needed), b)))
        at = np.searchsorted(needed, both)
        difference = pictures[at] - pictures[at + 1]
        found.append(np.sqrt((difference**2).mean(axis=(1, 2, 3))))
        places.append(np.stack([line[both], np.full(len(both), b)], axis=1))
    return np.concatenate(places), np.concatenate(found)


def worst(places: Floats, change: Floats) -> list[int]:
    """Return the indices of the places that change most, none near another."""
    chosen: list[int] = []
    for i in np.argsort(-change):
        if all(np.hypot(*(places[i] - places[j])) > APART for j in chosen):
            chosen.append(int(i))
        if len(chosen) == PLACES:
            break
    return chosen


def sheet_of(left: Floats, right: Floats) -> Image.Image:
    """Draw pictures (n, height, width, channels) of 0 to 1 above those beside them."""
    n, height, width, channels = left.shape
    rows = np.ones((2, n, height + GAP, width + GAP, channels))
    rows[:, :, :height, :width] = np.stack([left, right])
    joined = rows.transpose(0, 2, 1, 3, 4).reshape(2 * (height + GAP), n * (width + GAP), channels)
    pixels = np.rint(255 * joined).astype(np.uint8)
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    size = (ENLARGED * image.width, ENLARGED * image.height)
    return image.resize(size, Image.Resampling.NEAREST)


def main() -> None:
    """Print the places and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--store", default="models/exports")
    parser.add_argument("--out", type=Path, default=Path("worst-places.png"))
    options = parser.parse_args()
    store = open_store(options.store)
    model = store.resolve(options.model)
    folder, manifest = store.folder(model), store.manifest(model)
    chart = read_chart(folder, manifest, manifest.dataset.test_items)
    conditional = decoder(manifest, load_saved_model(folder))
    if chart is None:
        raise SystemExit(f"{model} has no chart: python -m training chart {options.model}")

    def decode(z: Floats) -> Floats:
        return conditional(z, np.zeros(len(z)))

    places, change = changes(chart, decode)
    chosen = worst(places, change)
    items = decode(chart.points(*chart.place.T))
    others = items[np.random.default_rng(0).permutation(len(items))]
    usual = np.sqrt(((items - others) ** 2).mean(axis=(1, 2, 3))).mean()
    for i in chosen:
        print(f"u = {places[i][0]:.3f}, {places[i][1]:.3f}: {change[i] / usual:.3f}")
    at = places[chosen]
    pictures = [decode(chart.points(at[:, 0] + step, at[:, 1])) for step in (0, CELL)]
    sheet_of(*pictures).save(options.out)


if __name__ == "__main__":
    main()
