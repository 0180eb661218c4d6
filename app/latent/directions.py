"""Directions through the latent space: from one set of items to another."""

from typing import Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest
from app.latent.vectors import from_base64, vectors

FOLDS: Final = 5
NOTHING: Final = 1e-9  # of a direction's length: what rounding leaves


class Direction(NamedTuple):
    """From one set to another."""

    direction: Array
    """Of length 1, float64 (d,)."""
    auc: float | None
    """How often an item of the second set lies farther along than one of the first."""
    low: float
    """Where along the vector the first set is: the mean."""
    high: float


class Items(NamedTuple):
    """A set of items: float64 (n, d)."""

    z_mean: Array
    z_log_var: Array


def find_direction(start: Items, to: Items, others: Array) -> Direction:
    """Find the direction that tells two sets of items apart best, by linear discriminant analysis.

    Its AUC is measured on items that are left out: the mean of five folds, or as many as the
    smaller set has items.

    Args:
        start: At least one item.
        to: At least one item.
        others: Directions (k, d) to which it is to be at right angles; k may be 0.

    Raises:
        InvalidRequest: The sets lie at one place, or differ along the others alone.
    """
    basis = _basis(others)
    vector = _discriminant(start, to, basis)
    low, high = start.z_mean.mean(axis=0) @ vector, to.z_mean.mean(axis=0) @ vector
    return Direction(vector, _held_out_auc(start, to, basis), float(low), float(high))


def parse_direction(text: str, latent_dim: int) -> Array:
    """Read `v-<base64url>` or numbers separated by commas: float32 (d,).

    Raises:
        InvalidRequest: It is neither, or not of the model's length.
    """
    if text.startswith("v-"):
        return from_base64(text[2:], 1, latent_dim)[0]
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError as error:
        message = f"direction must be v-… or numbers separated by commas, but is {text[:80]!r}"
        raise InvalidRequest(message) from error
    return vectors(np.array([numbers], np.float64), latent_dim)[0]


def _basis(others: Array) -> Array:
    """Return an orthonormal basis (d, m) of what is at right angles to all others."""
    if not len(others):
        return np.eye(others.shape[1])
    _, sizes, rows = np.linalg.svd(others.astype(np.float64))
    used = int((sizes > NOTHING * max(sizes[0], 1)).sum())
    basis: Array = rows[used:].T
    return basis


def _discriminant(start: Items, to: Items, basis: Array) -> Array:
    """Return the unit vector S⁻¹(m₂ − m₁), within what the basis spans.

    S is the covariance within the sets, shrunk, and the mean variance of the items' own posteriors.
    Without that, dimensions that the decoder ignores, in which z_mean hardly varies, weigh most.
    """
    apart = (to.z_mean.mean(axis=0) - start.z_mean.mean(axis=0)) @ basis
    around = [items.z_mean - items.z_mean.mean(axis=0) for items in (start, to)]
    own = np.exp(np.concatenate([start.z_log_var, to.z_log_var])).mean(axis=0)
    within = _shrunk(np.concatenate(around) @ basis) + (basis.T * own) @ basis
    found = basis @ np.linalg.solve(within, apart) if basis.size else np.zeros(len(basis))
    length = np.linalg.norm(found)
    if not length > NOTHING:
        message = "the two sets lie at the same place in latent space"
        if basis.shape[1] < len(basis):
            message += ", but for the directions that orthogonal_to names"
        raise InvalidRequest(message)
    unit: Array = found / length
    return unit


def _shrunk(off: Array) -> Array:
    """Estimate a covariance of few items (n, d) around their mean.

    Source: Ledoit and Wolf (2004), https://doi.org/10.1016/S0047-259X(03)00096-4.
    """
    n, d = off.shape
    covariance = off.T @ off / n
    size = np.trace(covariance) / max(d, 1)
    target = size * np.eye(d)
    apart = np.square(covariance - target).sum()
    error = (np.square(np.square(off).sum(axis=1)).sum() / n - np.square(covariance).sum()) / n
    share = min(1.0, error / apart) if apart > 0 else 1.0
    shrunk: Array = (1 - share) * covariance + share * target
    return shrunk


def _held_out_auc(start: Items, to: Items, basis: Array) -> float | None:
    folds = min(FOLDS, len(start.z_mean), len(to.z_mean))
    if folds < 2:  # noqa: PLR2004
        return None
    found = []
    for fold in range(folds):
        (kept, left), (kept_to, left_to) = (_fold(items, fold, folds) for items in (start, to))
        try:
            vector = _discriminant(kept, kept_to, basis)
        except InvalidRequest:  # the rest lies at one place
            found.append(0.5)
        else:
            found.append(_auc(left.z_mean @ vector, left_to.z_mean @ vector))
    return float(np.mean(found))


def _fold(items: Items, fold: int, folds: int) -> tuple[Items, Items]:
    """Split items into those that are kept and those that are left out."""
    places = np.random.default_rng(0).permutation(len(items.z_mean)) % folds == fold
    return Items(*(part[~places] for part in items)), Items(*(part[places] for part in items))


def _auc(low: Array, high: Array) -> float:
    """Return how often a value of `high` is above one of `low`; equal ones count half."""
    low = np.sort(low)
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.mean() / 2 / len(low))
