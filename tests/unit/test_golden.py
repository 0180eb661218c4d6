"""The golden pair: what is written can be checked, and what differs is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import GoldenMismatch
from models.golden import check_golden, read_golden, write_golden
from models.manifest import GOLDEN_FILE, SIGNATURES, Manifest
from tests.unit.example_manifests import example_manifest

MANIFEST = example_manifest(conditional=True, labels=("up", "down"))


def run(signature: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Answer with tensors of the right types that depend on every input."""
    level = np.stack([array.reshape(len(array), -1)[:, 0] for array in inputs.values()]).sum(0)
    answers = {}
    for name in SIGNATURES[signature][1]:
        dtype, shape = MANIFEST.tensor(name)
        answers[name] = np.ones((len(level), *shape), dtype) * 3
        answers[name].T[...] += (level % 5).astype(dtype)
    return answers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a model's folder with the golden pair of `run`."""
    write_golden(tmp_path, MANIFEST, run)
    return tmp_path


def test_what_is_written_passes(folder: Path) -> None:
    """Every signature's pair has the manifest's inputs, and whoever computes the same is exact."""
    pairs = read_golden(folder, MANIFEST)

    assert pairs.keys() == SIGNATURES.keys()
    assert tuple(pairs["decode"].inputs) == ("z", "label")
    check_golden(run, pairs)


@pytest.mark.parametrize(
    ("name", "change", "passes"),
    [
        ("image", np.uint8(1), True),
        ("image", np.uint8(2), False),
        ("z_mean", np.float32(1e-3), True),
        ("z_mean", np.float32(1e-1), False),
        ("kl", np.float32(np.nan), False),
    ],
)
def test_outputs_may_differ_by_rounding_only(
    folder: Path, name: str, change: Any, *, passes: bool
) -> None:
    """A grey level, or a thousandth, passes; more is refused by name, and so is a NaN."""

    def changed(signature: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {k: v + change if k == name else v for k, v in run(signature, inputs).items()}

    pairs = read_golden(folder, MANIFEST)
    if passes:
        check_golden(changed, pairs)
    else:
        with pytest.raises(GoldenMismatch, match=rf"\.{name} differs"):
            check_golden(changed, pairs)


def test_an_output_of_another_type_is_refused(folder: Path) -> None:
    """A missing output, another shape and another dtype are each named."""
    pairs = read_golden(folder, MANIFEST)
    for found, said in (({}, "nothing"), ({"z_mean": np.zeros(2)}, r"float64\(2,\)")):
        with pytest.raises(GoldenMismatch, match=rf"encode.z_mean is {said}"):
            check_golden(lambda *_, found=found: found, pairs)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no zip", b"text"])
def test_a_file_that_cannot_be_read_is_refused(folder: Path, content: bytes | None) -> None:
    """A missing or broken file is a mismatch, whatever NumPy makes of it."""
    (folder / GOLDEN_FILE).unlink()
    if content is not None:
        (folder / GOLDEN_FILE).write_bytes(content)

    with pytest.raises(GoldenMismatch, match="cannot be read"):
        read_golden(folder, MANIFEST)


def test_arrays_of_another_model_are_refused(folder: Path) -> None:
    """The pair of a conditional model is not that of one that takes no label."""
    other: Manifest = example_manifest()

    with pytest.raises(GoldenMismatch, match="other arrays than those of encode"):
        read_golden(folder, other)
