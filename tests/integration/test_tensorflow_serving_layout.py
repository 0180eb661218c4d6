"""The store as other tools see it: TensorFlow Serving's layout, TensorFlow's own command."""

from pathlib import Path

import numpy as np
import pytest

from models.manifest import SIGNATURES

INPUTS: dict[str, np.ndarray] = {
    "z": np.zeros((3, 2), np.float32),
    "image": np.zeros((3, 8, 8, 1), np.uint8),
}


@pytest.fixture(scope="module", name="folder")
def _folder(tiny_store: Path) -> Path:
    """Return an exported version's folder."""
    return tiny_store / "digits-z2" / "1"


def test_the_store_is_laid_out_as_tensorflow_serving_reads_it(folder: Path) -> None:
    """NAME/VERSION/saved_model.pb with its variables: a base path is `store/NAME`."""
    assert folder.name.isdecimal()
    assert (folder / "saved_model.pb").is_file()
    assert (folder / "variables" / "variables.index").is_file()


def test_saved_model_cli_runs_every_signature(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow's own command feeds each signature and writes each of its outputs."""
    from tensorflow.python.tools import saved_model_cli

    for name, array in INPUTS.items():
        np.save(tmp_path / f"{name}.npy", array)
    for name, (inputs, outputs) in SIGNATURES.items():
        fed = ";".join(f"{field}={tmp_path / field}.npy" for field in inputs)
        options = f"--dir {folder} --tag_set serve --outdir {tmp_path / name}".split()
        call = ["saved_model_cli", "run", *options, "--signature_def", name, "--inputs", fed]
        monkeypatch.setattr("sys.argv", call)

        with pytest.raises(SystemExit) as end:
            saved_model_cli.main()

        assert not end.value.code
        assert {file.stem for file in (tmp_path / name).iterdir()} == set(outputs)
