"""What a model is called: two sets of images do not become versions of one model."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest

from models.store import Store
from training.__main__ import main
from training.interruption import Stopped

SMALL = ["--set", "encoder_filters=[4, 6]", "decoder_filters=[4]", "encoder_kernels=[3, 3]"]
SMALL += ["encoder_strides=[1, 2]", "decoder_kernels=[3, 3]", "decoder_strides=[2, 1]", "epochs=1"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKELEVEL", raising=False)


def images(path: Path, seed: int = 0, n: int = 40) -> Path:
    """Write images of noise, and return their path."""
    path.parent.mkdir(exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (n, 8, 8), np.uint8)
    np.savez(path, images=pixels)
    return path


def atlas(path: Path, *options: str) -> int:
    """Make a small model of images as fast as can be."""
    return main(["atlas", str(path), "--store", "store", *options, *SMALL])


def names() -> set[str]:
    """Return what is in the store."""
    return set(map(str, Store(Path("store")).ids()))


def test_two_folders_of_one_name_are_two_models(capsys: pytest.CaptureFixture[str]) -> None:
    """The second gets another name, which is said; who gives a name of their own is obeyed."""
    assert atlas(images(Path("mine/cats.npz"))) == 0
    assert atlas(images(Path("yours/cats.npz"), seed=1)) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == ["cats", "cats-2"]
    assert "has a model cats of other images; this one will be called cats-2" in said.err

    assert atlas(images(Path("yours/cats.npz"), seed=1), "--name", "cats") == 0

    assert "other images; this one becomes its next version" in capsys.readouterr().err
    assert names() == {"cats@1", "cats@2", "cats-2@1"}


def test_fit_with_data_alone_chooses_what_suits_the_images() -> None:
    """`fit --data` without `--config` is not the network of the digits, nor called so."""
    data = images(Path("holiday photos.npz"))

    assert main(["fit", "--data", str(data), "--export", "--store", "store", *SMALL]) == 0

    assert names() == {"holiday-photos@1"}
    (run,) = Path("runs").iterdir()
    config = json.loads((run / "run.json").read_text())["config"]
    assert (config["dataset"], config["warmup"]) == ("holiday photos", "linear")


def test_export_refuses_another_data_sets_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A named configuration on other images does not become a version; the remedy works."""
    fit = ["fit", "--config", "digits-z2", "--store", "store", "--export"]
    assert main([*fit, *SMALL]) == 0
    assert main([*fit, "--data", str(images(Path("cats.npz"))), *SMALL]) == 2
    said = capsys.readouterr().err
    assert "store has a model digits-z2 of other images (digits: 1,797 images)" in said

    command = said.rpartition("python -m training ")[2].split()
    assert main([*command, "--store", "store"]) == 0

    assert names() == {"digits-z2@1", "digits-z2-2@1"}


def test_nothing_is_trained_that_cannot_be_published(capsys: pytest.CaptureFixture[str]) -> None:
    """A store that cannot be written is refused before the training, not after."""
    data = images(Path("cats.npz"))
    Path("file").write_text("no folder")

    for command in (["atlas", str(data)], ["fit", "--export", "--data", str(data)]):
        for store in ("/proc/store", "file/store"):
            assert main([*command, "--store", store, *SMALL]) == 2
            assert store in capsys.readouterr().err
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("options", "command"),
    [
        ([], "python -m training fit --resume RUN"),
        (["--export"], "python -m training fit --export --resume RUN"),
        (["--export"], "make train ARGS='--resume RUN'"),
        (
            ["--export", "--without-images", "--store", "s"],
            "make train ARGS='--resume RUN --store s --without-images'",
        ),
    ],
)
def test_a_stopped_training_names_the_command_that_ends_it(
    options: list[str],
    command: str,
    tiny_run: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Under make it is make's, and it publishes if that was asked for."""

    def stopped(*_: object, **__: object) -> None:
        raise Stopped("stopped", signal.SIGINT, tiny_run)

    monkeypatch.setattr("training.fit_command.fit", stopped)
    if command.startswith("make"):
        monkeypatch.setenv("MAKELEVEL", "1")

    assert main(["fit", *options]) == 130

    again, publish = capsys.readouterr().err.strip().splitlines()
    assert again.endswith(f"go on with: {command.replace('RUN', str(tiny_run))}")
    assert f"-m training export {tiny_run}" in publish
