"""Draw a folder of example images in three classes, for those who have none.

Usage: python scripts/draw_shapes.py FOLDER. `make shapes` runs it, and the tests import it.
"""
# ruff: noqa: INP001, T201 - a script

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

CLASSES = ("circle", "square", "triangle")
GROUND = (24, 26, 34)
SCALE = 4  # drawn larger, then reduced, for smooth edges


def write_shapes(
    folder: Path, per_class: int = 200, seed: int = 0, sides: tuple[int, int] = (40, 79)
) -> None:
    """Write `per_class` PNG files for each class into folder/<class>/; `sides` as `draw_shape`."""
    random = np.random.default_rng(seed)
    for name in CLASSES:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            draw_shape(name, random, sides).save(folder / name / f"{number:04d}.png")


def draw_shape(name: str, random: np.random.Generator, sides: tuple[int, int]) -> Image.Image:
    """Draw one shape of any colour and size near the middle; RGB, `sides` from and to, pixels."""
    height, width = (int(side) for side in random.integers(*sides, 2, endpoint=True))
    image = Image.new("RGB", (SCALE * width, SCALE * height), GROUND)
    radius = SCALE * min(height, width) * random.uniform(0.2, 0.48)
    x, y = (SCALE * side * random.uniform(0.48, 0.52) for side in (width, height))
    colour = _hsv(random.random(), 0.7, 0.95)
    draw = ImageDraw.Draw(image)
    if name == "circle":
        draw.circle((x, y), radius, fill=colour)
    else:
        corners = 4 if name == "square" else 3
        draw.regular_polygon((x, y, radius), corners, random.uniform(-8, 8), fill=colour)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _hsv(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    pixel = Image.new("HSV", (1, 1), (int(255 * hue), int(255 * saturation), int(255 * value)))
    colour = pixel.convert("RGB").getpixel((0, 0))
    assert isinstance(colour, tuple)
    return colour[0], colour[1], colour[2]


if __name__ == "__main__":
    write_shapes(Path(sys.argv[1]), sides=(32, 32))  # which train in minutes
    print(f"three classes of images in {sys.argv[1]}")
