"""The items of a model, one by one: their files, columns and thumbnails, in `items.sqlite`.

Training writes the file, and whoever serves the model reads from it what a request asks for, so
that neither needs all of it in memory. The item of row i of `points.npz` has the id i.
models/README.md describes the tables.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from models.errors import ItemsInvalid
from models.manifest import ITEM_TABLE_FILE
from models.sqlite_reader import Reader

Kind = Literal["number", "category", "date", "text"]
Value = str | float | int | None
Side = Literal["train", "test", "new"]


class Column(NamedTuple):
    """A column of the items: its name as people know it, and what its values are."""

    name: str
    kind: Kind


# What is known of every item; columns that came with the images follow these.
BUILT_IN: Final = (
    Column("path", "text"),
    Column("split", "category"),
    Column("label", "category"),
    Column("width", "number"),
    Column("height", "number"),
    Column("reconstruction", "number"),
    Column("kl", "number"),
)
MOST_COLUMNS: Final = 200
"""Columns that came with the images, at most."""
TYPES: Final[dict[Kind, str]] = {
    "number": "REAL",
    "category": "TEXT",
    "date": "TEXT",
    "text": "TEXT",
}


class Item(NamedTuple):
    """What is known of one item."""

    path: str | None
    """Of its file, below the data folder; none if it was no file."""
    split: Side
    label: int | None
    """Index into the manifest's labels."""
    width: int | None
    """Pixels of the file, before it was fitted; none if not known."""
    height: int | None
    reconstruction: float
    """At z_mean, nats."""
    kl: float
    """Nats."""


def write_items(
    folder: Path,
    items: Iterable[Item],
    columns: Sequence[Column],
    values: Iterable[Sequence[Value]],
    thumbnails: Iterable[bytes] = (),
) -> None:
    """Write a version's `items.sqlite`; the same arguments give the same bytes.

    Args:
        folder: The version's.
        items: In the order of points.npz.
        columns: That came with the images, at most MOST_COLUMNS.
        values: Of these columns, for each item. A date is written as ISO 8601.
        thumbnails: A PNG for each item; none at all for a model without its images.
    """
    connection = sqlite3.connect(folder / ITEM_TABLE_FILE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        _fill(connection, items, columns, values, thumbnails)
    finally:
        connection.close()


def _fill(
    connection: sqlite3.Connection,
    items: Iterable[Item],
    columns: Sequence[Column],
    values: Iterable[Sequence[Value]],
    thumbnails: Iterable[bytes],
) -> None:
    connection.execute("BEGIN")
    _create(connection, columns)
    marks = ",".join("?" * (1 + len(BUILT_IN) + len(columns)))
    rows = ((i, *item, *row) for i, (item, row) in enumerate(zip(items, values, strict=True)))
    connection.executemany(f"INSERT INTO items VALUES ({marks})", rows)  # noqa: S608 - only "?"
    connection.executemany("INSERT INTO thumbnails VALUES (?, ?)", enumerate(thumbnails))
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection, columns: Sequence[Column]) -> None:
    types = {"label": "INTEGER", "width": "INTEGER", "height": "INTEGER"}
    built_in = [f"{name} {types.get(name, TYPES[kind])}" for name, kind in BUILT_IN]
    given = [f"c{k} {TYPES[kind]}" for k, (_, kind) in enumerate(columns)]
    connection.execute(
        f"CREATE TABLE items (id INTEGER PRIMARY KEY, {', '.join([*built_in, *given])})"
    )
    connection.execute("CREATE TABLE columns (id INTEGER PRIMARY KEY, name TEXT, kind TEXT)")
    connection.executemany(
        "INSERT INTO columns VALUES (?, ?, ?)", ((k, *column) for k, column in enumerate(columns))
    )
    connection.execute("CREATE TABLE thumbnails (id INTEGER PRIMARY KEY, png BLOB NOT NULL)")


