"""npy files whose headers lie, or want to run code."""

import io
import pickle
from collections.abc import Iterator

import numpy as np

from tests.hostile.attack import Case, post

NPY = "application/x-npy"
MAGIC = b"\x93NUMPY"


class Payload:
    """An object that runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Name what to call."""
        return eval, ("__import__('os')._exit(3)",)


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for name, body in LATENTS.items():
        yield post(name, "decode", body, NPY)
    for name, body in IMAGES.items():
        yield post(name, "encode", body, NPY)
    why = "column order is in the format's own header; the vectors are read as they were meant"
    yield post("Fortran order", "decode", saved(np.zeros((3, 2), "<f4", order="F")), NPY, why)
    why = "versions 2 and 3 differ in the header's length and coding alone"
    yield post("version 2", "decode", file(header("(1, 2)"), bytes(8), version=2), NPY, why)
    yield post("version 3", "decode", file(header("(1, 2)"), bytes(8), version=3), NPY, why)


def saved(array: np.ndarray) -> bytes:
    """Return an array as NumPy saves it."""
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def header(shape: str, descr: str = "'<f4'", order: str = "False") -> bytes:
    """Write a header with any text for its values."""
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}\n".encode()


def file(head: bytes, data: bytes = b"", version: int = 1, length: int | None = None) -> bytes:
    """Write an npy file; `length` is what it says of its header."""
    size = len(head) if length is None else length
    return (
        MAGIC
        + bytes([version, 0])
        + size.to_bytes(2 if version == 1 else 4, "little")
        + head
        + data
    )


def objects() -> bytes:
    """Return an array of objects, pickled."""
    return file(header("(1, 2)", "'|O'")) + pickle.dumps([Payload(), Payload()])


LATENTS = {
    "pickled objects": objects(),
    "a pickle alone": pickle.dumps(Payload()),
    "an archive of arrays": b"PK\x03\x04" + bytes(100),
    "big-endian": saved(np.zeros((1, 2), ">f4")),
    "float64": saved(np.zeros((1, 2))),
    "complex": saved(np.zeros((1, 2), "c8")),
    "text": saved(np.zeros((1, 2), "U3")),
    "records": saved(np.zeros((1, 2), [("a", "<f4")])),
    "sub-arrays": file(header("(1,)", "('<f4', (2,))"), bytes(8)),
    "dates": saved(np.zeros((1, 2), "M8[s]")),
    "NaN": saved(np.full((1, 2), np.nan, "<f4")),
    "infinity": saved(np.full((1, 2), np.inf, "<f4")),
    "a signalling NaN": file(header("(1, 2)"), b"\x01\x00\xa0\x7f" * 2),
    "no vectors": saved(np.zeros((0, 2), "<f4")),
    "no dimensions": saved(np.array(0, "<f4")),
    "32 dimensions": saved(np.zeros((1,) * 32, "<f4")),
    "65 dimensions": file(header("(" + "1, " * 65 + ")"), bytes(4)),
    "one negative size": file(header("(-1, 2)"), bytes(8)),
    "two negative sizes": file(header("(-1, -2)"), bytes(8)),
    "a size beyond memory": file(header(f"({1 << 40}, 2)"), bytes(8)),
    "a size beyond int64, times nothing": file(header(f"({10**30}, 0)")),
    "a size of 9,000 hexadecimal digits": file(header(f"(0x{'f' * 9000}, 2)"), bytes(8)),
    "a size of 5,000 digits": file(header(f"({'9' * 5000}, 2)"), bytes(8)),
    "a size of no number": file(header("(1.0, 2)"), bytes(8)),
    "sizes as truth": file(header("(True, 2)"), bytes(8)) + b"\x00",
    "a call for a size": file(header("(__import__('os').getpid(), 2)"), bytes(8)),
    "a header of brackets": file(b"(" * 9000 + b")" * 900),
    "a header of minus signs": file(header("(" + "-" * 9000 + "1, 2)"), bytes(8)),
    "a header of 60 kB": file(header("(1, 2)").rstrip() + b" " * 60_000 + b"\n", bytes(8)),
    "a header that claims 4 GB": file(header("(1, 2)"), bytes(8), version=2, length=(1 << 32) - 1),
    "a header cut short": file(header("(1, 2)")[:20], length=118),
    "a header that is not text": file(b"\xff\xfe\xfd" * 20),
    "a header of NULs": file(bytes(118)),
    "version 9": file(header("(1, 2)"), bytes(8), version=9),
    "too little data": file(header("(2, 2)"), bytes(8)),
    "too much data": file(header("(1, 2)"), bytes(12)),
    "a magic alone": MAGIC,
    "nothing": b"",
}
IMAGES = {
    "images without any pixel": saved(np.zeros((1, 0, 0, 1), np.uint8)),
    "images of another size": saved(np.zeros((1, 28, 29, 1), np.uint8)),
    "images as float32": saved(np.zeros((1, 28, 28, 1), "<f4")),
    "images as int8": saved(np.zeros((1, 28, 28, 1), np.int8)),
    "images of two negative sizes": file(header("(-1, -28, 28, 1)", "'|u1'"), bytes(784)),
    "images of 1025 in one": saved(np.zeros((1025, 28, 28, 1), np.uint8)),
}
