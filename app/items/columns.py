"""The values of a column of items as arrays."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest
from models.items import Kind, Value

SECONDS_OF_A_DAY: Final = 86_400
MOST_SAID: Final = 500  # letters of names in a message


class ColumnArray(NamedTuple):
    """A column that is not text, as an array (n,)."""

    kind: Kind
    values: Array
    """float32, NaN for none: numbers, or days since 1970 UTC. int32, −1 for none: categories."""
    categories: tuple[str, ...] = ()
    """By the values of the array."""


def column_array(kind: Kind, values: Sequence[Value]) -> ColumnArray:
    """Turn a column's values into an array."""
    if kind == "category":
        return _coded(values)
    read = _days if kind == "date" else _number
    return ColumnArray(kind, np.array([read(value) for value in values], np.float32))


def _coded(values: Sequence[Value]) -> ColumnArray:
    names = tuple(sorted({str(value) for value in values if value is not None}))
    codes = {name: code for code, name in enumerate(names)}
    found = [-1 if value is None else codes[str(value)] for value in values]
    return ColumnArray("category", np.array(found, np.int32), names)


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _days(value: Value) -> float:
    try:
        return seconds(str(value)) / SECONDS_OF_A_DAY
    except ValueError:
        return np.nan


def seconds(text: str) -> float:
    """Return the seconds since 1970 of an ISO 8601 date or time, which is UTC unless it says.

    Raises:
        ValueError: It is none.
    """
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def named(given: Iterable[str], known: Collection[str]) -> list[str]:
    """Read names that are separated by commas, unless what is given is a name as it is.

    Raises:
        InvalidRequest: One is not known, or comes twice.
    """
    names: list[str] = []
    for text in given:
        names += [text] if text in known else text.split(",")
    for name in names:
        if name not in known:
            raise InvalidRequest(f"query: no column {name[:80]!r}; {listed(known)}")
    if len(set(names)) < len(names):
        raise InvalidRequest("query: columns: each may come once")
    return names


def listed(names: Iterable[str]) -> str:
    """Say which names there are, for a message."""
    said = ", ".join(names)
    return f"there are {said}" if len(said) < MOST_SAID else f"there are {said[:MOST_SAID]}…"
