"""Guards: numbers that are no numbers stop a run, and a latent space that collapses is noticed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import batches
from training.__main__ import main
from training.checkpoint import LAST, restore_checkpoint, save_checkpoint
from training.config import load_config
from training.errors import Diverged
from training.guards import collapse_advice
from training.load_dataset import load_dataset
from training.runs import new_run, open_run
from training.training_loop import TrainingLoop

SMALL = ["encoder_filters=[4, 6]", "decoder_filters=[4]"]


def run_fit(folder: Path, *settings: str) -> int:
    """Run `python -m training fit` in this process; return its exit code."""
    return main(["fit", "--config", "digits-z2", "--run", str(folder), "--set", *SMALL, *settings])


def finite(folder: Path) -> bool:
    """Say whether every number of the last checkpoint is finite."""
    with np.load(folder / LAST) as arrays:
        return all(np.isfinite(array).all() for array in arrays.values())


def test_a_huge_learning_rate_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a learning rate of 1e6 a run ends at once, with step, layer and what to try."""
    assert run_fit(tmp_path / "run", "learning_rate=1e6", "epochs=50") == 2

    said = capsys.readouterr().err
    assert said.startswith("training: epoch ")
    assert said.count("\n") == 1
    assert "step " in said
    assert "encoder/" in said or "decoder/" in said or "z_log_var" in said
    assert "Try a lower learning_rate" in said


def test_an_infinite_input_stops_and_the_last_good_weights_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One infinite pixel in epoch 2, step 4: said so, and the checkpoint of epoch 1 is whole."""
    original = batches.binarise

    def poisoned(images: Any, binarisation: Any, seed: tuple[int, ...], indices: Any) -> Any:
        x = original(images, binarisation, seed, indices)
        if seed[2:] == (1, 3):
            x[0, 0, 0, 0] = np.inf
        return x

    with monkeypatch.context() as patch:
        patch.setattr(batches, "binarise", poisoned)
        assert run_fit(tmp_path / "run", "epochs=3") == 2

    said = capsys.readouterr().err
    assert said.startswith("training: epoch 2, step 4: loss ")
    assert "first" in said
    assert "coder/" in said
    assert finite(tmp_path / "run")
    assert len(open_run(tmp_path / "run").history()) == 1

    assert main(["fit", "--resume", str(tmp_path / "run")]) == 0
    assert len(open_run(tmp_path / "run").history()) == 3


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_not_saved(value: float, tmp_path: Path) -> None:
    """A checkpoint with such a weight is refused by the weight's name; the old one is kept."""
    config = load_config("digits-z2", SMALL)
    dataset = load_dataset(config)
    loop = TrainingLoop(new_run(config, None, dataset, tmp_path / "run"), dataset)
    save_checkpoint(loop.run, loop.model)
    before = (tmp_path / "run" / LAST).read_bytes()
    bias = loop.networks.encoder.get_layer("conv_2").bias
    bias.assign(np.full(bias.shape, value, np.float32))

    with pytest.raises(Diverged, match=r"conv_2/bias is no longer finite"):
        save_checkpoint(loop.run, loop.model)

    assert (tmp_path / "run" / LAST).read_bytes() == before
    restore_checkpoint(loop.run, loop.model)
    assert np.isfinite(np.asarray(bias)).all()


def test_collapse_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a huge beta the posterior becomes the prior; the run says so once, with advice."""
    assert run_fit(tmp_path / "run", "beta=1000", "epochs=6", "learning_rate=0.01") == 0

    said = capsys.readouterr().out
    assert said.count("posterior collapse") == 1
    assert "Try a lower beta" in said
    assert open_run(tmp_path / "run").history()[-1]["active_units"] == 0


def test_a_healthy_run_gets_no_advice(tiny_run: Path) -> None:
    """A run whose latent units are in use is left in peace."""
    history = open_run(tiny_run).history()

    assert history[-1]["active_units"] > 0
    assert [collapse_advice(history[:n]) for n in range(len(history) + 1)] == [None] * (
        len(history) + 1
    )


def test_advice_needs_two_epochs_and_is_given_once() -> None:
    """One epoch without KL may be the first of many; two are a collapse, and more are the same."""
    fine: dict[str, Any] = {"kl": 3.0, "active_units": 1}
    gone: dict[str, Any] = {"kl": 0.01, "active_units": 0}

    assert collapse_advice([gone]) is None
    assert collapse_advice([fine, gone]) is None
    assert collapse_advice([fine, gone, gone])
    assert collapse_advice([gone, gone, gone]) is None
    assert collapse_advice([gone, gone, fine, gone, gone])
    assert collapse_advice([gone | {"active_units": 1}] * 2) is None