class ItemTable:
    """A version's table of items, opened for reading; threads may share it."""

    def __init__(self, rows: sqlite3.Connection, pictures: sqlite3.Connection, items: int) -> None:
        """Check the table; `open_items` and `older_items` make the connections.

        Raises:
            ItemsInvalid: It cannot be read, or has other items.
        """
        self._rows, self._pictures = Reader(rows), Reader(pictures)
        try:
            self.given = self._read_columns()
            self.has_thumbnails = self._check(items)
        except ItemsInvalid:
            self.close()
            raise
        self._names = {c.name: f"c{k}" for k, c in enumerate(self.given)}
        self._names |= {column.name: column.name for column in BUILT_IN}

    def _read_columns(self) -> tuple[Column, ...]:
        rows = self._rows.select("SELECT name, kind FROM columns ORDER BY id")
        present = [row[1] for row in self._rows.select("PRAGMA table_info(items)")]
        wanted = ["id", *(column.name for column in BUILT_IN), *(f"c{k}" for k in range(len(rows)))]
        names = [column.name for column in BUILT_IN] + [name for name, _ in rows]
        kinds = {kind for _, kind in rows}
        if present != wanted or len(set(names)) < len(names) or not kinds <= {*get_args(Kind)}:
            raise ItemsInvalid(
                f"{ITEM_TABLE_FILE} cannot be read: "
                f"its tables are not those of a model: {present[:20]}"
            )
        return tuple(Column(name, kind) for name, kind in rows)

    def _check(self, items: int) -> bool:
        """Tell whether there are thumbnails."""
        [(n, low, high)] = self._rows.select("SELECT count(*), min(id), max(id) FROM items")
        [(thumbnails,)] = self._rows.select("SELECT count(*) FROM thumbnails")
        if n != items or (n and (low, high) != (0, n - 1)) or thumbnails not in {0, n}:
            raise ItemsInvalid(
                f"{ITEM_TABLE_FILE} has {n} items and {thumbnails} thumbnails, points.npz has "
                f"{items}; is it another model's?"
            )
        return bool(thumbnails)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns: those of every model, then those that came with the images."""
        return BUILT_IN + self.given

    def sql_name(self, name: str) -> str:
        """Return the name that a column has in the table `items`.

        Raises:
            KeyError: There is no such column.
        """
        return self._names[name]

    def thumbnail(self, item: int) -> bytes | None:
        """Return an item's thumbnail, a PNG; none for a model without its images."""
        found = self._pictures.select("SELECT png FROM thumbnails WHERE id = ?", (item,))
        return bytes(found[0][0]) if found else None

    def values(self, name: str, ids: Sequence[int] | None = None) -> list[Value]:
        """Return a column's values for some items, or for all by their ids.

        Raises:
            KeyError: There is no such column.
        """
        column = self.sql_name(name)  # one of ours, never what was given
        if ids is None:
            rows = self._rows.select(f"SELECT {column} FROM items ORDER BY id")  # noqa: S608
        else:
            rows = self._of(column, ids)
        return [value for (value,) in rows]

    def ids(self, condition: str, order: str, values: Sequence[Value] = ()) -> NDArray[np.uint32]:
        """Return the ids of the items that meet a condition, in an order.

        Args:
            condition: SQL of `sql_name`s and question marks; also `contains(column, ?)`, whose
                second argument is folded by `fold`.
            order: SQL of `sql_name`s.
            values: For the question marks.
        """
        sql = f"SELECT id FROM items WHERE {condition} ORDER BY {order}"  # noqa: S608
        return self._rows.select_numbers(sql, values)

    def rows(self, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """Return what is known of some items, in their order: the id, and a value a column."""
        return self._of("*", ids)

    def _of(self, columns: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        return self._rows.select(
            f"SELECT items.{columns} FROM json_each(?) AS wanted CROSS JOIN items "  # noqa: S608
            "ON items.id = wanted.value ORDER BY wanted.key",
            (json.dumps(ids),),
        )

    def close(self) -> None:
        """Close the file."""
        self._rows.close()
        self._pictures.close()


def open_items(folder: Path, items: int) -> ItemTable | None:
    """Open a version's `items.sqlite`; none for an older export, which has no such file.

    Args:
        folder: The version's.
        items: How many the model has.

    Raises:
        ItemsInvalid: It cannot be read, or has other items.
    """
    path = folder / ITEM_TABLE_FILE
    if not path.is_file():
        return None
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    # A picture need not wait for a long query of the rows.
    rows, pictures = (sqlite3.connect(address, uri=True, check_same_thread=False) for _ in range(2))
    return ItemTable(rows, pictures, items)


def older_items(
    labels: Sequence[int], reconstruction: Sequence[float], kl: Sequence[float]
) -> ItemTable:
    """Make the table of an older export in memory: test images, of which no file is known."""
    items = [
        Item(None, "test", None if label < 0 else label, None, None, loss, nats)
        for label, loss, nats in zip(labels, reconstruction, kl, strict=True)
    ]
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _fill(connection, items, (), [()] * len(items), ())
    return ItemTable(connection, connection, len(items))
