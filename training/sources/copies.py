"""Which images are copies of each other: the same pixels, or nearly so.

Nearly the same are images whose thumbnails correlate to 0.995 once the mean thumbnail is taken
away: saved again as JPEG, resized a little, made lighter or darker, or drawn twice with one small
change. A shift by a pixel is a difference.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix  # scikit-learn requires SciPy
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from training.dataset import Images

GRID: Final = 16  # cells of a thumbnail's side
NEAR: Final = 0.1  # distance of unit vectors, so a correlation of 1 − NEAR² / 2
SAMPLED: Final = 4096  # images that mean and principal components are taken from
COMPONENTS: Final = 12  # in which near images are searched for
NEIGHBOURS: Final = 16  # of each image that are compared
FLAT: Final = 1e-3  # contrast of a thumbnail, of 255, below which only the same pixels count
AT_ONCE: Final = 1 << 21  # bytes of images
MOST: Final = 0.5  # share of the images that one group may have

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Copies:
    """Groups of images; two are in one group if they are copies. Both int (n,)."""

    same: NDArray[np.int64]
    """By equal pixels."""
    alike: NDArray[np.int64]
    """By equal pixels or nearly so."""

    def extra(self) -> int:
        """Return how many images have another one with the same pixels before them."""
        return len(self.same) - len(np.unique(self.same))


def find_same(images: Images) -> NDArray[np.int64]:
    """Number the images, int (n,), so that those with equal pixels have one number."""
    numbers: dict[bytes, int] = {}
    groups = [
        numbers.setdefault(hashlib.sha256(image.tobytes()).digest(), len(numbers))
        for indices in _chunks(np.arange(images.shape[0]), images)
        for image in images[indices]
    ]
    return np.array(groups, np.int64)


def find_copies(images: Images) -> Copies:
    """Find the same images, and those that are nearly the same.

    Where more than half of all would be one group, as of a camera that stands still, only the
    same pixels count.
    """
    same = find_same(images)
    _, first = np.unique(same, return_index=True)
    pairs = _near_pairs(images, first)
    n = len(first)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n))
    _, groups = connected_components(links, directed=False)
    alike = groups[same].astype(np.int64)  # `same` counts up in the order of `first`
    most = np.bincount(groups).max(initial=0)
    return Copies(same, same if most > max(2, MOST * n) else alike)


def _near_pairs(images: Images, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return pairs of indices into rows whose images are nearly the same, int (n, 2)."""
    sample = np.unique(np.linspace(0, len(rows) - 1, min(SAMPLED, len(rows))).astype(int))
    thumbnails = np.concatenate(
        [_thumbnails(images[part]) for part in _chunks(rows[sample], images)]
    )
    mean = np.nan_to_num(thumbnails).mean(axis=0)
    centred = np.nan_to_num(_unit(thumbnails - mean))
    axes = np.linalg.eigh(centred.T @ centred).eigenvectors[:, -COMPONENTS:]

    def vectors(part: NDArray[np.int64]) -> Floats:
        return _unit(_thumbnails(images[rows[part]]) - mean)

    everything = np.arange(len(rows))
    places = np.concatenate(
        [np.nan_to_num(vectors(part)) @ axes for part in _chunks(everything, images)]
    )
    _, near = cKDTree(places).query(
        places, min(NEIGHBOURS, len(rows)) + 1, distance_upper_bound=NEAR, workers=-1
    )
    first, column = np.nonzero(near < len(rows))  # what is missing has that index
    second = near[first, column]
    candidates = np.stack([first, second], axis=1)[first < second]
    kept = [
        pair[np.linalg.norm(vectors(pair[:, 0]) - vectors(pair[:, 1]), axis=1) <= NEAR]
        for pair in _chunks(candidates, images)
    ]
    return np.concatenate([np.empty((0, 2), np.int64), *kept])


def _thumbnails(pixels: NDArray[np.uint8]) -> Floats:
    """Return thumbnails of unit length and mean 0, (n, cells); of flat images NaN, like nothing."""
    n, height, width, channels = pixels.shape
    rows, columns = _cells(height), np.kron(_cells(width), np.eye(channels, dtype=np.float32))
    sums = rows @ pixels.reshape(n, height, width * channels).astype(np.float32) @ columns.T
    means = sums / (rows.sum(axis=1)[:, None] * columns.sum(axis=1))
    flat = means.reshape(n, -1).astype(np.float64)
    return _unit(flat - flat.mean(axis=1, keepdims=True))


def _cells(side: int) -> NDArray[np.float32]:
    """Return which pixels of a side are in which cell, 0 or 1, float32 (cells, side)."""
    cells = min(GRID, side)
    cell = np.arange(side) * cells // side
    return (np.arange(cells)[:, None] == cell).astype(np.float32)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > FLAT, length, np.nan)


def _chunks(rows: NDArray[Any], images: Images) -> Iterator[NDArray[Any]]:
    """Yield rows, so many at a time that their images take about 2 MiB."""
    size = max(1, AT_ONCE // math.prod(images.shape[1:]))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
