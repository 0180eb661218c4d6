"""The store as other tools see it: TensorFlow Serving's layout, TensorFlow's own command."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.manifest import SIGNATURES

INPUTS: dict[str, np.ndarray] = {
    "z": np.zeros((3, 2), np.float32),
    "image": np.zeros((3, 8, 8, 1), np.uint8),
}
ALL = """
import sys
from tensorflow.python.tools import saved_model_cli
for arguments in {calls!r}:
    sys.argv = ["saved_model_cli", *arguments]
    try:
        saved_model_cli.main()
    except SystemExit as end:
        assert not end.code, arguments
"""


@pytest.fixture(scope="module", name="folder")
def _folder(tiny_store: Path) -> Path:
    """Return an exported version's folder."""
    return tiny_store / "digits-z2" / "1"


def test_the_store_is_laid_out_as_tensorflow_serving_reads_it(folder: Path) -> None:
    """NAME/VERSION/saved_model.pb with its variables: a base path is `store/NAME`."""
    assert folder.name.isdecimal()
    assert (folder / "saved_model.pb").is_file()
    assert (folder / "variables" / "variables.index").is_file()


def test_saved_model_cli_runs_every_signature(folder: Path, tmp_path: Path) -> None:
    """TensorFlow's own command feeds each signature and writes each of its outputs."""
    for name, array in INPUTS.items():
        np.save(tmp_path / f"{name}.npy", array)
    calls = [
        f"run --dir {folder} --tag_set serve --signature_def {name} --outdir {tmp_path / name} "
        f"--inputs {';'.join(f'{field}={tmp_path / field}.npy' for field in inputs)}".split()
        for name, (inputs, _) in SIGNATURES.items()
    ]
    subprocess.run([sys.executable, "-c", ALL.format(calls=calls)], check=True)

    for name, (_, outputs) in SIGNATURES.items():
        assert {file.stem for file in (tmp_path / name).iterdir()} == set(outputs)
