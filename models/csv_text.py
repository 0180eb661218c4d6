"""CSV that a spreadsheet may open.

A spreadsheet takes a text that begins with one of FORMULA as a formula, which may do harm, so that
such a text gets an apostrophe before it; numbers stay as they are. It takes UTF-8 for what it is if
a byte order mark comes first.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any, Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Write a file of rows, the head among them."""
    text = io.StringIO()
    csv.writer(text).writerows(map(safe_cell, row) for row in rows)
    return BOM_UTF8 + text.getvalue().encode()


def safe_cell(value: Any) -> Any:
    """Return a cell's value such that it is no formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
