"""From a folder of images to a model in the store: what is chosen, said and published."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts.draw_shapes import CLASSES, write_shapes


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw eight colour images of mixed sizes in each of three classes."""
    folder = tmp_path_factory.mktemp("images") / "My Shapes"
    write_shapes(folder, per_class=8)
    return folder


def test_the_command_makes_a_model_of_a_folder(
    shapes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says what it found and will do, publishes a sound model, and prints only its name."""
    from models.store import Store
    from training.__main__ import main
    from training.verify import verify

    monkeypatch.chdir(tmp_path)
    code = main(["atlas", str(shapes), "--store", "store", "--minutes", "0.01"])
    said = capsys.readouterr()

    assert code == 0
    assert said.out == "my-shapes\n"
    assert "24 images of" in said.err
    assert "circle 8, square 8, triangle 8" in said.err
    assert "64 × 64, colour" in said.err
    assert "24 images are few" in said.err
    store = Store(tmp_path / "store")
    manifest = verify(store, store.resolve("my-shapes"))
    assert manifest.labels == CLASSES
    assert manifest.image_shape == (64, 64, 3)
    assert manifest.latent_dim == 2
    assert {"figures/grid.png", "items.npz"} <= manifest.files.keys()


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(28, 28)] * 3, (28, 28)),
        ([(31, 45)] * 3, (31, 45)),
        ([(480, 640)] * 3, (48, 64)),
        ([(3000, 2000), (4000, 3000), (400, 300)], (64, 40)),
        ([(20, 30), (24, 33)], (24, 32)),
        ([(300, 400), (400, 300), (350, 340)], (64, 64)),
        ([(9, 900)] * 2, (8, 64)),
    ],
)
def test_the_size_is_the_images_own_or_their_aspect_at_64(
    sizes: list[tuple[int, int]], chosen: tuple[int, int]
) -> None:
    """Small images of one size stay as they are; others take the usual aspect, 64 at most."""
    from training.suggest_config import suggest_size

    assert suggest_size(sizes) == chosen


@pytest.mark.parametrize(
    ("words", "name"),
    [("My Photos!", "my-photos"), ("2026_birds", "images-2026-birds"), ("写真", "images")],
)
def test_any_words_make_a_name(words: str, name: str) -> None:
    """A folder's name becomes a name that the store accepts."""
    from training.model_name import model_name

    assert model_name(words) == name
    assert len(model_name("long " * 40)) <= 63


def test_grey_images_are_found_to_be_grey(tmp_path: Path) -> None:
    """Grey files take one channel and the Bernoulli likelihood; colours take a learned sigma."""
    from training.suggest_config import inspect_images, suggest_config

    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (12, 10), dtype=np.uint8)
        Image.fromarray(pixels).convert("RGB").save(tmp_path / f"{i}.png")
    grey = suggest_config(tmp_path, inspect_images(tmp_path))
    Image.new("RGB", (10, 12), "red").save(tmp_path / "red.png")
    colour = suggest_config(tmp_path, inspect_images(tmp_path))

    assert (grey.channels, grey.likelihood, grey.image_size) == (1, "bernoulli", (12, 10))
    assert (colour.channels, colour.likelihood) == (3, "gaussian_learned")


def test_arrays_can_be_made_a_map_too(tmp_path: Path) -> None:
    """An .npz is looked at like a folder; its images keep their size."""
    from training.load_dataset import load_dataset
    from training.suggest_config import inspect_images, suggest_config

    images = np.random.default_rng(0).integers(0, 256, (40, 9, 14), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(40) % 2)
    seen = inspect_images(tmp_path / "mine.npz")
    config = suggest_config(tmp_path / "mine.npz", seen)

    assert seen.classes == {"0": 20, "1": 20}
    assert load_dataset(config, tmp_path / "mine.npz").image_shape == (9, 14, 1)


@pytest.mark.parametrize("missing", ["nowhere", "."])
def test_a_folder_without_images_is_one_line(
    missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing or empty folder exits with 2 and says what was wanted."""
    from training.__main__ import main

    assert main(["atlas", str(tmp_path / missing)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("training: ")
    assert said.err.count("\n") == 1
