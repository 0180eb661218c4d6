"""NumPy's npy format, read without trusting it and without pickle."""

import io
import math
from typing import Final

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest, UnsupportedBody

MOST_DIMENSIONS: Final = 4
MOST_HEADER: Final = 1024  # bytes of Python to be parsed; NumPy writes 118 for what is read here
HEADERS: Final = {  # by version; 3.0 differs from 2.0 in the coding of names, of which we read none
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,
}


def read_npy(body: bytes, dtype: str) -> Array:
    """Read an array of one dtype ("uint8" or "float32", little-endian).

    Raises:
        UnsupportedBody: The bytes are not npy.
        InvalidRequest: They are cut short or too long, or of another dtype.
    """
    file = io.BytesIO(body)
    try:
        shape, by_column, found = HEADERS[np.lib.format.read_magic(file)](file, MOST_HEADER)
    except Exception as error:  # the header is a Python literal: it can be broken in many ways
        raise UnsupportedBody("the bytes are not an npy file") from error
    if found != np.dtype(dtype).newbyteorder("<"):
        raise InvalidRequest(f"the npy holds {found}, {dtype} was wanted")
    data = body[file.tell() :]
    if len(shape) > MOST_DIMENSIONS or not all(0 <= size <= len(data) for size in shape):
        raise InvalidRequest("the npy's shape is negative, or larger than its data")
    if len(data) != math.prod(shape) * found.itemsize:
        raise InvalidRequest(f"the npy's shape {shape} does not fit its {len(data)} bytes")
    return np.frombuffer(data, found).reshape(shape, order="F" if by_column else "C")


def write_npy(array: Array) -> bytes:
    """Write an array as npy, version 1.0."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
    return file.getvalue()
