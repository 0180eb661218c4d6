"""Columns of the encoded data set in the binary form that docs/api.md describes."""

import json
from typing import Any, Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest
from app.items.columns import ColumnArray

LEVELS: Final = 65535
MOST_SMALL: Final = 254  # codes of one byte go up to here, and 255 is none
MOST_CODES: Final = 65534
Column = Array | ColumnArray


class Written(NamedTuple):
    """A column: what the header says of it beside its name, and its values."""

    head: dict[str, Any]
    body: Array


def write_columns(n: int, columns: dict[str, Column], plane: str) -> bytes:
    """Write columns: a JSON header, then one column after the other.

    Raises:
        InvalidRequest: A column has more categories than codes.
    """
    written = {name: _written(name, values) for name, values in columns.items()}
    heads = [{"name": name, **one.head} for name, one in written.items()]
    head = json.dumps({"n": n, "total": n, "plane": plane, "columns": heads}).encode()
    head += b" " * (-len(head) % 4)
    bodies = (bytes(one.body) for one in written.values())
    return len(head).to_bytes(4, "little") + head + b"".join(bodies)


def _written(name: str, column: Column) -> Written:
    if not isinstance(column, ColumnArray):
        return _codes(name, column) if name == "label" else _scaled(column)
    head: dict[str, Any] = {"kind": column.kind}
    if column.kind == "category":
        codes = _codes(name, column.values)
        return Written({**codes.head, **head, "categories": column.categories}, codes.body)
    return Written({"dtype": "float32", **head}, column.values.astype("<f4"))


def _codes(name: str, values: Array) -> Written:
    """Write whole numbers; those below 0 are none: the greatest of the type."""
    most = int(values.max(initial=0))
    if most > MOST_CODES:
        message = f"query: columns: {name!r} has more than {MOST_CODES} categories: ask for JSON"
        raise InvalidRequest(message)
    dtype = np.dtype("u1" if most <= MOST_SMALL else "<u2")
    codes = np.where(values < 0, np.iinfo(dtype).max, values).astype(dtype)
    return Written({"dtype": dtype.name}, codes)


def _scaled(values: Array) -> Written:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    scaled = (values - low) * (LEVELS / ((high - low) or 1))
    return Written({"dtype": "uint16", "min": low, "max": high}, np.rint(scaled).astype("<u2"))
