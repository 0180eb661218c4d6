"""A model's encoded data set: positions, labels and losses of its items, and its chart."""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.arrays import Array
from app.latent.kl import kl_divergence
from app.latent.nearest import nearest, square_norms
from app.latent.planes import Surface
from models.chart import read_chart
from models.items import ItemTable, older_items, open_items
from models.manifest import ITEM_TABLE_FILE, ITEMS_FILE, POINTS_FILE, Manifest

# Columns that need no table: places on a plane, and what points.npz has.
PIECE: Final = 65_536  # items
COMPUTED: Final = ("x", "y", "label", "reconstruction", "kl", "norm")


class Points:
    """What `points.npz`, `items.sqlite` and `chart.npz` hold. Row i is item i.

    An older export has `items.npz`, test images alone, in place of a table.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Read the files; a model may lack any. `close` closes those that stay open.

        Raises:
            ChartInvalid, ItemsInvalid: The chart or the table is not one of these items.
            ValueError: An array's shape does not fit the others or the manifest.
        """
        arrays = _read(folder / POINTS_FILE)
        empty = np.zeros((0, manifest.latent_dim), np.float32)
        self.z_mean: Array = arrays.get("z_mean", empty)
        self.z_log_var: Array = arrays.get("z_log_var", empty)
        n = len(self.z_mean)
        self.label: Array = arrays.get("label", np.full(n, -1, np.int32))
        self.reconstruction: Array = arrays.get("reconstruction", np.zeros(n, np.float32))
        with_table = (folder / ITEM_TABLE_FILE).is_file()
        self.images: Array | None = None if with_table else _read(folder / ITEMS_FILE).get("images")
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
        self.items: ItemTable = open_items(folder, n) or self._without_files()

    def __len__(self) -> int:
        return len(self.z_mean)

    @property
    def has_images(self) -> bool:
        """Whether the items' own images are there."""
        return self.items.has_thumbnails or self.images is not None

    def close(self) -> None:
        """Close the table of items."""
        self.items.close()

    def _without_files(self) -> ItemTable:
        """Return the table of an older export."""
        return older_items(self.label.tolist(), self.reconstruction.tolist(), self._kl().tolist())

    def _kl(self) -> Array:
        return self._of_pieces(
            lambda here: kl_divergence(self.z_mean[here], self.z_log_var[here]).sum(axis=1)
        )

    def _of_pieces(self, compute: Callable[[slice], Array]) -> Array:
        """Compute something of all items: at once, it would take several times their memory."""
        pieces = [slice(start, start + PIECE) for start in range(0, len(self), PIECE)]
        return np.concatenate([compute(here) for here in pieces or [slice(0)]])

    def computed(self, plane: Surface, names: Iterable[str]) -> dict[str, Array]:
        """Return those of the named columns that are in COMPUTED, each (n,)."""
        x, y = self._places(plane) if {"x", "y"} & set(names) else (None, None)
        known: dict[str, Any] = {
            "x": lambda: x,
            "y": lambda: y,
            "label": lambda: self.label,
            "reconstruction": lambda: self.reconstruction,
            "kl": self._kl,
            "norm": lambda: np.sqrt(self._square_norms),
        }
        return {name: known[name]() for name in names if name in known}

    def _places(self, plane: Surface) -> tuple[Array, Array]:
        """Return where the items are: on the chart where the layout put them."""
        if self.chart is not None and plane is self.chart:
            return self.chart.place[:, 0], self.chart.place[:, 1]
        return tuple(self._of_pieces(lambda here: np.stack(plane.project(self.z_mean[here]), 1)).T)

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
        return nearest(self.z_mean, self._square_norms, z, k)

    @cached_property
    def _square_norms(self) -> Array:
        return square_norms(self.z_mean)


def _read(path: Path) -> dict[str, Array]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as file:
        return dict(file.items())
