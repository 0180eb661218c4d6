"""Lists of items that a person may want to look at, each computed when it is first asked for."""

import asyncio
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.background import start_thread, yield_to_requests
from app.errors import InvalidRequest
from app.latent.points import Points
from models.duplicates import Read, find_duplicates
from models.neighbours import Neighbours, find_neighbours
from models.review import (
    VOTERS,
    find_doubtful_labels,
    find_strangers,
    measure_detail,
    read_thumbnails,
)

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
        self._turn = threading.Lock()
        self._compute: dict[str, Callable[[], Reviewed]] = {
            "labels": self._labels,
            "duplicates": self._duplicates,
            "strangers": self._strangers,
            "reconstructions": self._reconstructions,
        }

    async def find(self, name: str) -> Reviewed:
        """Return the list of a name; whoever asks for it meanwhile waits for the same computation.

        Raises:
            InvalidRequest: The items have not what it is computed from, or are too many.
        """
        found = self._lists.get(name)
        if found is None or (found.done() and (found.cancelled() or found.exception())):
            _, result = start_thread(lambda: self._in_turn(name), f"review {name}")
            found = self._lists[name] = asyncio.wrap_future(result)
        return await asyncio.shield(found)

    def _in_turn(self, name: str) -> Reviewed:
        yield_to_requests()
        with self._turn:  # each list takes all cores, and memory
            return self._compute[name]()

    @cached_property
    def _neighbours(self) -> Neighbours:
        self._check_size()
        return find_neighbours(self._points.z_mean, VOTERS)

    @property
    def _read(self) -> Read | None:
        """Returns images of items; none for a model that comes without them."""
        images = self._points.images
        if self._points.items.has_thumbnails:
            return read_thumbnails(self._points.items)
        return None if images is None else images.__getitem__

    def _labels(self) -> Reviewed:
        found = find_doubtful_labels(self._points.label, self._neighbours)
        sureness = found.sureness.astype(np.float32)
        return Reviewed(found.item, {"suggested": found.suggested, "sureness": sureness})

    def _duplicates(self) -> Reviewed:
        self._check_size()
        if self._read is None:
            raise InvalidRequest("the model comes without its images, so none can be compared")
        groups, sureness = find_duplicates(self._read, len(self._points))
        sizes = [len(group) for group in groups]
        findings: dict[str, Array] = {
            "group": np.repeat(np.arange(1, len(groups) + 1), sizes),
            "similarity": np.repeat(np.round(sureness, 4).astype(np.float32), sizes),
        }
        return Reviewed(np.concatenate([np.zeros(0, np.int64), *groups]), findings)

    def _strangers(self) -> Reviewed:
        n = len(self._points)
        detail = measure_detail(self._read, n) if self._read else None
        found = find_strangers(self._points.reconstruction, self._neighbours, detail)
        rank = np.arange(1, n + 1, dtype=np.float32) / max(n, 1)
        deviations = found.deviations.astype(np.float32)
        return Reviewed(found.item, {"rank": rank, "deviations": deviations})

    def _reconstructions(self) -> Reviewed:
        order = np.argsort(-self._points.reconstruction, kind="stable")
        return Reviewed(order, {"reconstruction": self._points.reconstruction[order]})

    def _check_size(self) -> None:
        n = len(self._points)
        if n > MOST:
            raise InvalidRequest(f"the model has {n} items; up to {MOST} are compared with others")
