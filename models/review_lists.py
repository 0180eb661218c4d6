"""The four lists of a review, made of what an export says of its items."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.duplicates import Read, find_duplicates
from models.neighbours import Neighbours, find_neighbours
from models.review import VOTERS, find_doubtful_labels, find_strangers, measure_detail

DIGITS: Final = 4  # of a similarity: what rounding leaves of 1 is 1
SCORES: Final = {
    "labels": "sureness",
    "duplicates": "similarity",
    "strangers": "deviations",
    "reconstructions": "reconstruction",
}
"""The lists by name, with the finding that each is sorted by."""


class Listed(NamedTuple):
    """A list, the surest or worst first."""

    ids: NDArray[np.int64]
    """(m,)"""
    findings: dict[str, NDArray[Any]]
    """What is said of each, by name, (m,)."""


class ReviewLists:
    """Makes the lists of a model's items; what two of them need is computed once."""

    def __init__(
        self,
        z_mean: NDArray[np.float32],
        labels: NDArray[Any],
        reconstruction: NDArray[np.float32],
        read: Read | None,
    ) -> None:
        """Take the items.

        Args:
            z_mean: (n, latent_dim).
            labels: (n,); −1 for no label.
            reconstruction: Loss at z_mean, (n,), nats.
            read: Returns their images; without it there is no list of duplicates.
        """
        self._z_mean, self._labels, self._reconstruction = z_mean, labels, reconstruction
        self._read = read
        made: dict[str, Callable[[], Listed]] = {
            "labels": self._doubtful_labels,
            "strangers": self._strangers,
            "reconstructions": self._reconstructions,
        }
        self._made = made if read is None else made | {"duplicates": lambda: self._duplicates(read)}

    def make(self, name: str) -> Listed | None:
        """Make the list of a name in SCORES; none if it cannot be."""
        return self._made[name]() if name in self._made else None

    @cached_property
    def _neighbours(self) -> Neighbours:
        return find_neighbours(self._z_mean, VOTERS)

    def _doubtful_labels(self) -> Listed:
        found = find_doubtful_labels(self._labels, self._neighbours)
        sureness = found.sureness.astype(np.float32)
        return Listed(found.item, {"suggested": found.suggested, "sureness": sureness})

    def _duplicates(self, read: Read) -> Listed:
        groups, similarity = find_duplicates(read, len(self._z_mean))
        sizes = [len(group) for group in groups]
        findings: dict[str, NDArray[Any]] = {
            "group": np.repeat(np.arange(1, len(groups) + 1), sizes),
            "similarity": np.repeat(np.round(similarity, DIGITS).astype(np.float32), sizes),
        }
        return Listed(np.concatenate([np.zeros(0, np.int64), *groups]), findings)

    def _strangers(self) -> Listed:
        n = len(self._z_mean)
        detail = None if self._read is None else measure_detail(self._read, n)
        found = find_strangers(self._reconstruction, self._neighbours, detail)
        rank = np.arange(1, n + 1, dtype=np.float32) / max(n, 1)
        deviations = found.deviations.astype(np.float32)
        return Listed(found.item, {"rank": rank, "deviations": deviations})

    def _reconstructions(self) -> Listed:
        order = np.argsort(-self._reconstruction, kind="stable")
        return Listed(order, {"reconstruction": self._reconstruction[order]})
