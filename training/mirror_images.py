"""Whether a data set's images may be mirrored for training, found by looking at them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.dataset import Split

SAMPLE: Final = 1000  # images that are looked at
SIDE: Final = 12  # pixels of the thumbnails that are compared
FARTHER: Final = 1.3  # how much farther from the others a mirrored image may be than the image is
FEWEST: Final = 10  # images below which nothing can be told


def may_be_mirrored(images: Split) -> bool:
    """Tell whether mirrored images look like images of the set.

    Each image's distance to the nearest other image is compared with its mirror image's. They are
    about the same for photographs and most drawings (1.0 to 1.1 times for photographs and emoji);
    mirrored letters are like no letter (1.6 times).
    """
    if len(images) < FEWEST:
        return False
    chosen = np.unique(np.linspace(0, len(images) - 1, min(SAMPLE, len(images))).astype(int))
    thumbnails = np.stack([_thumbnail(image) for image in images.images[chosen]])
    itself = _nearest(thumbnails, thumbnails)
    mirrored = _nearest(thumbnails[:, :, ::-1], thumbnails)
    told = itself > 0  # of copies nothing can be told
    return bool(told.any() and np.median(mirrored[told] / itself[told]) < FARTHER)


def _thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    channels = [
        np.asarray(Image.fromarray(channel).resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.stack(channels, axis=-1) / np.float32(255)


def _nearest(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the distance of each to the nearest of the others but the one in its own place."""
    a, b = (part.reshape(len(part), -1) for part in (some, others))
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    np.fill_diagonal(squared, np.inf)
    nearest: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0).min(axis=1))
    return nearest
