"""What a person may want to look at among a model's items: doubtful labels.

Every list is computed of an export alone, and sorted by how sure it is.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.neighbours import Neighbours

VOTERS: Final = 10  # neighbours that vote on a label

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
    sureness = votes[rows, suggested] - votes[rows, labels[items]]
    order = np.argsort(-sureness, kind="stable")
    order = order[sureness[order] > 0]
    return DoubtfulLabels(items[order], suggested[order], sureness[order])
