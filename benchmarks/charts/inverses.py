"""Ways to come back from the page: each (page, z) → a function from places to latent vectors."""

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from models.chart import Chart
from training.chart_sheet import fit_sheet, in_bytes

Floats = NDArray[np.floating[Any]]
Inverse = Callable[[Floats], Floats]
FREQUENCIES: Final = 128
STEPS: Final = 3000


def weighted_neighbours(page: Floats, z: Floats) -> Inverse:
    """Average the 16 nearest items, Gaussian weights as wide as the distance to the sixth."""
    near = NearestNeighbors(n_neighbors=16).fit(page)

    def inverse(u: Floats) -> Floats:
        distances, indices = near.kneighbors(u)
        weights = np.exp(-0.5 * (distances / np.maximum(distances[:, 5:6], 1e-12)) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("nk,nkd->nd", weights, z[indices])

    return inverse


def lattice(page: Floats, z: Floats) -> Inverse:
    """Read the chart: a local regression at the nodes of a lattice, bilinear between them."""
    offset, step, levels = in_bytes(fit_sheet(page, z))
    chart = Chart(levels, offset, step, levels[:, :, 0], page.astype(np.float32))
    return lambda u: chart.points(u[:, 0], u[:, 1])


def network(page: Floats, z: Floats) -> Inverse:
    """Train a small network, with Fourier features of the place as its input."""
    keras.utils.set_random_seed(0)
    waves = np.random.default_rng(0).normal(0, 3, (2, FREQUENCIES))
    centre, scale = z.mean(axis=0), z.std(axis=0) + 1e-6

    def features(u: Floats) -> NDArray[np.float32]:
        angles = u @ waves
        return np.concatenate([u, np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)

    layers = [keras.layers.Dense(256, "silu") for _ in range(2)]
    model = keras.Sequential([*layers, keras.layers.Dense(z.shape[1])])
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    rows = np.resize(np.random.default_rng(0).permutation(len(z)), STEPS * 256)
    model.fit(features(page[rows]), ((z - centre) / scale)[rows], batch_size=256, verbose=0)
    return lambda u: np.asarray(model(features(u))) * scale + centre


INVERSES: Final[dict[str, Callable[[Floats, Floats], Inverse]]] = {
    "weighted neighbours": weighted_neighbours,
    "lattice": lattice,
    "network": network,
}
