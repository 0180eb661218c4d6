"""Whether images may be mirrored: what looks alike in a mirror may, letters may not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from training.dataset import Split
from training.mirror_images import may_be_mirrored


def drawn(glyphs: str, copies: int) -> Split:
    """Return images of glyphs, each several times at slightly other places and sizes."""
    rng = np.random.default_rng(0)
    images = []
    for glyph in glyphs * copies:
        page = Image.new("L", (32, 32))
        font = ImageFont.load_default(size=int(rng.integers(22, 27)))
        middle = tuple(rng.integers(14, 19, 2))
        ImageDraw.Draw(page).text(middle, glyph, 255, font, anchor="mm")
        images.append(np.asarray(page)[:, :, None])
    return Split(np.stack(images), np.zeros(len(images), np.int32))


@pytest.mark.parametrize(("glyphs", "may"), [("FRLGJP27", False), ("OAXH08", True)])
def test_letters_may_not_be_mirrored(glyphs: str, may: bool) -> None:
    """A mirrored F is like no other letter; a mirrored O is like an O."""
    assert may_be_mirrored(drawn(glyphs, 30)) is may


def test_noise_may_be_mirrored() -> None:
    """Where mirrored images are as far from the others as all are from each other, they may be."""
    images = np.random.default_rng(0).integers(0, 256, (200, 16, 16, 3), dtype=np.uint8)

    assert may_be_mirrored(Split(images, np.zeros(200, np.int32)))


@pytest.mark.parametrize("n", [0, 1, 9, 50])
def test_nothing_is_told_of_few_images_or_of_copies(n: int) -> None:
    """They are left as they are."""
    images = np.ones((n, 8, 8, 3), np.uint8)

    assert not may_be_mirrored(Split(images, np.zeros(n, np.int32)))
