"""Lists of items that a person may want to look at, each computed when it is first asked for."""

import asyncio
import threading
from typing import Final

from app.background import start_thread, yield_to_requests
from app.errors import InvalidRequest
from app.latent.points import Points
from models.duplicates import Read
from models.review import read_thumbnails
from models.review_lists import Listed, ReviewLists

MOST: Final = 100_000  # items: comparing each with each takes minutes
COMPARED: Final = frozenset({"labels", "duplicates", "strangers"})


class Review:
    """The lists of one version."""

    def __init__(self, points: Points) -> None:
        """Take the items; nothing is computed yet."""
        self._items = len(points)
        self._make = ReviewLists(
            points.z_mean, points.label, points.reconstruction, _reader(points)
        ).make
        self._lists: dict[str, asyncio.Future[Listed]] = {}
        self._turn = threading.Lock()

    async def find(self, name: str) -> Listed:
        """Return the list of a name; whoever asks for it meanwhile waits for the same computation.

        Raises:
            InvalidRequest: The items have not what it is computed from, or are too many.
        """
        found = self._lists.get(name)
        if found is None or (found.done() and (found.cancelled() or found.exception())):
            _, result = start_thread(lambda: self._in_turn(name), f"review {name}")
            found = self._lists[name] = asyncio.wrap_future(result)
        return await asyncio.shield(found)

    def _in_turn(self, name: str) -> Listed:
        if name in COMPARED and self._items > MOST:
            raise InvalidRequest(
                f"the model has {self._items} items; up to {MOST} are compared with others"
            )
        yield_to_requests()
        with self._turn:  # each list takes all cores, and memory
            found = self._make(name)
        if found is None:
            raise InvalidRequest("the model comes without its images, so none can be compared")
        return found


def _reader(points: Points) -> Read | None:
    """Return what reads images of items; none for a model that comes without them."""
    if points.items.has_thumbnails:
        return read_thumbnails(points.items)
    return None if points.images is None else points.images.__getitem__
