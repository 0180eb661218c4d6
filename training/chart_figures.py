"""How good a chart is: its neighbours, its classes, and its pictures of items it did not see."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from training.chart_sheet import regress

Floats = NDArray[np.floating[Any]]
Decode = Callable[[Floats, NDArray[Any]], Floats]
"""z (n, latent_dim) and labels (n,) → mean images (n, height, width, channels), 0…1."""
NEIGHBOURS: Final = 10
FOLDS: Final = 5
JUDGED: Final = 5000  # items that trustworthiness is computed of; its cost is quadratic


def class_accuracy(places: Floats, labels: NDArray[Any]) -> float | None:
    """Return the share of items whose 10 nearest others name its class; None without classes."""
    places, labels = places[labels >= 0], labels[labels >= 0]
    if len(np.unique(labels)) < 2 or len(labels) <= NEIGHBOURS:  # noqa: PLR2004
        return None
    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(places).kneighbors(return_distance=False)
    votes = np.stack([(labels[near] == label).sum(axis=1) for label in np.unique(labels)], axis=1)
    return float((np.unique(labels)[votes.argmax(axis=1)] == labels).mean())


def trustworthiness_of(z: Floats, page: Floats) -> float:
    """Return how far neighbours on the page are neighbours in latent space, 0 to 1.

    Source: Venna and Kaski (2001), https://doi.org/10.1007/3-540-44668-0_68.
    """
    some = np.linspace(0, len(z) - 1, min(len(z), JUDGED)).astype(int)
    return float(trustworthiness(z[some], page[some], n_neighbors=min(10, len(some) // 3)))


def left_out_error(z: Floats, page: Floats, labels: NDArray[Any], decode: Decode) -> float:
    """Return how far the picture at an item's place is from its reconstruction, cross-validated."""
    total = 0.0
    for fold in range(FOLDS):
        out = np.arange(len(z)) % FOLDS == fold
        found = regress(page[~out], z[~out], page[out])
        total += float(_error(decode(found, labels[out]), decode(z[out], labels[out])))
    return total / len(z)


def _error(found: Floats, wanted: Floats) -> Floats:
    """Return the sum over the images of their mean squared difference."""
    return ((found - wanted) ** 2).mean(axis=(1, 2, 3)).sum()
