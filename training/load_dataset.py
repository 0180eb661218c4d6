"""Load a configuration's data set; each kind has a file in `training/sources/`."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from training.config import TrainConfig
from training.dataset import Dataset
from training.errors import DataUnreadable
from training.sources import builtin, from_path

SHOWN: Final = 10  # classes that a message names


def load_dataset(config: TrainConfig, data: Path | None = None, *, strict: bool = False) -> Dataset:
    """Read the configuration's data set: from `data` if given, else by its own loader.

    A broken file of an image folder is skipped and named, or refused if `strict`.

    Raises:
        DataUnreadable: It is not there, cannot be downloaded, or holds no images.
    """
    if data is None:
        dataset = builtin.load(config)
        from_path.check_shape(config, dataset, dataset.name)
    else:
        dataset = from_path.load(config, data, strict=strict)
    if config.labels:
        dataset = _renamed(dataset, config.labels)
    for split, word in ((dataset.train, "training"), (dataset.test, "test")):
        if not len(split):
            raise DataUnreadable(f"{dataset.name}: there is no {word} image")
        if config.conditional and split.labels.min() < 0:
            raise DataUnreadable(
                f"{dataset.name}: a conditional model needs a label for every image"
            )
    return dataset


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
