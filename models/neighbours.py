"""Exact nearest neighbours among points, by matrix products of some rows at a time."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

AT_ONCE: Final = 1 << 24  # distances in memory

Floats = NDArray[np.floating[Any]]


class Neighbours(NamedTuple):
    """The nearest other points of each point, the nearest first."""

    indices: NDArray[np.int64]
    """(n, k)"""
    distances: NDArray[np.float32]
    """(n, k)"""


def find_neighbours(points: Floats, k: int) -> Neighbours:
    """Find the k nearest other points of each point by Euclidean distance.

    Args:
        points: (n, d).
        k: Fewer are returned if there are not so many others.
    """
    centre = points.mean(axis=0) if len(points) else 0  # far from it, float32 is coarse
    points = (points - centre).astype(np.float32)
    n, k = len(points), max(0, min(k, len(points) - 1))
    squares = (points**2).sum(axis=1)
    indices = np.empty((n, k), np.int64)
    distances = np.empty((n, k), np.float32)
    rows = max(1, AT_ONCE // max(1, n))
    for start in range(0, n if k else 0, rows):
        part = np.arange(start, min(start + rows, n))
        table = squares - 2 * points[part] @ points.T  # and squares[part], which is all the same
        table[np.arange(len(part)), part] = np.inf
        near = np.argpartition(table, k - 1, axis=1)[:, :k]
        found = np.linalg.norm(points[near] - points[part, None], axis=2)
        order = np.argsort(found, axis=1, kind="stable")
        indices[part] = np.take_along_axis(near, order, axis=1)
        distances[part] = np.take_along_axis(found, order, axis=1)
    return Neighbours(indices, distances)
