"""Image folders: each file is decoded once into a memory-mapped scratch file, by threads.

Training reads its batches from there, so a folder may be larger than memory, and every broken
file is known before the first step.
"""

import functools
import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError
from rich.progress import track

from models.manifest import ImageShape
from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.errors import DataUnreadable
from training.sources.folder_listing import File, inspect_sample, list_files
from training.sources.image_file import read_image_file
from training.sources.train_test_split import held_out

AHEAD: Final = 256  # files decoded and not yet written
NAMED: Final = 5  # broken files that the message names
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fitted:
    """A folder's readable files, fitted."""

    files: tuple[File, ...]
    images: NDArray[np.uint8]
    """Memory-mapped, (n, height, width, channels)."""
    digests: tuple[bytes, ...]
    """SHA-256 of each file."""
    broken: dict[Path, str]
    """The files that could not be read, and why."""


def load_folder(folder: Path, config: TrainConfig, *, strict: bool = False) -> Dataset:
    """Read a folder of image files; `models.preprocess` says how they are fitted.

    Without `image_size` they must have one size; without `channels` they are colour if any image
    of a sample is. A file that cannot be read is skipped, and the log counts and names them.

    Args:
        folder: Sub-folders are classes; without any, labels are −1. See `list_files`.
        config: Its image_size and channels.
        strict: Refuse the folder if a file cannot be read.

    Raises:
        DataUnreadable: No image, a class with one image, mixed sizes, or broken files and strict.
    """
    files = tuple(list_files(folder))
    image_size, channels = config.image_size, config.channels
    if image_size is None or channels is None:
        seen = inspect_sample(files)
        channels = channels or (1 if seen.grey else 3)
        image_size = image_size or _one_size(folder, seen.sizes)
    fitted = fit_files(files, (*image_size, channels))
    if fitted.broken:
        _tell_broken(folder, fitted.broken, len(files), strict=strict)
    names = tuple(sorted({file.label for file in fitted.files if file.label is not None}))
    labels = np.array([names.index(f.label) if f.label else -1 for f in fitted.files], np.int32)
    train, test = _sides(folder, fitted, labels, names)
    split = Split(fitted.images, labels)
    return Dataset(folder.resolve().name, split.subset(train), split.subset(test), names)


@functools.lru_cache(maxsize=1)  # a run is measured and exported after it was fitted
def fit_files(files: tuple[File, ...], shape: ImageShape) -> Fitted:
    """Decode and fit all files.

    Raises:
        DataUnreadable: No file can be read, or the folder for temporary files is full.
    """
    good, digests, broken = [], [], {}
    with tempfile.TemporaryFile(prefix="vae-atlas-") as scratch:
        for file, outcome in _read_all(files, shape):
            if isinstance(outcome, Exception):
                broken[file.path] = _reason(outcome)
                continue
            digest, pixels = outcome
            _write(scratch, pixels)
            good.append(file)
            digests.append(digest)
        if not good:
            message = (
                f"none of {len(files)} files can be read; {files[0].path}: {broken.popitem()[1]}"
            )
            raise DataUnreadable(message)
        scratch.flush()
        images = np.memmap(scratch, np.uint8, "r", shape=(len(good), *shape))
    return Fitted(tuple(good), images, tuple(digests), broken)


def _read_all(
    files: Sequence[File], shape: ImageShape
) -> Iterator[tuple[File, tuple[bytes, NDArray[np.uint8]] | Exception]]:
    def read(file: File) -> tuple[bytes, NDArray[np.uint8]] | Exception:
        try:
            body = file.path.read_bytes()
            return hashlib.sha256(body).digest(), read_image_file(body, shape)
        except Exception as error:  # noqa: BLE001 - parsers of broken files raise what they like
            return error

    starts = range(0, len(files), AHEAD)
    quiet = len(starts) < 4 or not sys.stdout.isatty()  # noqa: PLR2004 - over in a moment
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in track(starts, "reading images", transient=True, disable=quiet):
            chunk = files[start : start + AHEAD]
            yield from zip(chunk, pool.map(read, chunk), strict=True)


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its message is an address in memory
        return "no PNG, JPEG, WebP or BMP"
    return str(error) or type(error).__name__


def _write(scratch: IO[bytes], pixels: NDArray[np.uint8]) -> None:
    try:
        scratch.write(np.ascontiguousarray(pixels).data)
    except OSError as error:
        message = (
            f"{tempfile.gettempdir()}: {error.strerror} while fitted images were written; "
            "set TMPDIR to a folder with more space"
        )
        raise DataUnreadable(message) from error


def _one_size(folder: Path, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if len(set(sizes)) == 1:
        return sizes[0]
    (low, high), (least, most) = ((min(side), max(side)) for side in zip(*sizes, strict=True))
    message = (
        f"{folder}: the images have mixed sizes, {low}…{high} pixels high and {least}…{most} wide; "
        "say what to fit them to: --set image_size=[64,64]"
    )
    raise DataUnreadable(message)


def _tell_broken(folder: Path, broken: dict[Path, str], files: int, *, strict: bool) -> None:
    named = [f"{path.relative_to(folder)} ({why})" for path, why in list(broken.items())[:NAMED]]
    more = f" and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
    said = f"{len(broken)} of {files:,} files cannot be read: {', '.join(named)}{more}"
    if strict:
        raise DataUnreadable(f"{folder}: {said}; mend or remove them, or leave out --strict")
    log.warning("%s: skipped: %s", folder, said)


def _sides(
    folder: Path, fitted: Fitted, labels: NDArray[np.int32], names: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which files are training images, and which are test images."""
    said = [file.tested for file in fitted.files]
    if None in said:
        tested = held_out(fitted.digests, labels, names, str(folder))
        return ~tested, tested
    held = {d for d, side in zip(fitted.digests, said, strict=True) if side}
    copies = np.array([d in held for d in fitted.digests])
    tested = np.array(said, bool)
    if leaked := int((copies & ~tested).sum()):
        log.warning("%s: left out %d training images that are test images too", folder, leaked)
    return ~copies, tested
