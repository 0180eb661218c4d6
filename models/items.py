"""The items of a model, one by one: their files, columns and thumbnails, in `items.sqlite`.

Training writes the file, and whoever serves the model reads from it what a request asks for, so
that neither needs all of it in memory. The item of row i of `points.npz` has the id i.
models/README.md describes the tables.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from models.errors import ItemsInvalid
from models.manifest import ITEM_TABLE_FILE

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
    width: int
    """Pixels of the file, before it was fitted."""
    height: int
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
        connection.execute("BEGIN")
        _create(connection, columns)
        marks = ",".join("?" * (1 + len(BUILT_IN) + len(columns)))
        rows = ((i, *item, *row) for i, (item, row) in enumerate(zip(items, values, strict=True)))
        connection.executemany(f"INSERT INTO items VALUES ({marks})", rows)  # noqa: S608 - only "?"
        connection.executemany("INSERT INTO thumbnails VALUES (?, ?)", enumerate(thumbnails))
        connection.execute("COMMIT")
    finally:
        connection.close()


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
    """A version's `items.sqlite`, opened for reading; threads may share it."""

    def __init__(self, path: Path, items: int) -> None:
        """Open the file.

        Args:
            path: The file.
            items: How many the model has.

        Raises:
            ItemsInvalid: It cannot be read, or has other items.
        """
        self.connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            self.given = _read_columns(self.connection)
            (n, low, high) = self.connection.execute(
                "SELECT count(*), min(id), max(id) FROM items"
            ).fetchone()
            thumbnails = self.connection.execute("SELECT count(*) FROM thumbnails").fetchone()[0]
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self.connection.close()
            raise ItemsInvalid(f"{path.name} cannot be read: {error}") from error
        if n != items or (n and (low, high) != (0, n - 1)) or thumbnails not in {0, n}:
            self.connection.close()
            raise ItemsInvalid(
                f"{path.name} has {n} items and {thumbnails} thumbnails, points.npz has {items}; "
                "is it another model's?"
            )
        self.has_thumbnails = thumbnails > 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns: those of every model, then those that came with the images."""
        return BUILT_IN + self.given

    def sql_name(self, name: str) -> str:
        """Return the name that a column has in the table `items`.

        Raises:
            KeyError: There is no such column.
        """
        built_in = {column.name: column.name for column in BUILT_IN}
        return ({c.name: f"c{k}" for k, c in enumerate(self.given)} | built_in)[name]

    def thumbnail(self, item: int) -> bytes | None:
        """Return an item's thumbnail, a PNG; none for a model without its images."""
        found = self.connection.execute("SELECT png FROM thumbnails WHERE id = ?", (item,))
        row = found.fetchone()
        return None if row is None else bytes(row[0])

    def values(self, name: str) -> list[Value]:
        """Return a column's values, by id.

        Raises:
            KeyError: There is no such column.
        """
        column = self.sql_name(name)  # one of ours, never what was given
        rows = self.connection.execute(f"SELECT {column} FROM items ORDER BY id")  # noqa: S608
        return [value for (value,) in rows]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def _read_columns(connection: sqlite3.Connection) -> tuple[Column, ...]:
    rows = connection.execute("SELECT name, kind FROM columns ORDER BY id").fetchall()
    present = [row[1] for row in connection.execute("PRAGMA table_info(items)")]
    wanted = ["id", *(column.name for column in BUILT_IN), *(f"c{k}" for k in range(len(rows)))]
    if present != wanted or any(kind not in get_args(Kind) for _, kind in rows):
        raise sqlite3.DatabaseError(f"its tables are not those of a model: {present[:20]}")
    return tuple(Column(name, kind) for name, kind in rows)


def open_items(folder: Path, items: int) -> ItemTable | None:
    """Open a version's `items.sqlite`; none for an older export, which has no such file."""
    path = folder / ITEM_TABLE_FILE
    return ItemTable(path, items) if path.is_file() else None
