"""Batches of an epoch: order, noise and binarisation, all from (seed, epoch, step).

Nothing here has state, so a run can be taken up at any step and see what it would have seen.
"""

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.manifest import Binarisation
from training.config import TrainConfig
from training.dataset import Split

ORDER, NOISE, PIXELS, MOVES = range(4)  # streams of random numbers that must not meet
AHEAD: Final = 4  # batches made ready while the model works
MOMENT: Final = 1 << 32  # an epoch that no training comes to: its noise is the evaluation's own

Batch = tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]


def steps_per_epoch(items: int, batch_size: int) -> int:
    """Return how many batches an epoch has; the last may be smaller."""
    return -(-items // batch_size)


def epoch_batches(
    config: TrainConfig, split: Split, classes: int, epoch: int, first_step: int = 0
) -> Generator[Batch, None, None]:
    """Yield an epoch's batches (inputs, x) from a step on, read ahead by a thread.

    inputs: x float32 (n, height, width, channels) in 0…1, eps (n, latent_dim), and label (n,
    classes), one-hot, for a conditional model.
    """
    order = np.random.default_rng((config.seed, ORDER, epoch)).permutation(len(split))
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(AHEAD)
    stopped = threading.Event()

    def hand_over(item: Batch | BaseException | None) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return

    def read() -> None:
        try:
            for step in range(first_step, steps_per_epoch(len(split), config.batch_size)):
                if stopped.is_set():
                    return
                indices = order[step * config.batch_size : (step + 1) * config.batch_size]
                moment = (epoch, step)
                hand_over(make_batch(config, split, classes, indices, moment, moved=True))
            hand_over(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the batch is wanted
            hand_over(error)

    reader = threading.Thread(target=read, name="batches", daemon=True)
    reader.start()
    try:
        while (batch := ready.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        stopped.set()


def make_batch(
    config: TrainConfig,
    split: Split,
    classes: int,
    indices: NDArray[np.int64],
    moment: tuple[int, int],
    *,
    moved: bool = False,
) -> Batch:
    """Make the batch of these images at (epoch, step); `moved` as training wants them."""
    seed = (config.seed, PIXELS, *moment)
    images = split.images[indices]
    if moved:
        draw = np.random.default_rng((config.seed, MOVES, *moment))
        images = cutmix(move(images, config.flips, config.shifts, draw), config.cutmix, draw)
    x = binarise(images, config.binarisation, seed, indices)
    return make_inputs(config, x, split.labels[indices], classes, moment), x


def make_inputs(
    config: TrainConfig,
    x: NDArray[np.float32],
    labels: NDArray[np.int32],
    classes: int,
    moment: tuple[int, ...],
) -> dict[str, NDArray[np.float32]]:
    """Put the moment's noise, and the labels for a conditional model, beside x."""
    noise = np.random.default_rng((config.seed, NOISE, *moment))
    eps = noise.standard_normal((len(x), config.latent_dim), dtype=np.float32)
    label = {"label": one_hot(labels, classes)} if config.conditional else {}
    return {"x": x, "eps": eps, **label}


def evaluation_batches(
    config: TrainConfig, split: Split, classes: int, size: int = 512
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """Yield all images in order as inputs, binarised and with noise that no training step saw."""
    for number, indices in enumerate(split.chunks(size)):
        seed = (config.seed, PIXELS, MOMENT, number)
        x = binarise(split.images[indices], config.binarisation, seed, indices)
        yield make_inputs(config, x, split.labels[indices], classes, (MOMENT, 0, number))


def one_hot(labels: NDArray[np.int32], classes: int) -> NDArray[np.float32]:
    """Return float32 (n, classes)."""
    vectors = np.zeros((len(labels), classes), np.float32)
    vectors[np.arange(len(labels)), labels] = 1
    return vectors


def move(
    images: NDArray[np.uint8], flips: bool, shifts: int, draw: np.random.Generator
) -> NDArray[np.uint8]:
    """Mirror half of the images and move each by up to `shifts` pixels; the border is repeated."""
    if not (flips or shifts):
        return images
    n, height, width, _ = images.shape
    if flips:
        images = np.where(draw.random((n, 1, 1, 1)) < 0.5, images[:, :, ::-1], images)  # noqa: PLR2004 - half
    down, across = draw.integers(-shifts, shifts + 1, (2, n, 1))
    rows = np.clip(np.arange(height) + down, 0, height - 1)
    columns = np.clip(np.arange(width) + across, 0, width - 1)
    moved = zip(images, rows, columns, strict=True)
    return np.stack([image[row][:, column] for image, row, column in moved])


def cutmix(images: NDArray[np.uint8], share: float, draw: np.random.Generator) -> NDArray[np.uint8]:
    """Paste a rectangle of another image of the batch, at its place, into a share of the images.

    Its sides are a quarter to three quarters of the image's. Source: Yun et al. (2019), CutMix.
    https://arxiv.org/abs/1905.04899
    """
    if not share:
        return images
    n, height, width, _ = images.shape
    mixed = images.copy()
    other = draw.permutation(n)
    chosen = np.flatnonzero(draw.random(n) < share)
    parts, starts = draw.uniform(0.25, 0.75, (2, n)), draw.random((2, n))
    for i in chosen:
        (top, bottom), (left, right) = (
            _stretch(side, part, start)
            for side, part, start in zip((height, width), parts[:, i], starts[:, i], strict=True)
        )
        mixed[i, top:bottom, left:right] = images[other[i], top:bottom, left:right]
    return mixed


def _stretch(side: int, part: float, start: float) -> tuple[int, int]:
    """Return where a part of a side begins and ends, pixels."""
    length = round(part * side)
    first = round(start * (side - length))
    return first, first + length


def binarise(
    images: NDArray[np.uint8],
    binarisation: Binarisation,
    seed: tuple[int, ...],
    indices: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Scale pixels to 0…1 and draw them as the binarisation says.

    `none` keeps the grey values; `static` draws each image once, by its index; `dynamic` draws it
    anew for every seed. Salakhutdinov and Murray (2008) draw; a threshold is a fourth problem.
    """
    x: NDArray[np.float32] = np.divide(images, 255, dtype=np.float32)
    if binarisation == "none":
        return x
    if binarisation == "dynamic":
        uniform = np.random.default_rng(seed).random(x.shape, dtype=np.float32)
    else:
        draws = [np.random.default_rng((seed[0], PIXELS, index)) for index in indices]
        uniform = np.stack([draw.random(x.shape[1:], dtype=np.float32) for draw in draws])
    return (uniform < x).astype(np.float32)
