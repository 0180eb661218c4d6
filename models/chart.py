"""The chart of a model: a curved sheet u → z through latent space that follows the data.

`training.chart` makes it, `app` draws from it. `chart.npz` holds the sheet as a lattice of z in
bytes, so that numpy is all that is needed to evaluate it; models/README.md shows how.
"""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ChartInvalid
from models.manifest import CHART_FILE, Manifest

EXTENT: Final = 5.0
"""The lattice spans -EXTENT to EXTENT in both coordinates; beyond, its border goes on."""
SHORE: Final = 128
"""`land` from which on a node belongs to the data; below, its picture is an extrapolation."""
AT_ONCE: Final = 64  # vectors that are compared with all nodes at the same time: 10 MB

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Chart:
    """A lattice of latent vectors, how near the data are to each node, and the items' places.

    Row 0 of the lattice is at u[1] = -EXTENT, column 0 at u[0] = -EXTENT.
    """

    sheet: NDArray[np.uint8]
    """(side, side, latent_dim); z = offset + step * sheet."""
    offset: NDArray[np.float32]
    """(latent_dim,)"""
    step: NDArray[np.float32]
    """(latent_dim,)"""
    land: NDArray[np.uint8]
    """(side, side): 255 at an item, falling with the distance to the nearest; see SHORE."""
    place: NDArray[np.float32]
    """(n, 2): u of the items of points.npz, in their order."""

    def points(self, a: Floats, b: Floats) -> NDArray[np.float64]:
        """Return the latent vectors at places a, b (n,): float64 (n, latent_dim), bilinear."""
        (i, f), (j, g) = self._cell(a), self._cell(b)
        f, g = f[:, None], g[:, None]
        lower = self.sheet[j, i] * (1 - f) + self.sheet[j, i + 1] * f
        upper = self.sheet[j + 1, i] * (1 - f) + self.sheet[j + 1, i + 1] * f
        return self.offset + self.step * (lower * (1 - g) + upper * g)

    def land_at(self, a: Floats, b: Floats) -> NDArray[np.uint8]:
        """Return `land` of the nodes nearest to places a, b (n,)."""
        (i, f), (j, g) = self._cell(a), self._cell(b)
        return self.land[j + (g > 0.5), i + (f > 0.5)]  # noqa: PLR2004 - half a cell

    def project(self, z: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the places a, b (n,) on land at which the sheet is nearest to z (n, latent_dim).

        The nearest node, and from there one Gauss-Newton step within its cells.
        """
        parts = [z[first : first + AT_ONCE] for first in range(0, len(z), AT_ONCE)]
        u = np.concatenate([self._project(part) for part in parts] or [np.zeros((0, 2))])
        return u[:, 0], u[:, 1]

    def _project(self, z: Floats) -> NDArray[np.float64]:
        places, nodes, squares = self._shore
        node = places[(squares - 2 * z @ nodes.T).argmin(axis=1)]
        # Central differences, and the normal equations of two unknowns.
        h = 2 * EXTENT / (len(self.land) - 1)
        here = self.points(node[:, 0], node[:, 1])
        along = [
            (self.points(*(node + step).T) - self.points(*(node - step).T)) / (2 * h)
            for step in (np.array([h, 0]), np.array([0, h]))
        ]
        slope = np.stack(along, axis=1)
        square = slope @ slope.swapaxes(1, 2) + 1e-9 * np.eye(2)
        move = np.linalg.solve(square, slope @ (z - here)[:, :, None])[:, :, 0]
        moved = node + np.clip(move, -h, h)
        there = self.points(moved[:, 0], moved[:, 1])
        nearer = ((z - there) ** 2).sum(axis=1) < ((z - here) ** 2).sum(axis=1)
        ashore = self.land_at(moved[:, 0], moved[:, 1]) >= SHORE
        return np.where((nearer & ashore)[:, None], moved, node)

    @cached_property
    def _shore(self) -> tuple[Floats, Floats, Floats]:
        """Places, latent vectors and squared lengths of the nodes on land."""
        j, i = np.nonzero(self.land >= SHORE)
        nodes = self.offset + self.step * self.sheet[j, i]
        places = np.stack([i, j], axis=1) * (2 * EXTENT / (len(self.land) - 1)) - EXTENT
        return places, nodes, (nodes**2).sum(axis=1)

    def _cell(self, u: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Return the node below each coordinate, and how far beyond it is, 0…1."""
        last = len(self.land) - 1
        at = np.clip((np.asarray(u, np.float64) + EXTENT) * (last / (2 * EXTENT)), 0, last)
        node = np.minimum(at.astype(np.intp), last - 1)
        return node, at - node


def read_chart(folder: Path, manifest: Manifest, items: int) -> Chart | None:
    """Read a model's chart; None if it has none.

    Args:
        folder: The version's.
        manifest: The version's.
        items: Of points.npz.

    Raises:
        ChartInvalid: The file cannot be read, or its arrays do not fit the model.
    """
    if manifest.chart is None:
        return None
    try:
        with (folder / CHART_FILE).open("rb") as file, np.load(file, allow_pickle=False) as saved:
            chart = Chart(**dict(saved.items()))
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ChartInvalid(f"{CHART_FILE} cannot be read: {error}") from error
    _check(chart, manifest.latent_dim, manifest.chart.side, items)
    return chart


def _check(chart: Chart, latent_dim: int, side: int, items: int) -> None:
    wanted = {
        "sheet": ("uint8", (side, side, latent_dim)),
        "offset": ("float32", (latent_dim,)),
        "step": ("float32", (latent_dim,)),
        "land": ("uint8", (side, side)),
        "place": ("float32", (items, 2)),
    }
    for name, (dtype, shape) in wanted.items():
        array = getattr(chart, name)
        if array.dtype != dtype or array.shape != shape:
            message = f"{name} is {array.dtype}{array.shape}, not {dtype}{shape}"
            raise ChartInvalid(f"{CHART_FILE}: {message}; is it another model's?")
        if dtype == "float32" and not np.isfinite(array).all():
            raise ChartInvalid(f"{CHART_FILE}: {name} has values that are not finite")
    if not (chart.land >= SHORE).any():
        raise ChartInvalid(f"{CHART_FILE}: no node is near an item")
