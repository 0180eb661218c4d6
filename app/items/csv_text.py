"""Items as CSV that a spreadsheet may open."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from app.items.described import class_name
from app.latent.points import Points
from models.items import BUILT_IN

ROWS: Final = 500  # that are written at once
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_text(points: Points, labels: tuple[str, ...], ids: Sequence[int]) -> Iterator[bytes]:
    """Write items with their columns and latent vectors: a head, then a line an item.

    A spreadsheet takes a text that begins with one of FORMULA as a formula, which may do harm, so
    that such a text gets an apostrophe before it. Numbers stay as they are.
    """
    table = points.items
    dimensions = [f"z{k}" for k in range(points.z_mean.shape[1])]
    names = [column.name for column in table.columns]
    yield _lines([["id", *map(_safe, names), *dimensions]])
    place = 1 + [column.name for column in BUILT_IN].index("label")
    for start in range(0, len(ids), ROWS):
        some = ids[start : start + ROWS]
        rows = []
        for row, z in zip(table.rows(some), points.z_mean[some].tolist(), strict=True):
            label = class_name(labels, row[place])
            values = [*row[:place], row[place] if label is None else label, *row[place + 1 :]]
            rows.append([*map(_safe, values), *z])
        yield _lines(rows)


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
