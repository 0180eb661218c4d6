"""Images from `--data PATH`: which kind of data set is there."""

from pathlib import Path

from training.config import TrainConfig
from training.dataset import Dataset
from training.errors import DataUnreadable
from training.sources.idx import holds_idx, load_idx
from training.sources.image_folder import load_folder
from training.sources.numpy_arrays import holds_arrays, load_arrays


def load(config: TrainConfig, path: Path, *, strict: bool = False) -> Dataset:
    """Read a folder of image, IDX or .npy files, or an .npz or .npy file.

    Args:
        config: What is wanted of the images.
        path: The file or folder.
        strict: Refuse an image folder for one broken file, which is skipped otherwise.

    Raises:
        DataUnreadable: Nothing there can be read as images of the wanted shape.
    """
    if not path.exists():
        raise DataUnreadable(f"{path}: no such file or folder")
    if holds_images(path):
        return load_folder(path, config, strict=strict)
    if path.is_file() and path.suffix not in (".npz", ".npy"):
        raise DataUnreadable(
            f"{path}: give a folder of images, or an .npz or .npy file (unpack an archive first)"
        )
    if path.is_dir() and holds_idx(path):
        if config.scale is not None:
            raise DataUnreadable(f"{path}: IDX files hold bytes; leave out the setting scale")
        dataset = load_idx(path, config.dataset)
    else:
        dataset = load_arrays(path, config.scale)
    check_shape(config, dataset, path)
    return dataset


def holds_images(path: Path) -> bool:
    """Say whether a path is read as a folder of image files, which are fitted to a size."""
    return path.is_dir() and not holds_idx(path) and not holds_arrays(path)


def check_shape(config: TrainConfig, dataset: Dataset, path: Path | str) -> None:
    """Refuse to ignore `image_size` and `channels`: only files of an image folder are fitted."""
    height, width, channels = dataset.image_shape
    if (config.image_size or (height, width)) != (height, width) or (
        config.channels or channels
    ) != channels:
        wanted = " and ".join(
            f"{key} {value}"
            for key, value in (("image_size", config.image_size), ("channels", config.channels))
            if value is not None
        )
        message = (
            f"{path}: its images are {height} × {width} × {channels}, but the configuration says "
            f"{wanted}; only the files of an image folder are fitted"
        )
        raise DataUnreadable(message)
