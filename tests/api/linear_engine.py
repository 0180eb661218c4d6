"""A model small enough to be computed by hand, and stores that hold it."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.arrays import Array
from app.latent.kl import kl_divergence
from models.chart import EXTENT
from models.golden import write_golden
from models.manifest import CHART_FILE, POINTS_FILE, Manifest
from models.open_store import open_store
from models.store import ModelId

SHAPE = (8, 8, 1)
LATENT_DIM = 2
ITEMS = 20
POISON = 666.0
SIDE = 11
CHART = {
    "layout": "none: z itself",
    "seed": 0,
    "items": ITEMS,
    "side": SIDE,
    "home": (0.5, 0.5),
    "ground": (0,),
    "trustworthiness": 1.0,
    "left_out_error": 0.0,
}


class LinearEngine:
    """Decodes z to a ramp of its two values; encodes an image to the means of its halves.

    `hold` stops it until `release`, so that a test can let work pile up. z[0] = 666 is poison.
    """

    name = "linear"

    def __init__(self, level: int = 0) -> None:
        self.level = level
        self.batches: list[tuple[str, int]] = []
        self.closed = False
        self._free = threading.Event()
        self._free.set()
        self.entered = threading.Event()

    def hold(self) -> None:
        """Stop at the next batch."""
        self.entered.clear()
        self._free.clear()

    def release(self) -> None:
        """Go on."""
        self._free.set()

    def run(self, signature: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Compute a batch, and remember its size."""
        assert not self.closed
        self.batches.append((signature, len(next(iter(inputs.values())))))
        self.entered.set()
        self._free.wait(30)
        return getattr(self, signature)(inputs)

    def close(self) -> None:
        """Be of no more use."""
        self.closed = True

    def decode_mean(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Draw ramps from 0 to 1."""
        z = inputs["z"]
        if (z[:, 0] == POISON).any():
            raise FloatingPointError("poison")
        shift = inputs["label"] if "label" in inputs else np.zeros(len(z))
        ramp = np.linspace(0, 1, 8, dtype=np.float32)
        picture = 0.5 + 0.1 * z[:, 0, None, None] * ramp + 0.1 * z[:, 1, None, None] * ramp[:, None]
        picture = picture + 0.01 * shift[:, None, None]
        return {"mean": np.clip(picture, 0, 1).astype(np.float32)[..., None]}

    def decode(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Draw ramps as grey levels."""
        mean = self.decode_mean(inputs)["mean"]
        return {"image": np.rint(mean * 250).astype(np.uint8) + np.uint8(self.level)}

    def encode(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Measure the upper and the lower half."""
        pixels = inputs["image"].astype(np.float32) / 255
        z_mean = np.stack([pixels[:, :4].mean((1, 2, 3)), pixels[:, 4:].mean((1, 2, 3))], 1)
        return {"z_mean": z_mean, "z_log_var": -z_mean}

    def reconstruct(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Decode what was encoded."""
        found = self.encode(inputs)
        z = {"z": found["z_mean"], **{k: v for k, v in inputs.items() if k == "label"}}
        nats = found["z_mean"].sum(1)
        kl = kl_divergence(found["z_mean"], found["z_log_var"]).sum(1)
        return {**self.decode(z), **found, "reconstruction": nats, "kl": kl}


def publish(
    root: Path | str,
    name: str = "linear",
    level: int = 0,
    *,
    arrays: dict[str, Any] | None = None,
    items: dict[str, Any] | None = None,
    more: Callable[[Path], None] = lambda _: None,
    **changes: Any,
) -> ModelId:
    """Export a `LinearEngine` to a store.

    Args:
        root: The store's address.
        name: The model's.
        level: What it adds to every pixel.
        arrays: Of chart.npz, if they are to be others than `chart()`.
        items: Of points.npz, if they are to be others than `points()`.
        more: Writes more files into the version's folder.
        changes: Fields of the manifest.
    """
    fields = {
        "name": name,
        "version": 1,
        "created": datetime(2026, 11, 1, tzinfo=UTC),
        "image_shape": SHAPE,
        "latent_dim": LATENT_DIM,
        "likelihood": "bernoulli",
        "beta": 1.0,
        "dataset": {"name": "ramps", "sha256": "0" * 64, "train_items": 5, "test_items": ITEMS},
        "labels": ("up", "down"),
        "training": {"level": level},
        "metrics": {"kl": 1.5},
        "parameters": 2,
        "kl_per_dimension": (1.0, 1.0),
        "activity": (1.0, 1.0),
        "active_units": 2,
        "aggregate_posterior": {"mean": (0.0, 0.0), "standard_deviation": (1.0, 1.0)},
        "pca": {
            "mean": (0.5, 0.5),
            "components": ((0.6, 0.8), (-0.8, 0.6)),
            "explained_variance": (2.0, 1.0),
        },
        "chart": CHART,
    }
    manifest = Manifest.model_validate(fields | changes)
    store = open_store(str(root))
    with store.stage(name) as stage:
        (stage / "saved_model.pb").write_text(str(level))
        write_golden(stage, manifest, LinearEngine(level).run)
        np.savez(stage / POINTS_FILE, **(items or points()))
        if manifest.chart:
            np.savez(stage / CHART_FILE, **(arrays or chart()))
        more(stage)
        return store.publish(stage, manifest)


def points() -> dict[str, Any]:
    """Return the arrays of points.npz: items on a diagonal, the last without a label."""
    z = np.linspace(-1, 1, ITEMS, dtype=np.float32)
    label = np.arange(ITEMS, dtype=np.int32) % 2
    label[-1] = -1
    return {
        "z_mean": np.stack([z, 2 * z], 1),
        "z_log_var": np.zeros((ITEMS, LATENT_DIM), np.float32),
        "label": label,
        "reconstruction": np.arange(ITEMS, dtype=np.float32),
    }


def chart() -> dict[str, Any]:
    """Return the arrays of chart.npz: z = u, on land where u[0] is at least 0."""
    across, up = np.meshgrid(*2 * [np.arange(SIDE, dtype=np.uint8)])
    return {
        "sheet": np.stack([across, up], axis=2),
        "offset": np.full(2, -EXTENT, np.float32),
        "step": np.full(2, 2 * EXTENT / (SIDE - 1), np.float32),
        "land": np.where(across >= SIDE // 2, 255, 0).astype(np.uint8),
        "place": points()["z_mean"],
    }


class Loader:
    """Loads `LinearEngine`s, and remembers them."""

    def __init__(self) -> None:
        self.engines: list[LinearEngine] = []

    def __call__(self, folder: Path, _: Manifest) -> LinearEngine:
        """Load the engine that a folder describes."""
        engine = LinearEngine(int((folder / "saved_model.pb").read_text()))
        self.engines.append(engine)
        return engine


def load(folder: Path, manifest: Manifest) -> LinearEngine:
    """Load an engine in a process that nobody looks into."""
    return Loader()(folder, manifest)
