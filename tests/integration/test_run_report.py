"""A run's figures, and which of them travel with its model."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CONFIG = {"encoder_filters": "[8, 8]", "decoder_filters": "[8]", "epochs": "2"}


def fitted(folder: Path, *assignments: str) -> Path:
    """Fit scikit-learn's digits for two epochs with a small network."""
    from training.config import load_config
    from training.fit import fit
    from training.load_dataset import load_dataset

    settings = [*(f"{key}={value}" for key, value in CONFIG.items()), *assignments]
    config = load_config("digits-z2", settings)
    return fit(config, None, load_dataset(config), folder).folder


def colours(path: Path) -> int:
    """Return how many colours a picture has, as a sign that something is drawn in it."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        assert min(image.size) > 200
        return len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0))


def test_every_figure_is_drawn_and_always_alike(tiny_run: Path) -> None:
    """A fitted run gets the five pictures, in its own folder; nothing in them is chance."""
    from training.report.write import FIGURES, write_report
    from training.runs import open_run

    before = {path: path.read_bytes() for path in (tiny_run / "figures").iterdir()}
    paths = write_report(open_run(tiny_run))

    assert [path.stem for path in paths] == list(FIGURES)
    assert {path: path.read_bytes() for path in paths} == before, "drawn for the export"
    assert min(map(colours, paths)) > 20


@pytest.mark.parametrize(
    "assignments",
    [
        ("latent_dim=1",),
        ("latent_dim=5", "binarisation=dynamic"),
        ("conditional=true", "likelihood=gaussian_learned"),
    ],
    ids=["line", "t-sne", "conditional"],
)
def test_every_kind_of_model_can_be_drawn(tmp_path: Path, assignments: tuple[str, ...]) -> None:
    """One dimension, more than two, binarised pixels, labels: all five pictures are drawn."""
    from training.report.write import FIGURES, write_report
    from training.runs import open_run

    paths = write_report(open_run(fitted(tmp_path / "run", *assignments)))

    assert len(paths) == len(FIGURES)
    assert min(map(colours, paths)) > 20


def test_the_card_shows_the_figures_that_travel(tiny_store: Path) -> None:
    """Every picture of the card lies beside it, and every picture beside it is in the card."""
    folder = tiny_store / "digits-z2" / "1"
    shown = re.findall(r"!\[.+?\]\((.+?)\)", (folder / "card.md").read_text())

    assert shown
    assert {folder / path for path in shown} == set((folder / "figures").iterdir())


def test_classes_come_by_turns() -> None:
    """The pictured test images are one of each class, then a second of each."""
    from training.report.reconstructions import by_turns

    labels = np.array([2, 2, 2, 0, 0, 1], np.int32)

    assert labels[by_turns(labels, 6)].tolist() == [0, 1, 2, 0, 2, 2]
    assert by_turns(labels, 6).tolist() == [3, 5, 0, 4, 1, 2]
    assert len(by_turns(labels, 2)) == 2
