"""Images from `--data PATH`: which kind of source a path is."""

from pathlib import Path

from training.config import TrainConfig
from training.datasets import Dataset
from training.errors import DataUnreadable
from training.sources.idx import holds_idx, load_idx


def load(config: TrainConfig, path: Path) -> Dataset:
    """Read a folder of IDX files.

    Raises:
        DataUnreadable: Nothing there can be read as images.
    """
    if not path.exists():
        raise DataUnreadable(f"{path}: no such file or folder")
    if path.is_dir() and holds_idx(path):
        return load_idx(path, config.dataset)
    raise DataUnreadable(f"{path}: holds no IDX files")
