"""The prior against the encoded items, in the cells of a plane."""

from typing import Final

import numpy as np

from app.arrays import Array
from app.latent.planes import Plane
from models.prior import Prior

CELLS: Final = 24  # along a side
REACH: Final = 3.0  # of the plane's coordinates around the origin of latent space, to each side
DRAWS: Final = 50_000


def count_cells(plane: Plane, z_mean: Array, prior: Prior) -> tuple[Array, Array]:
    """Count items and draws of the prior in each cell: twice (CELLS, CELLS), the top row first.

    Args:
        plane: On which both are projected.
        z_mean: Of the items (n, latent_dim).
        prior: Which is drawn from.
    """
    draws = prior.sample(DRAWS, np.random.default_rng(0))
    origin = plane.project(np.zeros((1, len(plane.c))))
    edges = [centre.item() + np.linspace(-REACH, REACH, CELLS + 1) for centre in origin]
    items, drawn = (
        np.ascontiguousarray(np.histogram2d(*plane.project(z), bins=edges)[0].T[::-1].astype(int))
        for z in (z_mean, draws)
    )
    return items, drawn


def share_of_holes(items: Array, draws: Array) -> float:
    """Return the share of the draws that lie in cells without an item, 0 to 1."""
    return float(draws[items == 0].sum() / max(1, draws.sum()))
