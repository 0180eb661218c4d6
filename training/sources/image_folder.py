"""Image folders: files in sub-folders, fitted to one shape and split."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.image_file import decode, open_image
from models.preprocess import Scale
from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.errors import DataUnreadable
from training.sources.column_types import Columns, type_columns
from training.sources.fit_files import Fitted, fit_files
from training.sources.folder_listing import File, list_files
from training.sources.folder_sample import Sample, inspect_sample
from training.sources.image_file import FORMATS
from training.sources.train_test_split import divide, separate
from training.sources.value_range import DEEPEST, find_range, recognise, say

NAMED: Final = 5  # broken files that the message names


class FolderImages(NamedTuple):
    """All images of a folder, by their paths."""

    fitted: Fitted
    images: Split
    names: tuple[str, ...]
    """Of the classes."""
    read_as: tuple[str, ...]
    """What was understood of the files, in sentences for the user."""


def load_folder(folder: Path, config: TrainConfig, *, strict: bool = False) -> Dataset:
    """Read a folder of image files; `models.preprocess` says how they are fitted.

    Without `image_size` they must have one size; without `channels` they are colour if any image
    of a sample is; without `scale` their values tell what is black and white. A file that cannot
    be read is skipped, counted and named.

    Args:
        folder: `list_files` says what its sub-folders and tables mean.
        config: Its image_size, channels and scale.
        strict: Refuse the folder if a file cannot be read.

    Raises:
        DataUnreadable: No image, mixed sizes, unknown values, or broken files and strict.
    """
    read = read_folder(folder, config, strict=strict)
    train, test, said = _sides(read.fitted, read.images, read.names)
    return Dataset(folder.resolve().name, train, test, read.names, (*read.read_as, *said))


def read_folder(folder: Path, config: TrainConfig, *, strict: bool = False) -> FolderImages:
    """Read a folder of image files as `load_folder` does, and do not split them."""
    listing = list_files(folder)
    seen = inspect_sample(listing.files)
    channels = config.channels or (1 if seen.grey else 3)
    image_size = config.image_size or _one_size(folder, seen.sizes)
    scale, notes = _scale(folder, config, listing.files, seen)
    fitted = fit_files(listing.files, (*image_size, channels), scale)
    if fitted.broken:
        notes.append(_say_broken(folder, fitted.broken, len(listing.files), strict=strict))
    names = tuple(sorted({file.label for file in fitted.files if file.label is not None}))
    columns, typed = type_columns(
        {
            column: np.array([file.columns.get(column, "") for file in fitted.files], object)
            for column in listing.columns
        }
    )
    read_as = (listing.read_as, *typed, *notes)
    return FolderImages(fitted, _everything(fitted, names, columns), names, read_as)


def _scale(
    folder: Path, config: TrainConfig, files: Sequence[File], seen: Sample
) -> tuple[Scale | None, list[str]]:
    """Return the values for black and white, none where they are the format's; and say so.

    If the sample looks unusual, all files are passed over once more.
    """
    if config.scale is not None or seen.usual:
        return config.scale, []
    values = find_range(_values(files), str(folder))
    scale = recognise(values, str(folder))
    if scale[1] == DEEPEST and "F" not in seen.modes:
        return None, []  # `preprocess` keeps the upper half of 16 bits
    if seen.deep and any(mode[0] not in "IF" for mode in seen.modes):
        raise DataUnreadable(
            f"{folder}: holds files of 8 bits and files of more, whose highest value is "
            f"{values.high:.6g}: no scale is right for both; save them alike, or give "
            "--set scale=[BLACK,WHITE] for all"
        )
    said = say(values, scale)
    return scale, [said] if said else []


def _values(files: Sequence[File]) -> Iterator[NDArray[Any]]:
    for file in files:
        try:
            image = decode(open_image(file.path.read_bytes(), FORMATS))
        except Exception:  # noqa: BLE001, S112 - fitting the files names it
            continue
        values = np.asarray(image)
        yield values[..., :-1] if image.mode.endswith("A") else values


def _everything(fitted: Fitted, names: Sequence[str], columns: Columns) -> Split:
    numbers = {name: number for number, name in enumerate(names)}
    labels = [-1 if file.label is None else numbers[file.label] for file in fitted.files]
    paths = np.array([file.name for file in fitted.files], object)
    return Split(fitted.images, np.array(labels, np.int32), paths, columns, fitted.sizes)


def _sides(
    fitted: Fitted, everything: Split, names: Sequence[str]
) -> tuple[Split, Split, tuple[str, ...]]:
    given = [file.tested for file in fitted.files]
    if None in given:
        return divide(everything, fitted.digests, names)
    tested = np.array(given, bool)
    test = everything.subset(tested)
    train, said = separate(everything.subset(~tested), test)
    return train, test, said


def _one_size(folder: Path, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if len(set(sizes)) == 1:
        return sizes[0]
    (low, high), (least, most) = ((min(side), max(side)) for side in zip(*sizes, strict=True))
    message = (
        f"{folder}: the images have mixed sizes, {low}…{high} pixels high and {least}…{most} wide; "
        "say what to fit them to: --set image_size=[64,64]"
    )
    raise DataUnreadable(message)


def _say_broken(folder: Path, broken: dict[Path, str], files: int, *, strict: bool) -> str:
    named = [f"{path.relative_to(folder)} ({why})" for path, why in list(broken.items())[:NAMED]]
    more = f" and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
    said = f"{len(broken)} of {files:,} files cannot be read: {', '.join(named)}{more}"
    if strict:
        raise DataUnreadable(f"{folder}: {said}; mend or remove them, or leave out --strict")
    return f"skipped: {said}"
