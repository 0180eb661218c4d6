"""Which values stand for black and white, as the data's range tells.

| values | black and white |
|---|---|
| booleans, 0 and 1 alone, numbers from 0 to 1 | 0 and 1 |
| whole numbers up to 32 | 0 and the highest |
| others up to 255 | 0 and 255 |
| whole numbers up to 1023, 4095, 16383, 65535 | 0 and that number: 10, 12, 14 or 16 bits |
| numbers from about −1 to 1 | −1 and 1 |
| any other | asked for: the setting `scale` |
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.preprocess import Scale
from training.errors import DataUnreadable

DARK: Final = 32  # the highest value of images that are near to black, of 255
BYTE: Final = (0.0, 255.0)
DEEPEST: Final = 65535
DEPTHS: Final = (1023, 4095, 16383, DEEPEST)
SLACK: Final = 1e-3  # by which rounding may pass 1
HALF: Final = 0.5


class ValueRange(NamedTuple):
    """The values that there are."""

    low: float
    high: float
    whole: bool
    """Whether all are whole numbers."""

    def __str__(self) -> str:
        return f"{self.low:.6g} to {self.high:.6g}"


def find_range(arrays: Iterable[NDArray[Any]], where: str) -> ValueRange:
    """Pass over all values.

    Raises:
        DataUnreadable: Some are no finite numbers.
    """
    low, high, whole = np.inf, -np.inf, True
    for array in arrays:
        if array.dtype.kind not in "biuf":
            raise DataUnreadable(f"{where} is {array.dtype}; pixels are numbers")
        if not np.isfinite(array).all():
            raise DataUnreadable(
                f"{where} holds values that are not finite numbers (NaN or infinite); replace "
                "them, as by np.nan_to_num"
            )
        low, high = min(low, float(array.min())), max(high, float(array.max()))
        whole = whole and (array.dtype.kind != "f" or bool((array == np.rint(array)).all()))
    return ValueRange(low, high, whole)


def recognise(values: ValueRange, where: str) -> Scale:
    """Return the values that stand for black and white.

    Raises:
        DataUnreadable: The range does not tell.
    """
    low, high, whole = values
    if low >= 0 and high <= 1 + SLACK:
        return (0.0, 1.0)
    if low >= 0 and whole and high <= DARK:
        return (0.0, high)
    if low >= 0 and DARK < high <= BYTE[1]:
        return BYTE
    if low >= 0 and whole and high <= DEEPEST:
        return (0.0, float(next(top for top in DEPTHS if high <= top)))
    if -1 - SLACK <= low < -HALF and HALF < high <= 1 + SLACK:
        return (-1.0, 1.0)
    raise DataUnreadable(
        f"{where} has values from {values}, and it is not clear which of them are black and white: "
        f"say it, as in --set scale=[{low:.6g},{high:.6g}]; if the images were standardised, give "
        "them as they were before"
    )


def say(values: ValueRange, scale: Scale) -> str | None:
    """Say how values become pixels; none for bytes that are taken as they are."""
    if scale == BYTE:
        return None
    black, white = scale
    return (
        f"values {values}: {black:.6g} is taken as black and {white:.6g} as white "
        "(--set scale=[BLACK,WHITE] takes others)"
    )
