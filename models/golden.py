"""The golden pair: fixed inputs of every signature, and the outputs that they must give.

The export writes it into the model's folder. `python -m training verify` and the service check it,
so that whatever computes a model computes what was exported.
"""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.errors import GoldenMismatch
from models.manifest import GOLDEN_FILE, SIGNATURES, Manifest

ITEMS: Final = 4
TOLERANCE: Final = 1e-3  # relative and absolute: another processor adds in another order
GREY_LEVELS: Final = 1
Arrays = dict[str, NDArray[Any]]
RunSignature = Callable[[str, Arrays], Mapping[str, NDArray[Any]]]
"""Computes a signature: (its name, its inputs) → its outputs."""


class Pair(NamedTuple):
    """Fixed inputs of a signature and the outputs that they must give, by name."""

    inputs: Arrays
    outputs: Arrays


def example_inputs(manifest: Manifest, signature: str, n: int) -> Arrays:
    """Return n ≥ 2 items for a signature, the same every time.

    The images are gradients and noise, so that no image of the data set travels with the model.
    """
    height, width, channels = manifest.image_shape
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (n, height, width, channels), dtype=np.uint8)
    images[0] = np.linspace(0, 255, width).astype(np.uint8)[None, :, None]
    images[1] = np.linspace(0, 255, height).astype(np.uint8)[:, None, None]
    arrays: Arrays = {
        "image": images,
        "z": random.standard_normal((n, manifest.latent_dim)).astype(np.float32),
        "label": np.arange(n, dtype=np.int32) % max(1, len(manifest.labels)),
    }
    return {name: arrays[name] for name in manifest.input_names(signature)}


def write_golden(folder: Path, manifest: Manifest, run: RunSignature) -> None:
    """Compute the golden pair of every signature and write it into a model's folder."""
    arrays: Arrays = {}
    for signature in SIGNATURES:
        inputs = example_inputs(manifest, signature, ITEMS)
        arrays |= {f"{signature}.in.{name}": array for name, array in inputs.items()}
        outputs = run(signature, inputs)
        arrays |= {f"{signature}.out.{name}": array for name, array in outputs.items()}
    np.savez_compressed(folder / GOLDEN_FILE, allow_pickle=False, **arrays)


def read_golden(folder: Path, manifest: Manifest) -> dict[str, Pair]:
    """Read the golden pair of every signature.

    Raises:
        GoldenMismatch: The file cannot be read, or its arrays are not those of the signatures.
    """
    try:
        with (folder / GOLDEN_FILE).open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = dict(saved.items())
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise GoldenMismatch(f"{GOLDEN_FILE} cannot be read: {error}") from error
    pairs = {
        signature: Pair(_named(arrays, f"{signature}.in."), _named(arrays, f"{signature}.out."))
        for signature in SIGNATURES
    }
    for signature, pair in pairs.items():
        inputs, outputs = manifest.input_names(signature), SIGNATURES[signature][1]
        if pair.inputs.keys() != {*inputs} or pair.outputs.keys() != {*outputs}:
            raise GoldenMismatch(f"{GOLDEN_FILE} has other arrays than those of {signature}")
    return pairs


def check_golden(run: RunSignature, pairs: Mapping[str, Pair]) -> None:
    """Compare what is computed with the golden pairs.

    Raises:
        GoldenMismatch: An output differs by more than a grey level, or by more than 1e-3.
    """
    for signature, pair in pairs.items():
        found = run(signature, pair.inputs)
        for name, wanted in pair.outputs.items():
            _compare(f"{signature}.{name}", found.get(name), wanted)


def _compare(where: str, found: NDArray[Any] | None, wanted: NDArray[Any]) -> None:
    if found is None or found.shape != wanted.shape or found.dtype != wanted.dtype:
        came = "nothing" if found is None else f"{found.dtype}{found.shape}"
        raise GoldenMismatch(f"{where} is {came}, not {wanted.dtype}{wanted.shape}")
    relative, absolute = (0, GREY_LEVELS) if wanted.dtype == np.uint8 else (TOLERANCE, TOLERANCE)
    found, wanted = found.astype(np.float64), wanted.astype(np.float64)
    if not np.allclose(found, wanted, rtol=relative, atol=absolute):  # a NaN is not close
        error = np.abs(found - wanted).max()
        raise GoldenMismatch(f"{where} differs from the model's golden pair by up to {error:.4g}")


def _named(arrays: Arrays, prefix: str) -> Arrays:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
