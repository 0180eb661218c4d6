"""Which images are test images, where the data set does not say."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.errors import DataUnreadable

TEST_SHARE: Final = 0.2


def held_out(
    digests: Sequence[bytes], labels: NDArray[np.int32], names: Sequence[str], where: str
) -> NDArray[np.bool_]:
    """Say for every image whether it is a test image; about a fifth of them are.

    The digest of an image's content decides: copies lie on one side, and an image stays on its
    side when others come or go. Every class has images on both sides.

    Args:
        digests: One for each image, at least 8 bytes.
        labels: int32 (n,); −1 where there is none.
        names: The classes' names.
        where: The data set's path, for the message.

    Raises:
        DataUnreadable: A class has only one image, copies not counted.
    """
    tested = {d: int.from_bytes(d[:8], "big") < TEST_SHARE * 2**64 for d in digests}
    for label in np.unique(labels):
        members = sorted({digests[int(i)] for i in np.flatnonzero(labels == label)})
        if len(members) == 1:
            which = f"class {names[label]!r}" if label >= 0 else "the data set"
            message = (
                f"{where}: {which} has only one image (copies not counted); at least two are "
                "needed, one to train on and one to test on"
            )
            raise DataUnreadable(message)
        sides = {tested[member] for member in members}
        if sides == {False}:
            tested[members[0]] = True
        elif sides == {True}:
            tested[members[-1]] = False
    return np.array([tested[digest] for digest in digests])
