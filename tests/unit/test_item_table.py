"""The file of a model's items: what is written is what is read, and another model's is refused."""

import sqlite3
from pathlib import Path

import pytest

from models.errors import ItemsInvalid
from models.items import Column, Item, ItemTable, open_items, write_items
from models.manifest import ITEM_TABLE_FILE

COLUMNS = (Column("weight (kg)", "number"), Column('place "x"; DROP', "category"))
ITEMS = (
    Item("a/ü 1.png", "test", 0, 640, 480, 12.5, 3.0),
    Item("b/<b>.png", "train", None, 1, 2, 8.0, 4.0),
)
VALUES = ((1.5, "Rome"), (None, None))


def write(folder: Path, thumbnails: tuple[bytes, ...] = (b"png one", b"png two")) -> ItemTable:
    """Write two items and open their file."""
    write_items(folder, ITEMS, COLUMNS, VALUES, thumbnails)
    table = open_items(folder, 2)
    assert table
    return table


def test_columns_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Every column of an item, its own and those that came with it, is read by its name."""
    table = write(tmp_path)
    assert table.columns[-2:] == COLUMNS
    assert [table.values(column.name) for column in table.columns] == [
        ["a/ü 1.png", "b/<b>.png"],
        ["test", "train"],
        [0, None],
        [640, 1],
        [480, 2],
        [12.5, 8.0],
        [3.0, 4.0],
        [1.5, None],
        ["Rome", None],
    ]


def test_a_thumbnail_is_read_alone(tmp_path: Path) -> None:
    """Each item has its own bytes, and an item that does not exist has none."""
    table = write(tmp_path)
    assert (table.thumbnail(1), table.thumbnail(2)) == (b"png two", None)


def test_the_same_items_give_the_same_bytes(tmp_path: Path) -> None:
    """Two exports of one run can be compared by their digests."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    write(tmp_path / "one")
    write(tmp_path / "two")
    one, two = ((tmp_path / x / ITEM_TABLE_FILE).read_bytes() for x in ("one", "two"))
    assert one == two


def test_an_older_export_has_no_table(tmp_path: Path) -> None:
    """A folder without the file is no error."""
    assert open_items(tmp_path, 2) is None


def test_another_models_items_are_refused(tmp_path: Path) -> None:
    """A file of two items does not belong to a model of three."""
    write(tmp_path).close()
    with pytest.raises(ItemsInvalid, match=r"has 2 items .* points\.npz has 3"):
        open_items(tmp_path, 3)


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100])
def test_what_is_no_database_is_refused(tmp_path: Path, damage: bytes) -> None:
    """An empty file and any other one are refused by name."""
    (tmp_path / ITEM_TABLE_FILE).write_bytes(damage)
    with pytest.raises(ItemsInvalid, match=r"items\.sqlite cannot be read"):
        open_items(tmp_path, 2)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    """A file that lost its end is refused."""
    write(tmp_path, (b"x" * 40_000, b"y" * 40_000)).close()
    path = tmp_path / ITEM_TABLE_FILE
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(ItemsInvalid, match=r"items\.sqlite"):
        open_items(tmp_path, 2)


def test_unknown_tables_are_refused(tmp_path: Path) -> None:
    """A database with other columns is no table of items."""
    write(tmp_path).close()
    with sqlite3.connect(tmp_path / ITEM_TABLE_FILE) as connection:
        connection.execute("ALTER TABLE items ADD COLUMN extra TEXT")
    with pytest.raises(ItemsInvalid, match="not those of a model"):
        open_items(tmp_path, 2)


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """A column that came with the images has a name of its own."""
    write_items(tmp_path, ITEMS, (Column("path", "text"),), (("a",), ("b",)))
    with pytest.raises(ItemsInvalid, match="not those of a model"):
        open_items(tmp_path, 2)
