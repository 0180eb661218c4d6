"""Many items: the nearest of a million, and memory after ten thousand cards of fifty thousand.

The items are drawn at random. For the cards, the bundled model `mnist-z12` gets 50,000 of them with
colour thumbnails of 64 pixels, which no zip could pack.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.imaging.png import encode_png
from app.latent.nearest import nearest, square_norms
from benchmarks.report import percentile, verdict
from models.items import Column, Item, write_items
from models.manifest import CHART_FILE, MANIFEST_FILE, POINTS_FILE, read_manifest
from models.open_store import open_store
from tests.service_process import BUNDLED_MODELS, ServiceProcess

MILLION: Final = 1_000_000
LATENT_DIM: Final = 64
SEARCHES: Final = 50
FASTEST: Final = 0.020  # seconds, at the median
ITEMS: Final = 50_000
CARDS: Final = 10_000
SIDE: Final = 64
GROWTH: Final = 300  # MiB: the cache of answers may hold 256


def search() -> int:
    """Time the search among a million vectors, and compare it with all distances in float64."""
    random = np.random.default_rng(0)
    z = random.standard_normal((MILLION, LATENT_DIM), np.float32)
    norms = square_norms(z)
    times, hits = [], 0
    for k in range(SEARCHES):
        wanted = random.standard_normal(LATENT_DIM).astype(np.float32)
        started = time.perf_counter()
        found = {row for row, _ in nearest(z, norms, wanted, 10)}
        times.append(time.perf_counter() - started)
        if k % 10 == 0:
            distances = np.square(z.astype(np.float64) - wanted).sum(axis=1)
            hits += len(found & set(np.argpartition(distances, 10)[:10].tolist()))
    middle = percentile(times, 0.5)
    text = (
        f"10 nearest of {MILLION:,} x {LATENT_DIM}: median {1e3 * middle:.1f} ms, best "
        f"{1e3 * min(times):.1f} ms, recall {hits / (SEARCHES // 10 * 10):.3f}"
    )
    return verdict(middle <= FASTEST and hits == SEARCHES // 10 * 10, text)


def publish(root: Path) -> None:
    """Publish the bundled model with as many items."""
    bundled = max((BUNDLED_MODELS / "mnist-z12").iterdir())
    manifest, random = read_manifest(bundled), np.random.default_rng(0)
    store = open_store(str(root))
    with store.stage(manifest.name) as stage:
        left = shutil.ignore_patterns(MANIFEST_FILE, CHART_FILE)
        shutil.copytree(bundled, stage, ignore=left, dirs_exist_ok=True)
        arrays: dict[str, Any] = {
            "z_mean": random.standard_normal((ITEMS, manifest.latent_dim), np.float32),
            "z_log_var": np.full((ITEMS, manifest.latent_dim), -3, np.float32),
            "label": np.arange(ITEMS, dtype=np.int32) % 10,
            "reconstruction": np.full(ITEMS, 70, np.float32),
        }
        np.savez(stage / POINTS_FILE, **arrays)
        items = (
            Item(f"{i % 10}/{i:05d}.jpg", "train", i % 10, 640, 480, 70, 9) for i in range(ITEMS)
        )
        pictures = (random.integers(0, 256, (SIDE, SIDE, 3), np.uint8) for _ in range(ITEMS))
        values = ((i / 7,) for i in range(ITEMS))
        write_items(stage, items, (Column("weight", "number"),), values, map(encode_png, pictures))
        store.publish(stage, manifest.model_copy(update={"chart": None, "files": {}}))


def cards() -> int:
    """Ask for the picture and the facts of random items, and read the memory before and after."""
    with tempfile.TemporaryDirectory() as folder:
        publish(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.sqlite")) / 2**20
        with ServiceProcess(Path(folder)) as service:
            service.get("/v1/items/0")
            before, started = service.memory, time.perf_counter()
            for item in np.random.default_rng(1).integers(0, ITEMS, CARDS).tolist():
                service.get(f"/v1/items/{item}")
                assert json.loads(service.get(f"/v1/items/{item}?format=json"))["id"] == item
            took, after = time.perf_counter() - started, service.memory
    text = (
        f"{CARDS:,} cards of {ITEMS:,} items, items.sqlite {size:.0f} MiB: memory {before:.0f} -> "
        f"{after:.0f} MiB, {1e3 * took / CARDS:.1f} ms a card"
    )
    return verdict(after - before <= GROWTH, text)


if __name__ == "__main__":
    sys.exit(max(search(), cards()))
