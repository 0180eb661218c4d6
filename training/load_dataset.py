"""Load a configuration's data set; each kind has a file in `training/sources/`."""

import functools
import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.errors import DataUnreadable
from training.sources import builtin, from_path
from training.sources.copies import find_same

FEWEST: Final = 4  # different images
FEWEST_TRAINED: Final = 2  # of them to train on
LOOKED_AT: Final = 200  # images of a split that are checked
BRIGHT: Final = 0.999  # quantile of the pixels that should be brighter
DIM: Final = 64  # than this, of 255
SHOWN: Final = 10  # classes that a message names
log = logging.getLogger(__name__)


def load_dataset(config: TrainConfig, data: Path | None = None, *, strict: bool = False) -> Dataset:
    """Read the configuration's data set: from `data` if given, else by its own loader.

    What was understood of it is logged, once in a process. A broken file of an image folder is
    skipped and named, or refused if `strict`.

    Raises:
        DataUnreadable: It is not there, cannot be downloaded, or holds too few images.
    """
    if data is None:
        if config.scale is not None:
            raise DataUnreadable(f"{config.dataset}: holds bytes already; leave out scale")
        dataset = builtin.load(config)
        from_path.check_shape(config, dataset, dataset.name)
    else:
        dataset = from_path.load(config, data, strict=strict)
    for note in dataset.read_as:
        _say(f"{data or dataset.name}: {note}")
    if config.labels:
        dataset = _renamed(dataset, config.labels)
    where = str(data or dataset.name)
    _check_numbers(dataset, where)
    for split in (dataset.train, dataset.test):
        if config.conditional and split.labels.min() < 0:
            raise DataUnreadable(f"{where}: a conditional model needs a label for every image")
    if _nearly_black(dataset.train):
        _say(
            f"{where}: the images are nearly black, so a model has flattering figures and shows "
            "little; --set scale=[BLACK,WHITE] says which values are black and white"
        )
    return dataset


@functools.cache  # a run is read again to be measured and exported
def _say(text: str) -> None:
    log.warning(text)  # the level that is shown without any set-up


def _renamed(dataset: Dataset, names: tuple[str, ...]) -> Dataset:
    """Give the classes other names."""
    if len(names) < len(dataset.labels):
        there = ", ".join(dataset.labels[:SHOWN]) + (", …" if len(dataset.labels) > SHOWN else "")
        message = (
            f"labels has {len(names)} names, but {dataset.name} has {len(dataset.labels)} classes "
            f"({there}); give a name for each, in this order"
        )
        raise DataUnreadable(message)
    return replace(dataset, labels=names)


def _check_numbers(dataset: Dataset, where: str) -> None:
    train, test = (_different(split) for split in (dataset.train, dataset.test))
    if train + test < FEWEST or train < FEWEST_TRAINED or not test:
        raise DataUnreadable(
            f"{where}: holds too few different images: {train} to train on and {test} to test on; "
            f"at least {FEWEST} are needed, and hundreds for a model that shows something"
        )


def _different(split: Split) -> int:
    """Return how many different images are among the first."""
    return len({*find_same(split.subset(slice(0, LOOKED_AT)).images).tolist()})


def _nearly_black(split: Split) -> bool:
    rows = np.unique(np.linspace(0, len(split) - 1, min(LOOKED_AT, len(split))).astype(int))
    return bool(np.quantile(split.images[rows], BRIGHT) <= DIM)
