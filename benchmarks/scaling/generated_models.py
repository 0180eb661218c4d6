"""Models to grow: untrained networks of other sizes, published by the real exporter, and copies."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.peers.workload import MODEL
from models.store import Store
from training.config import TrainConfig
from training.export import export
from training.fit import fit
from training.load_dataset import load_dataset

ITEMS = 64


def exported(store: Path, side: int, latent_dim: int) -> str:
    """Publish a network for images of `side` x `side`, if it is not there; return its name."""
    name = f"side-{side}-z-{latent_dim}"
    if (store / name / "1").exists():
        return name
    images = np.random.default_rng(0).integers(0, 256, (ITEMS, side, side), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "noise.npz"
        np.savez(data, x_train=images, x_test=images)
        config = TrainConfig(
            name=name, dataset="noise", beta=1.0, latent_dim=latent_dim, batch_size=32, epochs=1
        )
        run = fit(config, data, load_dataset(config, data), Path(scratch) / "run")
        export(run, Store(store))
    return name


def copies(store: Path, n: int) -> None:
    """Fill a store with n models that differ in their names alone."""
    for i in range(n):
        folder = store / f"copy-{i}" / "1"
        shutil.copytree(MODEL, folder)
        manifest = folder / "manifest.json"
        values = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({**values, "name": f"copy-{i}"}))
