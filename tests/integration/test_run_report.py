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
    """A fitted run gets all pictures, in its own folder; nothing in them is chance."""
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
    """One dimension, more than two, binarised pixels, labels: all pictures are drawn."""
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


def test_typical_images_are_of_every_class() -> None:
    """They are those with the error nearest to the median, one of each class before a second."""
    from training.report.reconstructions import typical

    errors = np.array([9, 5.1, 0, 5, 1, 8.5, 0.5], np.float32)

    assert typical(errors, np.array([0, 0, 0, 1, 1, 2, 2]), 4).tolist() == [1, 3, 5, 0]
    assert typical(errors, np.full(7, -1), 3).tolist() == [3, 1, 5]


def test_training_images_that_come_out_better_are_told() -> None:
    """What was learned by heart is said from one decibel on, and not for noise."""
    from training.report.reconstructions import compare

    assert "knows its training images better" in compare(20.0, 22.0)
    assert "knows" not in compare(20.0, 20.5)


def test_the_nearest_images_are_found() -> None:
    """Over several chunks of images, with the root mean square difference of pixels 0 to 1."""
    from training.dataset import Split
    from training.report.samples import nearest_images

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (600, 4, 5, 3), np.uint8)
    wanted = np.array([599, 3, 256])
    noisy = images[wanted].astype(np.float32) / 255 + 0.01

    found, distance = nearest_images(noisy, Split(images, np.full(600, -1, np.int32)))

    assert found.tolist() == wanted.tolist()
    assert distance == pytest.approx(0.01, abs=1e-3)


def test_a_copying_model_is_told_apart() -> None:
    """Samples much nearer to training images than to test images are copies."""
    from training.report.samples import verdict

    assert verdict(0.05, 0.2).startswith("copies")
    assert verdict(0.17, 0.2) == "no copies"


def test_a_long_caption_has_several_lines() -> None:
    """It stays inside the figure, which grows by the lines."""
    from training.report.style import finish, new_figure

    def height(caption: str) -> int:
        with Image.open(io.BytesIO(finish(new_figure(3, 1), "Title", caption, ""))) as image:
            return image.height

    assert height("few words") == height("other words") < height("many words " * 20)


def test_classes_come_by_turns() -> None:
    """The typical images are one of each class, then a second of each."""
    from training.report.reconstructions import by_turns

    labels = np.array([2, 2, 2, 0, 0, 1], np.int32)

    assert labels[by_turns(labels, 6)].tolist() == [0, 1, 2, 0, 2, 2]
    assert by_turns(labels, 6).tolist() == [3, 5, 0, 4, 1, 2]
    assert len(by_turns(labels, 2)) == 2
