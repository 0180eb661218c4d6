"""Ways from one latent vector to the next."""

import itertools
from typing import Final

import numpy as np

from app.arrays import Array

PARALLEL: Final = 1e-6  # radians, below which slerp would divide by nearly 0


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
