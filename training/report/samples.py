"""New images, and whether they are copies: each over the training image that is nearest to it."""

from typing import Final

import numpy as np
from matplotlib import rc_context
from numpy.typing import NDArray

from training.dataset import Split
from training.report.evaluated_run import EvaluatedRun, Floats
from training.report.pairs import COLUMNS, Pair, draw_pairs
from training.report.style import RULES, finish

SHOWN: Final = 2 * COLUMNS
SAMPLES: Final = 480  # of which copies are looked for
MOST: Final = 20_000  # images of each split that are searched
COPIES: Final = 0.5  # times the distance from test images; fewer of these are a little farther


def draw_samples(run: EvaluatedRun) -> bytes:
    """Draw samples over their nearest training images, and say how near these are."""
    samples = run.sample(SAMPLES)
    train, test = run.train.some(MOST), run.test.some(MOST)
    nearest, distance = nearest_images(samples, train)
    _, to_test = nearest_images(samples, test)
    some_tests = test.some(SAMPLES)
    _, of_tests = nearest_images(as_floats(some_tests, np.arange(len(some_tests))), train)
    pairs = [
        Pair(samples[i], as_floats(train, nearest[i]), ("sample", "nearest"))
        for i in np.arange(SHOWN).reshape(-1, COLUMNS)
    ]
    with rc_context(RULES):
        figure = draw_pairs(pairs)
    typical, outside, usual = (float(np.median(d)) for d in (distance, to_test, of_tests))
    caption = (
        "New images: decodes of z drawn from the prior, each over the training image nearest to it "
        f"in pixels. A sample typically differs from that image by {typical:.3f} (root mean "
        "square, pixels 0 to 1) and from the nearest test image, which was not learned, by "
        f"{outside:.3f}: {verdict(typical, outside)}. Test images differ from their nearest "
        f"training image by {usual:.3f}."
    )
    return finish(figure, "Samples, and whether they are copies", caption, run.footer())


def verdict(to_train: float, to_test: float) -> str:
    """Say whether a model copies, by how far its samples are from the nearest images.

    Smooth samples are nearer to everything than images are to each other, so their distance from
    training images is judged by that from test images, which cannot be copied.
    """
    copies = to_train < COPIES * to_test
    return "copies of training images, or nearly" if copies else "no copies"


def nearest_images(images: Floats, among: Split) -> tuple[NDArray[np.int64], Floats]:
    """Return the index of the nearest of other images, and the root mean square difference."""
    flat = images.reshape(len(images), -1)
    found = np.zeros(len(images), np.int64)
    least = np.full(len(images), np.inf, np.float32)
    for indices in among.chunks(256):
        others = as_floats(among, indices).reshape(len(indices), -1)
        squares = np.square(others).sum(axis=1) - 2 * flat @ others.T
        here = squares.argmin(axis=1)
        better = squares[np.arange(len(flat)), here] < least
        least[better] = squares[better, here[better]]
        found[better] = indices[here[better]]
    squared = np.maximum(least + np.square(flat).sum(axis=1), 0)
    return found, np.sqrt(squared / np.float32(flat.shape[1]))


def as_floats(split: Split, indices: NDArray[np.int64]) -> Floats:
    """Return images as they are, 0…1."""
    return split.images[indices].astype(np.float32) / np.float32(255)
