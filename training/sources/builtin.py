"""Data sets known by name: scikit-learn's digits (offline), and those that Keras downloads."""

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.errors import DataUnreadable
from training.sources.train_test_split import count_shared

DIGITS_TEST_ITEMS: Final = 297
FASHION: Final = tuple(
    "T-shirt,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(",")
)
CIFAR10: Final = tuple("airplane automobile bird cat deer dog frog horse ship truck".split())
TEN: Final = tuple(map(str, range(10)))


def load(config: TrainConfig) -> Dataset:
    """Load a data set by its name, downloading it (checked by its hash) if it is not cached.

    Raises:
        DataUnreadable: The name is unknown, or the download failed.
    """
    if config.dataset == "digits":
        return _digits()
    downloads: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
        "mnist": (keras.datasets.mnist.load_data, TEN),
        "fashion-mnist": (keras.datasets.fashion_mnist.load_data, FASHION),
        "cifar10": (keras.datasets.cifar10.load_data, CIFAR10),
    }
    if config.dataset not in downloads:
        known = ", ".join(["digits", *downloads])
        message = f"no data set {config.dataset!r}; give --data PATH, or one of {known}"
        raise DataUnreadable(message)
    load_data, labels = downloads[config.dataset]
    try:
        train, test = load_data()
    except Exception as error:
        message = (
            f"{config.dataset} could not be downloaded ({error}); without a network, put its files "
            "in a folder and pass --data DIR, or use --config digits-z2, which needs no download"
        )
        raise DataUnreadable(message) from error
    splits = _split(*train), _split(*test)
    return Dataset(config.dataset, *splits, labels, count_shared(*splits))


def _split(images: NDArray[np.uint8], labels: NDArray[Any]) -> Split:
    if images.ndim == 3:  # noqa: PLR2004 - grey images come without a channel axis
        images = images[..., None]
    return Split(images, labels.reshape(-1).astype(np.int32))


def _digits() -> Dataset:
    """Return 1,500 training and 297 test images, 8 x 8, drawn once from the 1,797."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - a second's import

    bunch = load_digits()
    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)  # its pixels are 0…16
    order = np.random.default_rng(0).permutation(len(images))  # the writers come in blocks
    test, train = np.split(order, [DIGITS_TEST_ITEMS])
    return Dataset(
        "digits",
        _split(images[train], bunch.target[train]),
        _split(images[test], bunch.target[test]),
        TEN,
    )
