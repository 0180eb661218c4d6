"""Image files, each decoded once into a memory-mapped scratch file, by threads.

Training reads its batches from there, so a folder may be larger than memory, and every broken
file is known before the first step.
"""

import functools
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.image_file import open_image
from models.manifest import ImageShape
from models.preprocess import Scale, preprocess
from training.errors import DataUnreadable
from training.sources.folder_listing import File
from training.sources.image_file import FORMATS, explain

AHEAD: Final = 256  # files decoded and not yet written


@dataclass(frozen=True)
class Fitted:
    """A folder's readable files, fitted."""

    files: tuple[File, ...]
    images: NDArray[np.uint8]
    """Memory-mapped, (n, height, width, channels)."""
    digests: tuple[bytes, ...]
    """SHA-256 of each file."""
    sizes: NDArray[np.int32]
    """Width and height of each file as viewers show it, (n, 2)."""
    broken: dict[Path, str]
    """The files that could not be read, and why."""


class _Read(NamedTuple):
    """A file that could be read."""

    digest: bytes
    pixels: NDArray[np.uint8]
    size: tuple[int, int]


@functools.lru_cache(maxsize=1)  # a run is measured and exported after it was fitted
def fit_files(files: tuple[File, ...], shape: ImageShape, scale: Scale | None = None) -> Fitted:
    """Decode and fit all files.

    Raises:
        DataUnreadable: No file can be read, or the folder for temporary files is full.
    """
    good, digests, sizes, broken = [], [], [], {}
    with tempfile.TemporaryFile(prefix="vae-atlas-") as scratch:
        for file, outcome in _read_all(files, shape, scale):
            if isinstance(outcome, Exception):
                broken[file.path] = explain(file.path, outcome)
                continue
            _write(scratch, outcome.pixels)
            good.append(file)
            digests.append(outcome.digest)
            sizes.append(outcome.size)
        if not good:
            message = (
                f"none of {len(files)} files can be read; {files[0].path}: {broken[files[0].path]}"
            )
            raise DataUnreadable(message)
        scratch.flush()
        images = np.memmap(scratch, np.uint8, "r", shape=(len(good), *shape))
    return Fitted(tuple(good), images, tuple(digests), np.array(sizes, np.int32), broken)


def _read_all(
    files: Sequence[File], shape: ImageShape, scale: Scale | None
) -> Iterator[tuple[File, _Read | Exception]]:
    def read(file: File) -> _Read | Exception:
        try:
            body = file.path.read_bytes()
            opened = open_image(body, FORMATS)
            size = opened.shown_size()
            pixels = preprocess(opened, shape, scale).pixels
            return _Read(hashlib.sha256(body).digest(), pixels, size)
        except Exception as error:  # noqa: BLE001 - parsers of broken files raise what they like
            return error

    starts = range(0, len(files), AHEAD)
    quiet = len(starts) < 4 or not sys.stdout.isatty()  # noqa: PLR2004 - over in a moment
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in track(starts, "reading images", transient=True, disable=quiet):
            chunk = files[start : start + AHEAD]
            yield from zip(chunk, pool.map(read, chunk), strict=True)


def _write(scratch: IO[bytes], pixels: NDArray[np.uint8]) -> None:
    try:
        scratch.write(np.ascontiguousarray(pixels).data)
    except OSError as error:
        message = (
            f"{tempfile.gettempdir()}: {error.strerror} while fitted images were written; "
            "set TMPDIR to a folder with more space"
        )
        raise DataUnreadable(message) from error
