"""Read an SQLite file from several threads."""

import sqlite3
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ItemsInvalid
from models.manifest import ITEM_TABLE_FILE


class Reader:
    """A connection for reading that threads take turns with.

    SQLite's own lock would make a thread wait that holds Python's, and with it all others.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        connection.create_function("contains", 2, _contains, deterministic=True)

    def select(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a query.

        Raises:
            ItemsInvalid: The file was damaged after it was opened.
        """
        with self._reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def select_numbers(self, sql: str, parameters: Sequence[object] = ()) -> NDArray[np.uint32]:
        """Run a query of one column of whole numbers, of which there may be millions.

        Raises:
            ItemsInvalid: See `select`.
        """
        with self._reading() as connection:
            rows = connection.execute(sql, parameters)
            return np.fromiter((number for (number,) in rows), np.uint32)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                yield self._connection
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise ItemsInvalid(f"{ITEM_TABLE_FILE} cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file, once nobody reads."""
        with self._turn:
            self._connection.close()


def _contains(text: str | None, folded: str) -> bool:
    return text is not None and folded in fold(text)


def fold(text: str) -> str:
    """Return a text in which letters that differ in case, or in how accents are stored, do not."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
