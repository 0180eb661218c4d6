"""Folders of example images, and what the benchmarks on them read of a training."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.training.example_folders import (
    CROPS,
    PHOTOGRAPHS,
    copy_few,
    crops,
    make_folders,
    photographs,
    write_grey,
)
from benchmarks.training.sharpness import Way
from benchmarks.training.six_folders import what_was_chosen


def photograph(path: Path, size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Write a picture of random colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    image = Image.fromarray(pixels)
    image.save(path)
    return image


def pixels(path: Path) -> np.ndarray:
    """Read an image's values."""
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("size", [(320, 200), (200, 320)])
def test_crops_tile_a_photograph(tmp_path: Path, size: tuple[int, int]) -> None:
    """They are squares that do not overlap, and every photograph has its share of them."""
    cut = list(crops(photograph(tmp_path / "Path.png", size), 16))

    assert {crop.size for crop in cut} == {(16, 16)}
    assert len({crop.tobytes() for crop in cut}) == len(cut)
    assert len(cut) == pytest.approx(CROPS / len(PHOTOGRAPHS), rel=0.1)


def test_photographs_are_those_that_are_named(tmp_path: Path) -> None:
    """Drawings are left out, and of a photograph in several sizes the largest is taken."""
    photograph(tmp_path / "wallpapers/Kite/contents/images/32x20.png", (32, 20))
    photograph(tmp_path / "wallpapers/Kite/contents/images/64x40.png", (64, 40))
    photograph(tmp_path / "backgrounds/Aqua.png")
    photograph(tmp_path / "backgrounds/Logo.png")

    assert [(name, image.width) for name, image in photographs(tmp_path)] == [
        ("Aqua", 320),
        ("Kite", 64),
    ]


def test_grey_crops_have_sixteen_bits(tmp_path: Path) -> None:
    """They use the range, and more steps than eight bits have."""
    photograph(tmp_path / "from" / "Aqua.png", (640, 400))
    (tmp_path / "to").mkdir()

    write_grey(tmp_path / "from", tmp_path / "to", 32)
    values = np.concatenate([np.ravel(pixels(file)) for file in (tmp_path / "to").iterdir()])

    assert values.dtype == np.uint16
    assert values.max() > 40_000
    assert len(np.unique(values)) > 256


def test_a_few_are_different_files(tmp_path: Path) -> None:
    """As many as there are, if there are not enough."""
    for name in "abc":
        photograph(tmp_path / "from" / name / f"{name}.png")
    (tmp_path / "to").mkdir()

    copy_few(tmp_path / "from", tmp_path / "to")

    assert {path.name for path in (tmp_path / "to").iterdir()} == {"a.png", "b.png", "c.png"}


def test_a_kind_without_images_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told, and no empty folder stays behind; what is there is kept as it is."""
    (tmp_path / "letters").mkdir()
    sources = Namespace(emoji=None, photographs=tmp_path / "none")

    assert make_folders(tmp_path, sources, ["emoji", "letters", "photographs-64"]) == [
        tmp_path / "letters"
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]
    assert "photographs-64: left out" in capsys.readouterr().out


def test_what_was_chosen_is_one_line() -> None:
    """The lines of `atlas` that name a choice are joined; others are left out."""
    said = (
        "few: 200 images\n  images      64 × 64, colour\n  latent      2 dimensions\n  map  all\n"
    )

    assert what_was_chosen(said) == "64 × 64, colour; 2 dimensions"


def test_a_way_is_a_name_and_settings(tmp_path: Path) -> None:
    """`checkout` says where the code is; the rest are settings of the training."""
    way = Way.of(["before", f"checkout={tmp_path}", "activation=silu", "seed=1"])

    assert way == Way("before", tmp_path, ("activation=silu", "seed=1"))
    assert (Way.of(["this"]).checkout / "training").is_dir()
