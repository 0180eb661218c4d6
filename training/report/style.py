"""How all figures look."""

import io
import textwrap
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

INK: Final = "#1d2129"
FAINT: Final = "#8a929e"
NIGHT: Final = "#10131a"
# The explorer's classes, ten colours that stay apart for every kind of colour vision, on dark.
CLASSES: Final = (
    "#6285ff",
    "#ffb800",
    "#43ffff",
    "#d53c4c",
    "#ccff9d",
    "#b04cb0",
    "#00c1fd",
    "#e07f00",
    "#b3c3a7",
    "#b58ca9",
)
MARKERS: Final = "os^DvPX*<>"  # each for ten classes, which share their colours
UNLABELLED: Final = "#9aa3af"
LINES: Final = ("#3257d6", "#c2410c", "#0f766e")  # on white
RULES: Final = {
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.grid": False,
}
TOP: Final = 0.66  # inches for title and caption
LINE: Final = 0.15  # inches for each further line of the caption
LETTERS: Final = 14.5  # of the caption to an inch
BOTTOM: Final = 0.3  # inches for the footer
DPI: Final = 144


def new_figure(width: float, height: float) -> Figure:
    """Make a figure whose drawing area is so wide and high; inches."""
    return Figure((width, height + TOP + BOTTOM), DPI)


def finish(figure: Figure, title: str, caption: str, footer: str) -> bytes:
    """Write title, caption and footer around a figure's drawing; return it as PNG.

    A long caption has several lines, for which the figure grows.
    """
    width, height = figure.get_size_inches()
    caption = textwrap.fill(caption, int(LETTERS * width))
    top = TOP + LINE * caption.count("\n")
    height += top - TOP
    figure.set_size_inches(width, height)
    inside = (0.01, BOTTOM / height, 0.98, 1 - (top + BOTTOM) / height)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=inside))
    left = 0.015
    figure.text(left, 1 - 0.12 / height, title, size=13, weight="bold", color=INK, va="top")
    figure.text(left, 1 - 0.42 / height, caption, size=8.5, color=FAINT, va="top")
    figure.text(left, 0.1 / height, footer, size=7.5, color=FAINT, va="bottom")
    file = io.BytesIO()
    with rc_context(RULES):
        figure.savefig(file, format="png")
    return file.getvalue()


def sheet(images: NDArray[Any], columns: int, gap: int = 0) -> NDArray[np.float32]:
    """Lay images (n, height, width, channels), 0…1, in rows of `columns`; RGB, white gaps."""
    n, height, width, _ = images.shape
    rows = -(-n // columns)
    laid = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), np.float32)
    for i, image in enumerate(images):
        top, left = (i // columns) * (height + gap), (i % columns) * (width + gap)
        laid[top : top + height, left : left + width] = image
    return laid
