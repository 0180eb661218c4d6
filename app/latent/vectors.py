"""Latent vectors: samples, grids, walks. Pure and seeded; float32 (n, latent_dim) throughout."""

import itertools
from statistics import NormalDist
from typing import Final

import numpy as np

from app.arrays import Array
from app.errors import InvalidLatent, InvalidRequest

# The prior's standard deviation is 1: what lies this far out decodes to nothing a model has seen.
BOUND: Final = 1000.0
PARALLEL: Final = 1e-6  # radians, below which slerp would divide by nearly 0


def vectors(rows: Array, latent_dim: int) -> Array:
    """Check vectors of numbers, and return them as float32 (n, latent_dim).

    Raises:
        InvalidLatent: They are not of length `latent_dim`, not finite, or beyond ±1000.
    """
    if rows.ndim != 2 or rows.shape[1] != latent_dim or not len(rows):  # noqa: PLR2004
        came = f"{rows.shape[1]} values" if rows.ndim == 2 else f"shape {rows.shape}"  # noqa: PLR2004
        message = f"z must be one or more vectors of {latent_dim} values, but came with {came}"
        raise InvalidLatent(message)
    # One comparison finds NaN, infinities and values out of bounds alike.
    if not np.maximum.reduce(np.abs(rows), axis=None) <= BOUND:
        raise InvalidLatent(f"z must hold finite numbers between -{BOUND:g} and {BOUND:g}")
    return rows.astype(np.float32, copy=False)


def sample(n: int, latent_dim: int, seed: int, temperature: float) -> Array:
    """Draw from the prior, its standard deviation scaled by `temperature`."""
    noise = np.random.default_rng(seed).standard_normal((n, latent_dim), np.float32)
    return noise * np.float32(temperature)


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


def start(origin: tuple[float, ...] | None, latent_dim: int) -> Array:
    """Return the origin of a plane or walk: the prior's mean if none is given, float32 (d,)."""
    if origin is None:
        return np.zeros(latent_dim, np.float32)
    return vectors(np.array([origin], np.float64), latent_dim)[0]


def check_dims(dims: tuple[int, ...], latent_dim: int) -> tuple[int, ...]:
    """Return dims if each is one of the model's and none comes twice.

    Raises:
        InvalidRequest: One is not, or does.
    """
    if not dims or len(set(dims)) < len(dims) or max(dims) >= latent_dim:
        came = ",".join(map(str, dims[:16]))
        message = f"dims must be different numbers from 0 to {latent_dim - 1}, but is {came!r}"
        raise InvalidRequest(message)
    return dims


def traverse(origin: Array, dims: tuple[int, ...], steps: int, extent: float) -> Array:
    """Walk each dimension in turn from -extent to extent; float32 (len(dims) · steps, d)."""
    rows = np.repeat(origin[None], len(dims) * steps, axis=0)
    for row, dim in enumerate(dims):
        rows[row * steps : (row + 1) * steps, dim] = coordinates(steps, extent, "linear")
    return rows


def interpolate(anchors: Array, steps: int, method: str) -> Array:
    """Walk through the anchors, `steps` vectors from each to the next, both ends included.

    Returns:
        float32 ((len(anchors) - 1) · (steps - 1) + 1, d); an anchor comes once.
    """
    between = slerp if method == "slerp" else lerp
    legs = [
        between(a, b, np.linspace(0, 1, steps)[bool(leg) :, None])
        for leg, (a, b) in enumerate(itertools.pairwise(anchors))
    ]
    return np.concatenate(legs).astype(np.float32)


def lerp(a: Array, b: Array, t: Array) -> Array:
    """Go straight from a to b; t (n, 1) from 0 to 1."""
    return (1 - t) * a + t * b


def slerp(a: Array, b: Array, t: Array) -> Array:
    """Go from a to b along the arc, the length going evenly from |a| to |b|; t (n, 1).

    Source: Shoemake (1985), as White (2016) uses it. https://arxiv.org/abs/1609.04468
    """
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if not min(lengths) > 0:
        return lerp(a, b, t)
    angle = np.arccos(np.clip(np.dot(a / lengths[0], b / lengths[1]), -1, 1))
    if angle < PARALLEL or np.pi - angle < PARALLEL:  # no arc, or no single one
        return lerp(a, b, t)
    arc = np.sin((1 - t) * angle) * a / lengths[0] + np.sin(t * angle) * b / lengths[1]
    return arc / np.sin(angle) * ((1 - t) * lengths[0] + t * lengths[1])
