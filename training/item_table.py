"""Write what is known of each item of a model: points, files, columns and thumbnails."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from models.items import Item, Side, Value, write_items
from models.manifest import POINTS_FILE
from training.dataset import Split
from training.evaluate import Measured
from training.export_options import ExportOptions
from training.thumbnails import LONGEST, write_thumbnails


def write_item_files(
    folder: Path,
    items: Split,
    sides: Sequence[Side],
    measured: Measured,
    options: ExportOptions,
) -> None:
    """Write `points.npz` and `items.sqlite` into a version's folder.

    Args:
        folder: The version's.
        items: Its images, in order.
        sides: The side of the split that each is on.
        measured: What was measured of them.
        options: Whether there are thumbnails, and of what size.
    """
    np.savez_compressed(
        folder / POINTS_FILE,
        z_mean=measured.z_mean,
        z_log_var=measured.z_log_var,
        label=items.labels,
        reconstruction=measured.reconstruction_at_mean,
    )
    values: Iterable[Sequence[Value]] = zip(*items.columns.values(), strict=True)
    thumbnails: Iterable[bytes] = ()
    if options.images:
        longest = LONGEST if options.thumbnails == "small" else None
        thumbnails = write_thumbnails(items.images, longest)
    write_items(
        folder,
        _items(items, sides, measured),
        list(items.columns),
        values if items.columns else [()] * len(items),
        thumbnails,
    )


def _items(items: Split, sides: Sequence[Side], measured: Measured) -> Iterable[Item]:
    paths = [None] * len(items) if items.files is None else items.files
    labels = [None if label < 0 else label for label in items.labels.tolist()]
    return (
        Item(path, side, label, width, height, reconstruction, kl)
        for path, side, label, (width, height), reconstruction, kl in zip(
            paths,
            sides,
            labels,
            items.file_sizes().tolist(),
            measured.reconstruction_at_mean.tolist(),
            measured.kl.tolist(),
            strict=True,
        )
    )
