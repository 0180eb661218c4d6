"""Classes by their names, and by their indices where they have none."""

import re
from collections.abc import Sequence
from typing import Final

DIGITS: Final = re.compile(r"[0-9]{1,9}")


def class_name(labels: Sequence[str], index: int | None) -> str | None:
    """Return the name of a class; none for no class (None, or below 0), or one without a name."""
    return labels[index] if index is not None and 0 <= index < len(labels) else None


def class_index(labels: Sequence[str], text: str) -> int | None:
    """Return the index of the class that has this name or, if none has, this index.

    Of a model that does not name its classes, any index will do.

    Returns:
        None if there is no such class.
    """
    if text in labels:
        return labels.index(text)
    known = DIGITS.fullmatch(text) and (not labels or int(text) < len(labels))
    return int(text) if known else None
