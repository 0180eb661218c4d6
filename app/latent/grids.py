"""Latent vectors in rows: the coordinates of a grid, and traversals of single dimensions."""

from statistics import NormalDist

import numpy as np

from app.arrays import Array


def coordinates(n: int, extent: float, spacing: str) -> Array:
    """Place n values between -extent and extent: evenly, or in even steps of probability."""
    if n == 1:
        return np.zeros(1)
    if spacing == "linear":
        return np.linspace(-extent, extent, n)
    normal = NormalDist()
    tail = max(normal.cdf(-extent), 1e-12)
    lower = [normal.inv_cdf(tail + (1 - 2 * tail) * i / (n - 1)) for i in range(n // 2)]
    middle = [0.0] if n % 2 else []
    return np.array([*lower, *middle, *(-value for value in reversed(lower))])


def along(origin: Array, direction: Array, steps: int, extent: float) -> Array:
    """Walk through a vector along a direction, ±extent times it; float32 (steps, d)."""
    walked: Array = origin + coordinates(steps, extent, "linear")[:, None] * direction
    return walked.astype(np.float32)


def traverse(origin: Array, dims: tuple[int, ...], steps: int, extent: float) -> Array:
    """Walk each dimension in turn from -extent to extent; float32 (len(dims) · steps, d)."""
    rows = np.repeat(origin[None], len(dims) * steps, axis=0)
    for row, dim in enumerate(dims):
        rows[row * steps : (row + 1) * steps, dim] = coordinates(steps, extent, "linear")
    return rows
