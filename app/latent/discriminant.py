"""The plane that separates classes: linear discriminant analysis of encoded items."""

from typing import Final

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest
from app.latent.planes import Plane

SHRINKAGE: Final = 1e-3  # of the mean variance: unused dimensions hardly vary, and would weigh most
NOTHING: Final = 1e-9  # of the first ratio: what rounding leaves


def separating_plane(z: Array, labels: Array) -> Plane:
    """Find the plane on which classes lie farthest apart, measured by the spread within them.

    Two classes differ in one direction alone. The second is then the direction of the largest
    variance within classes, at right angles to the first.

    Args:
        z: float (n, latent_dim).
        labels: int (n,), of at least two classes.

    Returns:
        The plane around the mean of z; its directions are orthonormal, and the largest component of
        each is positive.

    Raises:
        InvalidRequest: z has one dimension.

    Source: Rao (1948), https://doi.org/10.1111/j.2517-6161.1948.tb00008.x.
    """
    if z.shape[1] == 1:
        raise InvalidRequest("the model has one dimension and no other plane than dims-0-1")
    z = z.astype(np.float64)
    centre = z.mean(axis=0)
    _, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    means = np.stack([z[index == k].mean(axis=0) for k in range(len(counts))])
    off, apart = z - means[index], means - centre
    within, between = off.T @ off / len(z), (counts * apart.T) @ apart / len(z)
    d = len(centre)
    within += SHRINKAGE * (np.trace(within) / d or 1.0) * np.eye(d)
    # w with `between w = ratio · within w`, by a change of variables that makes `within` the unit.
    unit = np.linalg.inv(np.linalg.cholesky(within))
    ratios, found = np.linalg.eigh(unit @ between @ unit.T)  # ascending
    second, first = (unit.T @ found[:, -2:]).T
    u = first / np.linalg.norm(first)
    across = np.eye(d) - np.outer(u, u)
    if ratios[-2] <= NOTHING * ratios[-1]:
        second = np.linalg.eigh(across @ within @ across)[1][:, -1]
    v = across @ second
    return Plane(centre, _positive(u), _positive(v / np.linalg.norm(v)))


def _positive(direction: Array) -> Array:
    return direction * np.sign(direction[np.abs(direction).argmax()])
