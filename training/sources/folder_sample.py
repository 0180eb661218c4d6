"""What a sample of a folder's files looks like: sizes, colour, range of values."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from models.image_file import open_image
from training.errors import DataUnreadable
from training.sources.folder_listing import File
from training.sources.image_file import FORMATS, explain, read_image_file
from training.sources.value_range import DARK

SAMPLED: Final = 200
PROBE: Final = (48, 48, 3)  # shape in which the sample is searched for colour
REASONS: Final = 3  # that a message gives
COLOUR: Final = 12  # grey levels by which the channels of a grey JPEG may differ


@dataclass(frozen=True)
class Sample:
    """What a sample of a folder's files looks like."""

    sizes: tuple[tuple[int, int], ...]
    """Height and width of each."""
    grey: bool
    """Whether no image of the sample has a colour."""
    modes: frozenset[str]
    """Pillow's names of how the pixels are kept: I and F are values of more than 8 bits."""
    brightest: int
    """The highest value of all, as bytes."""

    @property
    def deep(self) -> bool:
        """Say whether some files have values of more than 8 bits."""
        return any(mode[0] in "IF" for mode in self.modes)

    @property
    def usual(self) -> bool:
        """Say whether the values seem to be 0 to 255: not more bits, and not all dark."""
        return self.brightest > DARK and not self.deep


class _Seen(NamedTuple):
    size: tuple[int, int]
    coloured: bool
    brightest: int
    mode: str


def inspect_sample(files: Sequence[File]) -> Sample:
    """Look at up to 200 files, evenly spread over the folder.

    Raises:
        DataUnreadable: None of them can be read.
    """
    chosen = np.unique(np.linspace(0, len(files) - 1, min(SAMPLED, len(files))).round().astype(int))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(_inspect, [files[i] for i in chosen]))
    seen = [outcome for outcome in outcomes if isinstance(outcome, _Seen)]
    if not seen:
        why = "; ".join(sorted({str(outcome) for outcome in outcomes})[:REASONS])
        raise DataUnreadable(f"{files[0].path.parent}: no file of {len(chosen)} can be read: {why}")
    return Sample(
        tuple(one.size for one in seen),
        grey=not any(one.coloured for one in seen),
        modes=frozenset(one.mode for one in seen),
        brightest=max(one.brightest for one in seen),
    )


def _inspect(file: File) -> _Seen | str:
    """Look at one file, or say why it cannot be read."""
    try:
        body = file.path.read_bytes()
        opened = open_image(body, FORMATS)
        (width, height), mode = opened.shown_size(), opened.image.mode
        pixels = read_image_file(body, PROBE)
    except Exception as error:  # noqa: BLE001 - parsers of broken files raise what they like
        return f"{file.name} ({explain(file.path, error)})"
    coloured = bool(np.ptp(pixels, axis=-1).max() > COLOUR)
    return _Seen((height, width), coloured, int(pixels.max()), mode)
