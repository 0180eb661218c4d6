"""A folder of 50,000 colour images: what reading, exporting and a first view of it take.

`python -m benchmarks.many_images [IMAGES]`. The images are discs of a colour on a ground of
another; a small network sees each once, since only what comes after training is measured.
"""

import argparse
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from benchmarks.explorer.page import stage
from benchmarks.report import machine, table
from models.store import ModelId, Store
from training.config import load_config
from training.export import export
from training.fit import fit
from training.load_dataset import load_dataset

SIDE: Final = 64
CLASSES: Final = 10
SETTINGS: Final = (
    "name=many",
    f"image_size=[{SIDE},{SIDE}]",
    "channels=3",
    "likelihood=gaussian",
    "latent_dim=16",
    "encoder_filters=[8,16]",
    "encoder_kernels=[3,3]",
    "encoder_strides=[2,2]",
    "decoder_filters=[16]",
    "decoder_kernels=[3,3]",
    "decoder_strides=[2,2]",
    "epochs=1",
    "batch_size=256",
)


def draw(path: Path, seed: int) -> None:
    """Draw a disc with some noise, which keeps the files from being tiny."""
    random = np.random.default_rng(seed)
    across, up = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    x, y, radius = random.uniform(16, 48, 3) / (1, 1, 2.5)
    inside = ((across - x) ** 2 + (up - y) ** 2 < radius**2)[..., None]
    ground, colour = random.integers(30, 226, (2, 3))
    pixels = np.where(inside, colour, ground) + random.integers(-20, 21, (SIDE, SIDE, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def draw_all(folder: Path, images: int) -> None:
    """Write the folder, in sub-folders that are classes."""
    for label in range(CLASSES):
        (folder / f"{label}").mkdir(parents=True)
    paths = [folder / f"{i % CLASSES}" / f"{i:05d}.png" for i in range(images)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(draw, paths, range(images)))


def first_view(store: Path) -> float:
    """Return the seconds until the page shows its map and its items."""
    with stage(store) as on:
        atlas = on.atlas()
        began = time.monotonic()
        atlas.open("#model=many")
        return time.monotonic() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=int, nargs="?", default=50_000)
    count = parser.parse_args().images
    with tempfile.TemporaryDirectory() as place:
        images, store = Path(place) / "images", Store(Path(place) / "store")
        draw_all(images, count)
        config = load_config("digits-z2", list(SETTINGS))
        began = time.monotonic()
        dataset = load_dataset(config, images)
        read = time.monotonic() - began
        run = fit(config, images, dataset, Path(place) / "run")
        began = time.monotonic()
        model: ModelId = export(run, store)
        exported = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sizes = {path.name: path.stat().st_size for path in store.folder(model).iterdir()}
        seen = first_view(store.root)
    rows = [
        ["reading the folder", f"{read:.0f} s"],
        ["export: measuring, chart, thumbnails, figures", f"{exported:.0f} s"],
        ["memory of training and export, at most", f"{peak:.0f} MiB"],
        *[
            [f"`{name}`", f"{sizes[name] / 1e6:.0f} MB"]
            for name in ("items.sqlite", "points.npz", "chart.npz")
        ],
        ["from opening the page to map and items", f"{seen:.1f} s"],
    ]
    print(table([f"{count:,} images", ""], rows))
    print(f"\nMeasured on {machine()}.")


if __name__ == "__main__":
    main()
