"""Faults to plant in a set of images: wrong labels, images that are twice there, strangers."""

import io
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
"""uint8 (n, height, width, channels)."""
FONTS: Final = Path("/usr/share/fonts")
LETTER: Final = 20  # pixels of a letter's longer side, as MNIST's digits have
SMALLEST: Final = 64  # pixels of a photograph's crop
LARGEST: Final = 200
LIKE_DIGITS: Final = frozenset("OoQDCcGIliLJjSsZzBbgq")
"""Letters that someone could write for a digit."""


def change_labels(labels: NDArray[Any], share: float, random: np.random.Generator) -> NDArray[Any]:
    """Return labels of which a share, drawn at random, are changed to any other one."""
    changed = labels.copy()
    rows = random.choice(len(labels), round(share * len(labels)), replace=False)
    classes = labels.max() + 1
    changed[rows] = (labels[rows] + random.integers(1, classes, len(rows))) % classes
    return changed


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _save_as_jpeg(image: Image.Image) -> Image.Image:
    body = io.BytesIO()
    image.save(body, "JPEG", quality=85)
    return Image.open(body)


def _resize_and_back(image: Image.Image) -> Image.Image:
    smaller = image.resize((image.width - 1, image.height - 1), Image.Resampling.LANCZOS)
    return smaller.resize(image.size, Image.Resampling.LANCZOS)


def _lighten(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image).astype(float)
    return Image.fromarray(np.clip(np.rint(1.03 * pixels), 0, 255).astype(np.uint8))


def _crop(image: Image.Image) -> Image.Image:
    inner = image.crop((1, 1, image.width - 1, image.height - 1))
    return inner.resize(image.size, Image.Resampling.LANCZOS)


CHANGES: Final[dict[str, Callable[[Image.Image], Image.Image]]] = {
    "JPEG at quality 85": _save_as_jpeg,
    "resized by a pixel and back": _resize_and_back,
    "3 % lighter": _lighten,
    "cropped by a pixel on each side": _crop,
}


def add_duplicates(
    images: Pixels, count: int, random: np.random.Generator
) -> tuple[Pixels, NDArray[np.int64]]:
    """Return the images, followed by changed copies of some, and which they are copies of.

    The changes take turns.
    """
    sources = random.choice(len(images), count, replace=False)
    changes = list(CHANGES.values())
    copies = [
        np.asarray(changes[i % len(changes)](_image(images[source]))).reshape(images.shape[1:])
        for i, source in enumerate(sources)
    ]
    return np.concatenate([images, np.stack(copies)]), sources


def draw_letters(count: int, random: np.random.Generator) -> tuple[Pixels, list[str]]:
    """Draw letters of random fonts as MNIST draws digits, (n, 28, 28, 1); and say which."""
    fonts = sorted(FONTS.rglob("*.ttf"))
    letters = random.choice(list(string.ascii_letters), count).tolist()
    drawn = [_draw(letter, fonts[random.integers(len(fonts))]) for letter in letters]
    return np.stack(drawn)[..., None], letters


def _draw(letter: str, font: Path) -> Pixels:
    sheet = Image.new("L", (300, 300))
    ImageDraw.Draw(sheet).text((80, 80), letter, 255, ImageFont.truetype(font, 4 * LETTER))
    image = sheet.crop(sheet.getbbox())
    scale = LETTER / max(image.size)
    size = max(1, round(scale * image.width)), max(1, round(scale * image.height))
    square = Image.new("L", (28, 28))
    square.paste(
        image.resize(size, Image.Resampling.LANCZOS), ((28 - size[0]) // 2, (28 - size[1]) // 2)
    )
    return np.asarray(square)


def crop_photographs(count: int, side: int, random: np.random.Generator) -> Pixels:
    """Return square crops of scikit-learn's two photographs, (n, side, side, 3)."""
    from sklearn.datasets import load_sample_images  # noqa: PLC0415 - a second's import

    photographs = load_sample_images().images
    crops = []
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        size = int(random.integers(SMALLEST, LARGEST))
        top, left = (int(random.integers(0, length - size)) for length in photograph.shape[:2])
        crop = Image.fromarray(photograph[top : top + size, left : left + size])
        crops.append(np.asarray(crop.resize((side, side), Image.Resampling.LANCZOS)))
    return np.stack(crops)
