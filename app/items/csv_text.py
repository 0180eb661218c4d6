"""Items as CSV that a spreadsheet may open."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import orjson

from app.arrays import Array
from app.items.described import class_name
from app.latent.points import Points

ROWS: Final = 500  # that are written at once
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_text(points: Points, labels: tuple[str, ...], ids: Array) -> Iterator[bytes]:
    """Write items with their columns and latent vectors: a head, then a line an item.

    A spreadsheet takes a text that begins with one of FORMULA as a formula, which may do harm, so
    that such a text gets an apostrophe before it. Numbers stay as they are. It takes UTF-8 for what
    it is if a byte order mark comes first.

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
        writer.writerow(map(_safe, row))
        text.write(f"{end}\r\n")
    return text.getvalue().encode()


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Write lines, with a byte order mark, in which no text is a formula to a spreadsheet."""
    text = io.StringIO()
    csv.writer(text).writerows(map(_safe, row) for row in rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
