"""The sheet of a chart: z as a smooth function of the place, written down as a lattice."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from models.chart import EXTENT

Floats = NDArray[np.floating[Any]]
SIDE: Final = 256  # nodes of the lattice in each direction
NEIGHBOURS: Final = 10
BANDWIDTH: Final = 2  # the kernel's width is the distance to the neighbour of this number
RIDGE: Final = 0.3  # of the slope, in squared bandwidths


def fit_sheet(page: Floats, z: Floats) -> NDArray[np.float32]:
    """Return z at the nodes of the lattice: (SIDE, SIDE, latent_dim)."""
    rows = np.split(nodes(), SIDE)  # at once they would take hundreds of megabytes
    return np.stack([regress(page, z, row) for row in rows])


def nodes() -> NDArray[np.float64]:
    """Return the places of the lattice's nodes, row by row: (SIDE · SIDE, 2)."""
    line = np.linspace(-EXTENT, EXTENT, SIDE)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def regress(page: Floats, z: Floats, at: Floats) -> NDArray[np.float32]:
    """Return z at places: the constant of a weighted linear regression on the nearest items.

    A mean of codes is shorter than the codes, and decodes to a blur; so it is brought back to
    their length, about the mean of all. Source of the regression: Cleveland (1979), LOESS,
    https://doi.org/10.1080/01621459.1979.10481038.
    """
    near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(page))).fit(page)
    distances, indices = near.kneighbors(at)
    width = np.maximum(distances[:, BANDWIDTH - 1], 1e-12)[:, None]
    weights = np.exp(-0.5 * (distances / width) ** 2)
    weights = (weights / weights.sum(axis=1, keepdims=True))[:, None]  # (m, 1, k)
    offsets, codes = page[indices] - at[:, None], z[indices]  # (m, k, 2), (m, k, d)
    offset, mean = weights @ offsets, weights @ codes  # (m, 1, ·)
    centred = offsets - offset
    weighted = weights.swapaxes(1, 2) * centred
    spread = centred.swapaxes(1, 2) @ weighted + RIDGE * width[..., None] ** 2 * np.eye(2)
    slope = np.linalg.solve(spread, weighted.swapaxes(1, 2) @ (codes - mean))
    found = (mean - offset @ slope)[:, 0]
    centre, scale = z.mean(axis=0), z.std(axis=0) + 1e-6
    lengths = (((codes - centre) / scale) ** 2).sum(axis=2)
    wanted, own = (weights[:, 0] * lengths).sum(axis=1), (((found - centre) / scale) ** 2).sum(1)
    factor = np.sqrt(np.clip(wanted / np.maximum(own, 1e-12), 1, 9))[:, None]
    return (centre + (found - centre) * factor).astype(np.float32)


def in_bytes(sheet: Floats) -> tuple[Any, Any, Any]:
    """Return offset, step and levels: z in 256 even steps per dimension.

    A step is about a thirtieth of a standard deviation, far below what an encoder tells apart.
    """
    low, high = sheet.min(axis=(0, 1)), sheet.max(axis=(0, 1))
    step = np.maximum((high - low) / 255, 1e-6)
    levels = np.rint((sheet - low) / step).astype(np.uint8)
    return low.astype(np.float32), step.astype(np.float32), levels


def land(page: Floats, at: Floats) -> NDArray[np.uint8]:
    """Return 255 · 2^−(distance to the nearest item, in widths)² at places (m, 2).

    One width is twice what 19 of 20 items are from their nearest fellow.
    """
    near = NearestNeighbors(n_neighbors=2).fit(page)
    fellows = near.kneighbors(page)[0][:, 1]
    width = max(2 * float(np.quantile(fellows, 0.95)), 2 * EXTENT / SIDE)
    distance = near.kneighbors(at, n_neighbors=1)[0][:, 0]
    return np.rint(255 * 2.0 ** -((distance / width) ** 2)).astype(np.uint8)
