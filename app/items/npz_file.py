"""Items as an npz file, written piece by piece."""

import io
import math
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.items.columns import seconds
from app.latent.points import Points
from models.items import BUILT_IN, Column, ItemTable, Value

ROWS: Final = 10_000  # of an array that are written at once
LABEL: Final = BUILT_IN[2]


class _Pipe(io.RawIOBase):
    """A file for writing, whose bytes are taken away."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._bytes += data
        return len(data)

    def take(self) -> bytes:
        found, self._bytes = bytes(self._bytes), bytearray()
        return found


def npz_file(points: Points, ids: Array) -> Iterator[bytes]:
    """Write items as arrays that NumPy reads without pickle, one of each column (n,).

    Besides: `id` and `z_mean`, `z_log_var`, float32 (n, latent_dim). Numbers are float64, NaN for
    none; `label` is int32, −1 for none; dates are datetime64 in seconds, NaT for none; all else is
    text, empty for none.
    """
    pieces = [ids[start : start + ROWS] for start in range(0, len(ids), ROWS)]
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", strict_timestamps=False) as file:
        for name, array in _arrays(points, pieces).items():
            with file.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                shape = (len(ids), *array.shape)
                head = {"descr": array.dtype.str, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, head)
                for piece in pieces:
                    member.write(array.read(piece).astype(array.dtype, copy=False).tobytes())
                    yield pipe.take()
    yield pipe.take()


class _Array(NamedTuple):
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    """Of an item."""
    read: Callable[[Array], Array]


def _arrays(points: Points, pieces: list[Array]) -> dict[str, _Array]:
    latent, wide = np.dtype("<f4"), points.z_mean.shape[1:]
    arrays = {
        "id": _Array(np.dtype("<i8"), (), lambda ids: ids),
        "z_mean": _Array(latent, wide, lambda ids: points.z_mean[ids]),
        "z_log_var": _Array(latent, wide, lambda ids: points.z_log_var[ids]),
        "label": _Array(np.dtype("<i4"), (), lambda ids: points.label[ids]),
    }
    for column in points.items.columns:
        if column != LABEL:
            arrays[column.name] = _column(points.items, column, pieces)
    return arrays


def _column(table: ItemTable, column: Column, pieces: list[Array]) -> _Array:
    def read(ids: Array) -> list[Value]:
        return table.values(column.name, ids.tolist())

    if column.kind == "number":
        return _Array(np.dtype("<f8"), (), lambda ids: np.array(read(ids), np.float64))
    if column.kind == "date":
        return _Array(np.dtype("<M8[s]"), (), lambda ids: np.array(list(map(_time, read(ids)))))
    longest = max((len(str(v or "")) for ids in pieces for v in read(ids)), default=0)
    text = np.dtype(f"<U{max(longest, 1)}")
    return _Array(text, (), lambda ids: np.array([str(v or "") for v in read(ids)], text))


def _time(value: Value) -> np.datetime64:
    try:
        return np.datetime64(math.floor(seconds(str(value))), "s")
    except ValueError:
        return np.datetime64("NaT", "s")
