"""Items as CSV that a spreadsheet may open."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson

from app.arrays import Array
from app.latent.points import Points
from models.class_names import class_name
from models.csv_text import safe_cell

ROWS: Final = 500  # that are written at once


def csv_text(points: Points, labels: tuple[str, ...], ids: Array) -> Iterator[bytes]:
    """Write items with their columns and latent vectors: a head, then a line an item.

    `models.csv_text` says what makes it safe to open.

    Args:
        points: The items.
        labels: The names of the classes.
        ids: Whole numbers (n,).
    """
    table = points.items
    names = ["id", *(column.name for column in table.columns)]
    yield codecs.BOM_UTF8 + _lines(
        [names], [",".join(f"z{k}" for k in range(points.z_mean.shape[1]))]
    )
    place = names.index("label")
    for start in range(0, len(ids), ROWS):
        some = ids[start : start + ROWS]
        rows = [list(row) for row in table.rows(some.tolist())]
        for row in rows:
            row[place] = class_name(labels, row[place]) or row[place]
        yield _lines(rows, _numbers(points.z_mean[some]))


def _numbers(z: Array) -> list[str]:
    """Write vectors float32 (n, d), each number with as many digits as tell it from others."""
    text = orjson.dumps(np.ascontiguousarray(z), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return text[2:-2].split("],[")


def _lines(rows: list[list[Any]], ends: list[str]) -> bytes:
    """Write lines, the end of each given as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=",")
    for row, end in zip(rows, ends, strict=True):
        writer.writerow(map(safe_cell, row))
        text.write(f"{end}\r\n")
    return text.getvalue().encode()
