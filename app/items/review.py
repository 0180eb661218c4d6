"""Lists of items that a person may want to look at, each computed when it is first asked for."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest
from app.latent.points import Points
from models.neighbours import find_neighbours
from models.review import VOTERS, find_doubtful_labels

MOST: Final = 100_000  # items: comparing each with each takes minutes


class Reviewed(NamedTuple):
    """A list, the surest or worst first: ids (m,), and what it says of each by name, (m,)."""

    ids: Array
    findings: dict[str, Array]


class Review:
    """The lists of one version."""

    def __init__(self, points: Points) -> None:
        """Take the items; nothing is computed yet."""
        self._points = points
        self._lists: dict[str, asyncio.Future[Reviewed]] = {}

    async def find(self, name: str) -> Reviewed:
        """Return one of LISTS; whoever asks for it meanwhile waits for the same computation.

        Raises:
            InvalidRequest: The items have not what it is computed from, or are too many.
        """
        found = self._lists.get(name)
        if found is None or (found.done() and found.exception()):
            found = asyncio.ensure_future(asyncio.to_thread(LISTS[name], self._points))
            self._lists[name] = found
        return await asyncio.shield(found)


def _labels(points: Points) -> Reviewed:
    _check_size(points)
    neighbours = find_neighbours(points.z_mean, VOTERS)
    found = find_doubtful_labels(points.label, neighbours)
    sureness = found.sureness.astype(np.float32)
    return Reviewed(found.item, {"suggested": found.suggested, "sureness": sureness})


def _reconstructions(points: Points) -> Reviewed:
    order = np.argsort(-points.reconstruction, kind="stable")
    return Reviewed(order, {"reconstruction": points.reconstruction[order]})


def _check_size(points: Points) -> None:
    if len(points) > MOST:
        raise InvalidRequest(
            f"the model has {len(points)} items; up to {MOST} are compared with each other"
        )


LISTS: Final[dict[str, Callable[[Points], Reviewed]]] = {
    "labels": _labels,
    "reconstructions": _reconstructions,
}
