"""Exact nearest neighbours among points, by matrix products of some rows at a time."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

AT_ONCE: Final = 1 << 24  # distances in memory
GROUP: Final = 64  # distances of which the least is looked at first

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
        table = np.full((len(part), -(-n // GROUP) * GROUP), np.inf, np.float32)
        np.matmul(-2 * points[part], points.T, out=table[:, :n])
        table[:, :n] += squares  # and squares[part], which is all the same
        table[np.arange(len(part)), part] = np.inf
        near = _least(table, k)
        found = np.linalg.norm(points[near] - points[part, None], axis=2)
        order = np.argsort(found, axis=1, kind="stable")
        indices[part] = np.take_along_axis(near, order, axis=1)
        distances[part] = np.take_along_axis(found, order, axis=1)
    return Neighbours(indices, distances)


def _least(table: Floats, k: int) -> NDArray[np.int64]:
    """Return the columns of the k least of each row (m, groups · GROUP), in any order.

    They are in the k groups whose least are least. To sort these alone takes a fourth of the time.
    """
    groups = table.reshape(len(table), GROUP, -1)  # of columns that are as far apart as can be
    step = groups.shape[2]
    chosen = np.argpartition(groups.min(axis=1), min(k, step) - 1, axis=1)[:, : min(k, step)]
    columns = (chosen[:, None] + step * np.arange(GROUP)[:, None]).reshape(len(table), -1)
    values = np.take_along_axis(table, columns, axis=1)
    least = np.argpartition(values, k - 1, axis=1)[:, :k]
    found: NDArray[np.int64] = np.take_along_axis(columns, least, axis=1)
    return found
