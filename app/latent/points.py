"""A model's encoded data set: positions, labels and losses of its items, and its chart."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from app.arrays import Array
from app.latent.kl import kl_divergence
from app.latent.planes import Surface
from models.chart import read_chart
from models.manifest import ITEMS_FILE, POINTS_FILE, Manifest


class Points:
    """What `points.npz`, `items.npz` and `chart.npz` hold. Row i is item i."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Read the files; a model may lack any.

        Raises:
            ChartInvalid: The chart is not one of these items.
            ValueError: An array's shape does not fit the others or the manifest.
        """
        arrays = _read(folder / POINTS_FILE)
        empty = np.zeros((0, manifest.latent_dim), np.float32)
        self.z_mean: Array = arrays.get("z_mean", empty)
        self.z_log_var: Array = arrays.get("z_log_var", empty)
        n = len(self.z_mean)
        self.label: Array = arrays.get("label", np.full(n, -1, np.int32))
        self.reconstruction: Array = arrays.get("reconstruction", np.zeros(n, np.float32))
        self.images: Array | None = _read(folder / ITEMS_FILE).get("images")
        shapes = {
            "z_mean": (self.z_mean, (n, manifest.latent_dim)),
            "z_log_var": (self.z_log_var, (n, manifest.latent_dim)),
            "label": (self.label, (n,)),
            "reconstruction": (self.reconstruction, (n,)),
        }
        if self.images is not None:
            shapes["images"] = (self.images, (n, *manifest.image_shape))
        for name, (array, shape) in shapes.items():
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")
        self.chart = read_chart(folder, manifest, n)

    def __len__(self) -> int:
        return len(self.z_mean)

    @cached_property
    def kl_per_dimension(self) -> Array:
        """KL to the prior in nats, float32 (n, latent_dim)."""
        return kl_divergence(self.z_mean, self.z_log_var)

    def columns(self, plane: Surface, names: tuple[str, ...]) -> dict[str, Array]:
        """Return the named columns, each (n,): x and y on the plane, label, losses, norm."""
        x, y = self._places(plane) if {"x", "y"} & set(names) else (None, None)
        known: dict[str, Any] = {
            "x": lambda: x,
            "y": lambda: y,
            "label": lambda: self.label,
            "reconstruction": lambda: self.reconstruction,
            "kl": lambda: self.kl_per_dimension.sum(axis=1),
            "norm": lambda: np.linalg.norm(self.z_mean, axis=1),
        }
        return {name: known[name]() for name in names}

    def _places(self, plane: Surface) -> tuple[Array, Array]:
        """Return where the items are: on the chart where the layout put them."""
        if self.chart is not None and plane is self.chart:
            return self.chart.place[:, 0], self.chart.place[:, 1]
        return plane.project(self.z_mean)

    @cached_property
    def usual_distance(self) -> float:
        """How far an item usually is from the chart at its place: the median."""
        if self.chart is None or not len(self):
            return 0.0
        sheet = self.chart.points(self.chart.place[:, 0], self.chart.place[:, 1])
        return float(np.median(np.linalg.norm(self.z_mean - sheet, axis=1)))

    def label_of(self, index: int) -> int | None:
        """Return an item's label, None if it has none."""
        label = int(self.label[index])
        return None if label < 0 else label

    def nearest(self, z: Array, k: int) -> list[tuple[int, float]]:
        """Return the k items whose z_mean is nearest to z, and how far each is."""
        distances = np.linalg.norm(self.z_mean - z, axis=1)
        k = min(k, len(distances))
        if not k:
            return []
        near = np.argpartition(distances, k - 1)[:k]
        return [(int(i), float(distances[i])) for i in near[np.argsort(distances[near])]]


def _read(path: Path) -> dict[str, Array]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as file:
        return dict(file.items())
