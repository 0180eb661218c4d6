"""Whether an engine computes what its model was exported with, and how to keep it exact."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from app.arrays import Array
from app.engines.base import Engine
from models.errors import StoreError
from models.manifest import GOLDEN_FILE, SIGNATURES

TOLERANCE: Final = 1e-3
GREY_LEVELS: Final = 1


class GoldenMismatch(StoreError):
    """The engine's results differ from those stored with the model."""


class Pair(NamedTuple):
    """Fixed inputs of a signature and the outputs they must give."""

    inputs: dict[str, Array]
    outputs: dict[str, Array]


def read_golden(folder: Path) -> dict[str, Pair]:
    """Read the golden pair of every signature.

    Raises:
        GoldenMismatch: The file cannot be read, or lacks a signature.
    """
    try:
        with np.load(folder / GOLDEN_FILE, allow_pickle=False) as file:
            arrays = dict(file.items())
    except (OSError, ValueError) as error:
        raise GoldenMismatch(f"{GOLDEN_FILE} cannot be read: {error}") from error
    pairs = {
        signature: Pair(_named(arrays, f"{signature}.in."), _named(arrays, f"{signature}.out."))
        for signature in SIGNATURES
    }
    for signature, pair in pairs.items():
        inputs, outputs = SIGNATURES[signature]
        if not set(inputs) <= pair.inputs.keys() or set(outputs) != pair.outputs.keys():
            raise GoldenMismatch(f"{GOLDEN_FILE} lacks arrays of {signature}")
    return pairs


def check_golden(engine: Engine, pairs: dict[str, Pair]) -> None:
    """Compare the engine with the golden pairs.

    Raises:
        GoldenMismatch: An output differs by more than a grey level, or by more than 1e-3.
    """
    for signature, pair in pairs.items():
        found = engine.run(signature, pair.inputs)
        for name, wanted in pair.outputs.items():
            _compare(f"{signature}.{name}", found.get(name), wanted)


def _compare(where: str, found: Array | None, wanted: Array) -> None:
    if found is None or found.shape != wanted.shape or found.dtype != wanted.dtype:
        came = "nothing" if found is None else f"{found.dtype}{found.shape}"
        raise GoldenMismatch(f"{where} is {came}, not {wanted.dtype}{wanted.shape}")
    if wanted.dtype == np.uint8:
        error = np.abs(found.astype(int) - wanted.astype(int)).max(initial=0)
        good = error <= GREY_LEVELS
    else:
        error = np.abs(found - wanted).max(initial=0)
        good = np.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE)
    if not good:
        raise GoldenMismatch(f"{where} differs from the model's golden pair by up to {error:.4g}")


def _named(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
