"""What a person may want to look at among a model's items: doubtful labels, strangers and more.

Every list is computed of an export alone, and sorted by how sure it is. Near-duplicates are in
`models.duplicates`; benchmarks/review.py measures how well planted faults are found.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.duplicates import Read
from models.image_file import read_png
from models.items import ItemTable
from models.neighbours import Neighbours

VOTERS: Final = 10  # neighbours that vote on a label
FELLOW: Final = 5  # number of the neighbour whose distance says how lonely an item is
ROUNDS: Final = 10  # of the robust regression
BEND: Final = 2  # deviations beyond which an item pulls less at it
DEVIATION: Final = 1.4826  # standard deviations of a normal distribution in its median one
LEAST: Final = 0.05  # of the usual difference, below which differences count as equal
AT_ONCE: Final = 512  # images

Indices = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]


class DoubtfulLabels(NamedTuple):
    """Items whose neighbours have another label, the surest first; all (m,)."""

    item: Indices
    suggested: Indices
    """The label that most neighbours have."""
    sureness: Floats
    """The share of its votes less the share of the item's own label, above 0 to 1."""


def find_doubtful_labels(labels: NDArray[Any], neighbours: Neighbours) -> DoubtfulLabels:
    """Find labels that the nearest items in latent space contradict.

    Each neighbour with a label votes, the nearer the more.

    Args:
        labels: (n,); −1 for no label.
        neighbours: Of z_mean; the first 10 of each item vote.
    """
    items = np.flatnonzero(labels >= 0)
    if not len(items) or not neighbours.indices.shape[1]:
        return DoubtfulLabels(items[:0], items[:0], np.zeros(0))
    near, distances = (part[items, :VOTERS] for part in neighbours)
    scaled = distances.astype(np.float64) / np.maximum(distances[:, -1:], 1e-12)
    weights = np.exp(-0.5 * scaled**2)
    weights = weights * (labels[near] >= 0)
    votes = np.zeros((len(items), labels.max() + 1))
    np.add.at(votes, (np.arange(len(items))[:, None], labels[near]), weights)
    votes /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    suggested = votes.argmax(axis=1)
    rows = np.arange(len(items))
    sureness = np.minimum(votes[rows, suggested] - votes[rows, labels[items]], 1)
    order = np.argsort(-sureness, kind="stable")
    order = order[sureness[order] > 0]
    return DoubtfulLabels(items[order], suggested[order], sureness[order])


class Strangers(NamedTuple):
    """All items, the strangest first; both (n,)."""

    item: Indices
    deviations: Floats
    """How far it is from the usual, in usual deviations; 0 for what is not beyond it."""


def find_strangers(
    reconstruction: Floats, neighbours: Neighbours, detail: Floats | None = None
) -> Strangers:
    """Sort items by how unlike the rest they are.

    An image is strange if it is reconstructed worse than is usual for images of as much detail, or
    if its neighbours are far. Its −ELBO alone is a poor score, as a plain image scores well.

    Args:
        reconstruction: Loss at z_mean, (n,).
        neighbours: Of z_mean.
        detail: What `measure_detail` returns, (n,); none where there are no thumbnails.
    """
    n, near = neighbours.distances.shape
    if not near:
        return Strangers(np.arange(n), np.zeros(n))
    misfit = reconstruction.astype(np.float64)
    if detail is not None:
        misfit -= _line(detail, misfit)
        spread = np.abs(misfit)
        misfit /= np.exp(_line(detail, np.log(spread + LEAST * np.median(spread) + 1e-9)))
    distance = neighbours.distances[:, min(FELLOW, near) - 1].astype(np.float64)
    lonely = np.log(np.maximum(distance, 1e-3 * np.median(distance) + 1e-12))
    deviations = np.hypot(_above(misfit), _above(lonely))
    order = np.argsort(-deviations, kind="stable")
    return Strangers(order, deviations[order])


def _above(values: Floats) -> Floats:
    """Return by how many usual deviations values are above the usual one."""
    rest = values - np.median(values)
    found: Floats = np.maximum(rest, 0) / (DEVIATION * np.median(np.abs(rest)) + 1e-9)
    return found


def _line(detail: Floats, values: Floats) -> Floats:
    """Return the line through values over detail that few strangers cannot bend, at each.

    Source of the weights: Huber (1964), https://doi.org/10.1214/aoms/1177703732.
    """
    powers, weights = np.vander(detail - np.median(detail), 2), np.ones(len(values))
    for _ in range(ROUNDS):
        line = powers @ np.linalg.lstsq(powers * weights[:, None], values * weights)[0]
        rest = np.abs(values - line)
        usual = DEVIATION * np.median(rest) + 1e-9
        weights = np.sqrt(np.minimum(1, BEND * usual / np.maximum(rest, 1e-12)))
    found: Floats = line
    return found


def measure_detail(read: Read, items: int) -> Floats:
    """Return how much detail each image has: the logarithm of its mean difference of neighbours."""
    found = [np.zeros(0)]
    for start in range(0, items, AT_ONCE):
        pixels = read(np.arange(start, min(start + AT_ONCE, items))).astype(np.float32) / 255
        steps = [np.abs(np.diff(pixels, axis=axis)).mean(axis=(1, 2, 3)) for axis in (1, 2)]
        found.append(np.log(steps[0] + steps[1] + 1e-4))
    return np.concatenate(found)


def read_thumbnails(items: ItemTable) -> Read:
    """Return a function from item ids (m,) to their thumbnails, uint8 (m, height, width, channels).

    The model must have been exported with its images.
    """

    def read(ids: Indices) -> NDArray[np.uint8]:
        return np.stack([read_png(items.thumbnail(item) or b"") for item in ids.tolist()])

    return read
