"""Lay encoded items out on a page, so that neighbours in latent space are neighbours there."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

Floats = NDArray[np.floating[Any]]
REACH: Final = 4.0  # the farthest coordinate of an item
PERPLEXITY: Final = 30
COMPANY: Final = 10  # neighbours that make an item a typical one


def lay_out(z: Floats, seed: int) -> NDArray[np.float64]:
    """Return places (n, 2) on the page at which neighbours in z are neighbours.

    Source: van der Maaten and Hinton (2008), https://jmlr.org/papers/v9/vandermaaten08a.html;
    started from the principal components, as Kobak and Berens (2019) advise.
    """
    start = "pca" if np.ptp(z, axis=0).any() else "random"  # equal items have no components
    # On one core: threads wait for each other some thousand times, on a busy machine for minutes.
    tsne = TSNE(perplexity=perplexity(len(z)), init=start, random_state=seed, n_jobs=1)
    page = tsne.fit_transform(z).astype(np.float64)
    low, high = page.min(axis=0), page.max(axis=0)
    return (page - (low + high) / 2) * (2 * REACH / (high - low).max())


def perplexity(items: int) -> float:
    """Return how many neighbours an item has in the layout, about."""
    return min(PERPLEXITY, (items - 1) / 3)


def place_beside(z: Floats, fitted: Floats, page: Floats) -> Floats:
    """Place each item where the nearest one is that was laid out, drawn to the next ones."""
    distances, near = NearestNeighbors(n_neighbors=3).fit(fitted).kneighbors(z)
    nearest = page[near[:, :1]]
    weights = np.exp(-((distances / np.maximum(distances[:, 1:2], 1e-12)) ** 2))
    same = np.linalg.norm(page[near] - nearest, axis=2) < REACH / 20  # not across a sea
    return np.average(page[near], axis=1, weights=np.repeat((weights * same)[:, :, None], 2, 2))


def typical_place(page: Floats) -> Floats:
    """Return the place (2,) of an item in most company, of the half that is nearer the middle."""
    away = np.linalg.norm(page - np.median(page, axis=0), axis=1)
    inner = page[away <= np.median(away)]
    near = NearestNeighbors(n_neighbors=min(COMPANY, len(inner) - 1)).fit(inner)
    distances, _ = near.kneighbors()
    return np.asarray(inner[distances[:, -1].argmin()])
