"""Contact sheets: many images laid out as one."""

import numpy as np

from app.arrays import Array


def contact_sheet(images: Array, columns: int | None = None) -> Array:
    """Lay images out in rows, left to right and top to bottom, black where none is left.

    Without `columns` the sheet is as square as can be. Returns uint8 (height, width, channels).
    """
    n, height, width, channels = images.shape
    if n == 1:
        return images[0]
    columns = min(columns or _squarest(n, height, width), n)
    rows = -(-n // columns)
    cells = images
    if rows * columns > n:
        cells = np.zeros((rows * columns, height, width, channels), images.dtype)
        cells[:n] = images
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)


def _squarest(n: int, height: int, width: int) -> int:
    return max(1, min(n, round((n * height / width) ** 0.5 + 0.49)))
