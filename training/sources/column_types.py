"""What the columns of a metadata table hold: numbers, dates, categories or texts.

| kind | of all values that are not empty |
|---|---|
| number | finite numbers; "nan" is empty. Not with a leading zero, as in a postcode, nor too long |
| date | ISO 8601 dates, with or without a time; one with a zone is turned to UTC |
| category | few different ones, each twice on average |
| text | anything else |
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.items import BUILT_IN, Column, Kind, Value

RESERVED: Final = frozenset(
    {"id", "x", "y", "norm", "z", "z_mean", "z_log_var", "elbo"} | {name for name, _ in BUILT_IN}
)
RESERVED_Z: Final = re.compile(r"z\d+")
LABEL: Final = "label"  # a column of this name is where the classes are from
DATE: Final = len("2026-11-28")  # letters of a date without a time
MOST_CATEGORIES: Final = 256
LONGEST: Final = 1000  # letters of a value
EXACT: Final = 2**53  # whole numbers above are not all floats
NAMED: Final = 10  # columns that the notes name
NUMBER: Final = re.compile(
    r"[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?(e[+-]?\d+)?|nan", re.IGNORECASE | re.ASCII
)

Texts = NDArray[np.object_]
Columns = dict[Column, NDArray[np.object_]]


def type_columns(texts: Mapping[str, Texts]) -> tuple[Columns, tuple[str, ...]]:
    """Find out what columns hold, and give those with a name of the program's another one.

    Args:
        texts: Values by column, texts (n,), empty where there is none.

    Returns:
        The values (n,), None where there is none, by column; and what is to be said of them.
    """
    columns: Columns = {}
    notes: list[str] = []
    for given, values in texts.items():
        if given.casefold() == LABEL:
            continue
        name = _free_name(given, [column.name for column in columns])
        kind, typed, note = _read_column(values)
        columns[Column(name, kind)] = typed
        if name != given:
            notes.append(f"the column {given} is called {name}, as images have a {given} already")
        notes += [f"the column {name} is {kind}: {note}"] * bool(note)
    listed = [f"{name} ({kind})" for name, kind in list(columns)[:NAMED]]
    more = ", …" * (len(columns) > NAMED)
    said = [f"columns: {', '.join(listed)}{more}"] if columns else []
    return columns, (*said, *notes)


def _free_name(name: str, taken: Sequence[str]) -> str:
    if name.casefold() in RESERVED or RESERVED_Z.fullmatch(name.casefold()):
        name = f"metadata_{name}"
    while name in taken:
        name += "_"
    return name


def _read_column(texts: Texts) -> tuple[Kind, NDArray[np.object_], str]:
    """Return what a column holds, its values, and a remark if that may surprise."""
    filled = [text for text in texts if text]
    distinct = sorted(set(filled))
    note = ""
    parsers: dict[Kind, Callable[[str], Value]] = {"number": _number, "date": _date}
    for kind, parse in parsers.items():
        parsed = {text: parse(text) for text in distinct}
        strange = [text for text in distinct if parsed[text] is None]
        if distinct and not strange:
            return kind, _fill(texts, parsed), ""
        if len(strange) < len(distinct) / 2:
            note = f"most values are a {kind}, but {strange[0][:40]!r} is not"
    cut = {text: text[:LONGEST] + "…" * (len(text) > LONGEST) for text in distinct}
    if long := sum(len(text) > LONGEST for text in filled):
        note = f"{long:,} values are cut to {LONGEST:,} letters"
    few = len(distinct) <= min(MOST_CATEGORIES, len(filled) / 2)
    return "category" if few and distinct and not note else "text", _fill(texts, cut), note


def _fill(texts: Texts, values: Mapping[str, Value]) -> NDArray[np.object_]:
    filled = np.empty(len(texts), object)
    filled[:] = [_present(values.get(text)) for text in texts]
    return filled


def _present(value: Value) -> Value:
    return None if isinstance(value, float) and math.isnan(value) else value


def _number(text: str) -> float | None:
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    whole = text.lstrip("+-").isdigit()
    return None if math.isinf(value) or (whole and abs(value) > EXACT) else value


def _date(text: str) -> str | None:
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None
    return value.date().isoformat() if len(text) <= DATE else value.isoformat()
