"""Which epoch's weights are measured, drawn and published: the best, or the last if so wished."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.store import Store
from training.__main__ import main
from training.checkpoint import BEST, LAST, STEP
from training.config import load_config
from training.evaluate import evaluate, evaluated, trained_networks
from training.fit import fit, resume
from training.load_dataset import load_dataset
from training.runs import Run, open_run


@pytest.fixture(name="run")
def _run(tiny_run: Path, tmp_path: Path) -> Run:
    """Return a run of ten epochs of which the fifth is the best."""
    run = open_run(shutil.copytree(tiny_run, tmp_path / "run"))
    history = run.history()
    run.write_history([line | {"best_epoch": min(line["epoch"], 5)} for line in history])
    with np.load(run.folder / BEST) as file:
        best = {key: array * np.float32(0.9) for key, array in file.items()}
    best[STEP] = np.array(history[4]["step"])
    np.savez(run.folder / BEST, allow_pickle=False, **best)
    return run


def test_the_best_epoch_is_measured_unless_told_otherwise(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """`evaluate` says which epoch it measured; what is written is read again for that one alone."""
    said = []
    for choice in ([], ["--checkpoint", "last"], ["--checkpoint", "best"]):
        assert main(["evaluate", str(run.folder), *choice]) == 0
        said.append(capsys.readouterr().out.splitlines())

    assert said[0] == said[2] != said[1]
    assert said[0][-1].strip() == "after epoch 5 of 10"
    assert said[1][-1].strip() == "after epoch 10 of 10"
    assert evaluated(run).epoch == 5
    assert evaluated(run, "last").epoch == 10
    assert evaluated(run, "last") != evaluated(run, "best")


def pixels(path: Path) -> NDArray[np.int64]:
    """Return a figure's pixels."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.int64)


def test_what_is_published_is_of_one_epoch(run: Run, tmp_path: Path) -> None:
    """Figures and metrics of the last epoch are not published with the weights of the best."""
    store = Store(tmp_path / "store")
    assert main(["evaluate", str(run.folder), "--checkpoint", "last"]) == 0
    assert main(["report", str(run.folder), "--checkpoint", "last"]) == 0
    drawn = pixels(run.folder / "figures" / "scatter.png")

    for more in ([], ["--checkpoint", "last"]):
        assert main(["export", str(run.folder), "--store", str(tmp_path / "store"), *more]) == 0

    best, last = store.ids()
    assert [store.manifest(model).epoch for model in (best, last)] == [5, 10]
    assert store.manifest(best).metrics == evaluate(run, checkpoint="best").metrics
    assert store.manifest(last).metrics == evaluate(run, checkpoint="last").metrics
    folders = [tmp_path / "store" / model.name / str(model.version) for model in (best, last)]
    shown = [pixels(folder / "figures" / "scatter.webp") for folder in folders]
    assert abs(shown[1] - drawn).mean() < abs(shown[0] - drawn).mean()
    assert "(these are the weights of epoch 5)" in (folders[0] / "card.md").read_text()


@pytest.mark.parametrize("epochs", [0, 10])
def test_a_run_without_a_best_epoch_has_its_last(epochs: int, run: Run) -> None:
    """One stopped in its first epoch has none; one of an earlier release may have a wrong one."""
    run.write_history([without_best(line) for line in run.history()[:epochs]])

    assert evaluate(run, checkpoint="best") == evaluate(run, checkpoint="last")


def without_best(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the log as an earlier release wrote it."""
    return {key: value for key, value in line.items() if key != "best_epoch"}


def test_a_run_of_an_earlier_release_goes_on(run: Run) -> None:
    """Its old best epoch is not chosen, as no one knows which it was: the new one is."""
    run.write_history([without_best(line) for line in run.history()])

    resume(run.folder, epochs=11)

    assert [line.get("best_epoch") for line in run.history()] == [None] * 10 + [11]
    assert evaluate(run).epoch == 11


def test_averaged_weights_are_what_is_measured(tmp_path: Path) -> None:
    """A checkpoint has both the weights to go on with and their average, and the latter counts."""
    settings = ["epochs=2", "encoder_filters=[4, 6]", "decoder_filters=[4]", "average=0.9"]
    config = load_config("digits-z2", settings)
    run = fit(config, None, load_dataset(config), tmp_path / "run")

    with np.load(run.folder / LAST) as file:
        kept = {key: file[key] for key in file.files}
    networks = trained_networks(run, "last")

    for weight in networks.encoder.weights + networks.decoder.weights:
        np.testing.assert_array_equal(weight.numpy(), kept[f"average/{weight.path}"])
    assert any(
        not np.array_equal(kept[f"average/{weight.path}"], kept[f"weights/{weight.path}"])
        for weight in networks.decoder.weights
    )
