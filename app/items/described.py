"""What is known of an item, as answers have it."""

from typing import Any

from models.class_names import class_name
from models.items import BUILT_IN, ItemTable


def described(table: ItemTable, labels: tuple[str, ...], ids: list[int]) -> list[dict[str, Any]]:
    """Describe items, in the order of their ids as given.

    Args:
        table: Theirs.
        labels: The names of the classes.
        ids: Of items that there are.
    """
    built_in = ["id", *(column.name for column in BUILT_IN)]
    given = [column.name for column in table.given]
    found = []
    for row in table.rows(ids):
        item = dict(zip(built_in, row, strict=False))
        item["class"] = class_name(labels, item["label"])
        item["columns"] = dict(zip(given, row[len(built_in) :], strict=True))
        found.append(item)
    return found
