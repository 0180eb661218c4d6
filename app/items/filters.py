"""Which items a request asks for, and in which order: its conditions as SQL with parameters."""

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from app.arrays import Array
from app.errors import InvalidRequest
from app.items.columns import SECONDS_OF_A_DAY, listed, seconds
from models.class_names import class_index
from models.items import ItemTable, Value
from models.sqlite_reader import fold

OPERATORS: Final = {
    "number": ("=", "!=", "<", "<=", ">", ">="),
    "date": ("=", "!=", "<", "<=", ">", ">="),
    "category": ("=", "!=", "~"),
    "text": ("=", "!=", "~"),
}
OPERATOR: Final = re.compile(r"\s*(!=|<=|>=|=|<|>|~)\s*(.*?)\s*", re.DOTALL)
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Condition(NamedTuple):
    """SQL of names that are ours and of question marks, and the values for these."""

    sql: str
    values: tuple[Value, ...] = ()


class Filters(NamedTuple):
    """What items must be; None, or nothing, does not restrict them."""

    labels: Sequence[str] | None = None
    split: Sequence[str] | None = None
    search: str | None = None
    where: Sequence[str] = ()
    sort: str | None = None


def find_items(
    table: ItemTable,
    labels: tuple[str, ...],
    filters: Filters,
    among: Sequence[int] | None = None,
) -> Array:
    """Return the ids of the items that meet all conditions, uint32 (n,), in the order asked for.

    Args:
        table: Theirs.
        labels: The names of the classes.
        filters: The conditions and the order.
        among: Ids; others are left out.

    Raises:
        InvalidRequest: A filter is wrong; the message says what there is.
    """
    found = list(_conditions(table, labels, filters))
    if among is not None:
        found.append(_one_of("id", among))
    sql = " AND ".join(f"({condition.sql})" for condition in found) or "1"
    values = tuple(value for condition in found for value in condition.values)
    return table.ids(sql, _order(table, filters.sort), values)


def _conditions(table: ItemTable, labels: tuple[str, ...], filters: Filters) -> Iterable[Condition]:
    if filters.labels is not None:
        yield _one_of_classes([i for text in filters.labels for i in _classes(text, labels)])
    if filters.split is not None:
        yield _one_of("split", filters.split)
    if filters.search:
        yield _search(table, filters.search)
    for text in filters.where:
        yield _where(text, table, labels)


def _search(table: ItemTable, text: str) -> Condition:
    names = [table.sql_name(column.name) for column in table.columns if column.kind == "text"]
    sql = " OR ".join(f"contains({name}, ?)" for name in names)
    return Condition(sql, (fold(text),) * len(names))


def _where(text: str, table: ItemTable, labels: tuple[str, ...]) -> Condition:
    """Read `COLUMN OPERATOR VALUE`; of several columns that may be meant, the longest."""
    columns = {column.name: column for column in table.columns}
    for name in sorted(columns, key=len, reverse=True):
        match = OPERATOR.fullmatch(text, len(name)) if text.startswith(name) else None
        if match:
            column, operator, value = columns[name], match[1], match[2]
            break
    else:
        message = f"query: where={text[:80]!r} is not COLUMN OPERATOR VALUE"
        raise InvalidRequest(f"{message}; {listed(columns)}")
    if operator not in OPERATORS[column.kind]:
        usual = " ".join(OPERATORS[column.kind])
        message = f"query: where={text[:80]!r}: {column.name!r} is a {column.kind}; it takes"
        raise InvalidRequest(f"{message} {usual}")
    sql_name = table.sql_name(column.name)
    if not value and operator in {"=", "!="}:
        return Condition(f"{sql_name} IS {'NOT ' * (operator == '!=')}NULL")
    if column.name == "label":
        return _class(operator, value, labels)
    return COMPARED[column.kind](sql_name, operator, value)


def _number(name: str, operator: str, value: str) -> Condition:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidRequest(f"query: where: {value[:80]!r} is no number")
    return Condition(f"{name} {_null_safe(operator)} ?", (number,))


def _text(name: str, operator: str, value: str) -> Condition:
    if operator == "~":
        return Condition(f"contains({name}, ?)", (fold(value),))
    return Condition(f"{name} {_null_safe(operator)} ?", (value,))


def _null_safe(operator: str) -> str:
    """An item without a value is not equal to any."""
    return {"=": "IS", "!=": "IS NOT"}.get(operator, operator)


def _date(name: str, operator: str, value: str) -> Condition:
    """Compare with a time, or with a day as a whole."""
    try:
        start = math.floor(seconds(value))
    except ValueError as error:
        message = f"query: where: {value[:80]!r} is no date such as 2026-11-28 or 2026-11-28T12:30"
        raise InvalidRequest(message) from error
    end = start + (SECONDS_OF_A_DAY if DAY.fullmatch(value) else 1)
    time = f"unixepoch({name})"
    compared: dict[str, Condition] = {
        "=": Condition(f"{time} >= ? AND {time} < ?", (start, end)),
        "!=": Condition(f"{time} IS NULL OR {time} < ? OR {time} >= ?", (start, end)),
        "<": Condition(f"{time} < ?", (start,)),
        "<=": Condition(f"{time} < ?", (end,)),
        ">": Condition(f"{time} >= ?", (end,)),
        ">=": Condition(f"{time} >= ?", (start,)),
    }
    return compared[operator]


COMPARED: Final[dict[str, Callable[[str, str, str], Condition]]] = {
    "number": _number,
    "date": _date,
    "category": _text,
    "text": _text,
}


def _class(operator: str, value: str, labels: tuple[str, ...]) -> Condition:
    if operator == "~":
        return _one_of_classes([i for i, name in enumerate(labels) if fold(value) in fold(name)])
    [found] = _classes(value, labels) if value in labels else [_class_index(value, labels)]
    return Condition(f"label {_null_safe(operator)} ?", (found,))


def _classes(text: str, labels: tuple[str, ...]) -> list[int | None]:
    """Read a class, several that are separated by commas, or none at all: an empty text."""
    if not text:
        return [None]
    if text in labels:
        return [labels.index(text)]
    return [_class_index(one, labels) for one in text.split(",")]


def _class_index(text: str, labels: tuple[str, ...]) -> int:
    if (index := class_index(labels, text)) is not None:
        return index
    raise InvalidRequest(f"query: no class {text[:80]!r}; {listed(labels)}")


def _one_of_classes(classes: Sequence[int | None]) -> Condition:
    found = _one_of("label", [index for index in classes if index is not None])
    return (
        found if None not in classes else Condition(f"{found.sql} OR label IS NULL", found.values)
    )


def _one_of(name: str, values: Sequence[Value]) -> Condition:
    sql = f"{name} IN (SELECT value FROM json_each(?))"  # noqa: S608 - the name is ours
    return Condition(sql, (json.dumps(list(values)),))


def _order(table: ItemTable, sort: str | None) -> str:
    """Return the order by a column; items without a value come last, equal ones by their ids."""
    if not sort:
        return "id"
    kinds = {column.name: column.kind for column in table.columns}
    name, descending = (sort, "") if sort in kinds else (sort.removeprefix("-"), " DESC")
    if name not in kinds:
        raise InvalidRequest(f"query: sort: no column {name[:80]!r}; {listed(kinds)}")
    column = table.sql_name(name)
    value = f"unixepoch({column})" if kinds[name] == "date" else column
    return f"{column} IS NULL, {value}{descending}, id"
