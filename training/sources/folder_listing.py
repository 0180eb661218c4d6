"""What lies in an image folder: its files, their classes, and what a sample of them looks like."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.image_file import open_image
from training.errors import DataUnreadable
from training.sources.image_file import FORMATS, SUFFIXES, read_image_file

SIDES: Final = {"train": False, "test": True}
VALIDATION: Final = ("val", "valid", "validation")  # is trained on: there is `validation_items`
SAMPLED: Final = 200
PROBE: Final = (48, 48, 3)  # shape in which the sample is searched for colour
COLOUR: Final = 12  # grey levels by which the channels of a grey JPEG may differ


@dataclass(frozen=True)
class File:
    """One image file."""

    path: Path
    label: str | None
    """Name of the class; none for a file that lies in no sub-folder."""
    tested: bool | None
    """Whether it is a test image; none where the folder does not say."""
    changed: tuple[int, int]
    """Modification time, nanoseconds, and size, bytes."""


@dataclass(frozen=True)
class Sample:
    """What a sample of a folder's files looks like."""

    sizes: tuple[tuple[int, int], ...]
    """Height and width of each."""
    grey: bool
    """Whether no image of the sample has a colour."""


def list_files(folder: Path) -> list[File]:
    """List a folder's PNG, JPEG, WebP and BMP files, by path; hidden ones are passed over.

    Sub-folders are classes, at any depth below them. Where they are `train` and `test` (and
    perhaps `val`, which is trained on), they are the two splits and their sub-folders the classes.

    Raises:
        DataUnreadable: There is none, or the folder cannot be read.
    """
    try:
        children = {child.name for child in folder.iterdir() if child.is_dir()}
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        split = children >= SIDES.keys() and children <= {*SIDES, *VALIDATION}
        files = [_file(folder, path, split=split) for path in paths if _is_plain(folder, path)]
    except OSError as error:
        raise DataUnreadable(f"{error.filename}: {error.strerror}") from error
    if not files:
        message = (
            f"{folder}: holds no images; give a folder of PNG, JPEG, WebP or BMP files "
            "(sub-folders are classes), of IDX files or of .npy files, or an .npz or .npy file"
        )
        raise DataUnreadable(message)
    return files


def inspect_sample(files: Sequence[File]) -> Sample:
    """Sample at up to 200 files, evenly spread over the folder.

    Raises:
        DataUnreadable: None of them can be read.
    """
    chosen = np.unique(np.linspace(0, len(files) - 1, min(SAMPLED, len(files))).round().astype(int))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = [one for one in pool.map(_inspect, [files[i].path for i in chosen]) if one]
    if not seen:
        raise DataUnreadable(f"{files[0].path.parent}: no file of {len(chosen)} can be read")
    return Sample(tuple(size for size, _ in seen), not any(coloured for _, coloured in seen))


def _is_plain(folder: Path, path: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith((".", "__MACOSX")) for part in parts)


def _file(folder: Path, path: Path, *, split: bool) -> File:
    *above, _ = path.relative_to(folder).parts
    side = above.pop(0) if split and above else None
    status = path.stat()
    return File(
        path,
        above[0] if above else None,
        None if side is None else SIDES.get(side, False),
        (status.st_mtime_ns, status.st_size),
    )


def _inspect(path: Path) -> tuple[tuple[int, int], bool] | None:
    """Return height and width as shown, and whether there is colour; none if it is broken."""
    try:
        body = path.read_bytes()
        width, height = open_image(body, FORMATS).shown_size()
        pixels = read_image_file(body, PROBE)
    except Exception:  # noqa: BLE001 - reading the folder names it; here it is only passed over
        return None
    return (height, width), bool(np.ptp(pixels, axis=-1).max() > COLOUR)
