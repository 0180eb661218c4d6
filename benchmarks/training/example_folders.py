r"""Make folders of images of many kinds: `python -m benchmarks.training.example_folders FOLDER`.

Photographs are those of Debian's wallpaper packages, installed or unpacked below `--photographs`:

    apt-get download mate-backgrounds plasma-workspace-wallpapers \
        lomiri-wallpapers-16.04 lomiri-wallpapers-20.04
    for file in *.deb; do dpkg-deb -x "$file" DIR; done

A folder that is there is kept; one whose images are not at hand is left out.
"""

import argparse
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from string import ascii_letters
from typing import Final

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

KINDS: Final = ("emoji", "letters", "icons", "photographs-64", "grey-16-bit", "few")
ALL: Final = (*KINDS, "photographs-96")
CROPS: Final = 4000  # of all photographs together, about
FEW: Final = 200  # images of the folder that has few
LETTER: Final = 32  # pixels of a letter's side
MISSING: Final = "\uffff"  # no character: a font draws what it draws for all that it lacks
SYMBOLS: Final = frozenset({"cmex10", "cmsy10"})  # fonts that have others in their place
FONTS: Final = Path("/usr/share/fonts")
ICONS: Final = Path("/usr/share/icons")
BACKGROUNDS: Final = Path("/usr/share")
# Those of the packages' wallpapers that are photographs.
PHOTOGRAPHS: Final = frozenset(
    """
    Aqua Blinds Dune FreshFlower Garden GreenMeadow LadyBird RainDrops Storm TwoWings Wood
    YellowFlower BytheWater ColdRipple ColorfulCups DarkestHour EveningGlow FallenLeaf Grey Kite
    OneStandsOut Path summer_1am Bridge_by_Sander_Klootwijk Dragonfly_by_Bolly
    Picture_0B_by_freespace Picture_1A_by_freespace Wine_by_Jakkub_Mede
    aitzgorri_by_Aitzol_Berasategi free_by_Peter_Nerlich friends_by_Aitzol_Berasategi
    greentock_by_Peter_Nerlich life_by_Aitzol_Berasategi picosdeeuropa_by_Aitzol_Berasategi
    seeding_by_Clements_Engelhardt sunset_by_Aitzol_Berasategi Kleiber_by_Lukas_Baubkus
    """.split()
)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where images are taken from."""
    parser.add_argument("--emoji", type=Path, help="a folder of emoji, a sub-folder for each class")
    parser.add_argument("--photographs", type=Path, default=BACKGROUNDS)


def make_folders(folder: Path, options: argparse.Namespace, only: Sequence[str]) -> list[Path]:
    """Make what is not there yet below a folder; return all that is there, and say what is not."""
    makers: dict[str, Callable[[Path], None]] = {
        "letters": draw_letters,
        "icons": copy_icons,
        "photographs-64": lambda path: cut_photographs(options.photographs, path, 64),
        "photographs-96": lambda path: cut_photographs(options.photographs, path, 96),
        "grey-16-bit": lambda path: write_grey(options.photographs, path, 64),
        "few": lambda path: copy_few(options.emoji, path),
    }
    made = [options.emoji.absolute()] if options.emoji and "emoji" in only else []
    for name, make in makers.items():
        if name not in only:
            continue
        path, unfinished = folder / name, folder / f".{name}"
        if not path.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            make(unfinished)
            if not any(unfinished.iterdir()):
                print(f"{name}: left out, there are no images of the kind")
                unfinished.rmdir()
                continue
            unfinished.rename(path)
        made.append(path)
    return made


def draw_letters(folder: Path) -> None:
    """Draw every letter by every font that has the alphabet, black on white, a folder a letter."""
    bundled = Path(mpl.get_data_path()) / "fonts" / "ttf"
    fonts = {path.stem: path for root in (bundled, FONTS) for path in sorted(root.rglob("*.ttf"))}
    for name, path in fonts.items():
        font = ImageFont.truetype(path, LETTER * 3 // 4)
        masks = [bytes(font.getmask(letter)) for letter in (*ascii_letters, MISSING)]
        if name in SYMBOLS or len(set(masks)) < len(ascii_letters) + 1:
            continue
        for letter in ascii_letters:
            image = Image.new("L", (LETTER, LETTER), 255)
            middle = (LETTER // 2, LETTER * 3 // 4)
            ImageDraw.Draw(image).text(middle, letter, 0, font, anchor="ms")
            target = folder / (letter if letter.isupper() else f"small-{letter}")
            target.mkdir(exist_ok=True)
            image.save(target / f"{name}.png")


def copy_icons(folder: Path) -> None:
    """Copy the installed icons of 48 pixels, transparent as they are, a folder a kind."""
    for path in sorted(ICONS.glob("*/48x48/*/*.png")):
        target = folder / path.parent.name
        target.mkdir(exist_ok=True)
        shutil.copyfile(path, target / path.name)


def cut_photographs(source: Path, folder: Path, side: int) -> None:
    """Cut photographs into squares of so many pixels, in colour, that do not overlap."""
    for name, photograph in photographs(source):
        for number, crop in enumerate(crops(photograph, side)):
            crop.save(folder / f"{name}-{number:03}.png")


def write_grey(source: Path, folder: Path, side: int) -> None:
    """Write the same squares in grey as TIFF of 16 bits."""
    for name, photograph in photographs(source):
        for number, crop in enumerate(crops(photograph.convert("L").convert("F"), side)):
            values = np.clip(np.asarray(crop) * 257, 0, 65535).astype(np.uint16)
            Image.fromarray(values).save(folder / f"{name}-{number:03}.tif")


def copy_few(emoji: Path | None, folder: Path) -> None:
    """Copy a few emoji, drawn at random, without their classes."""
    files = sorted(emoji.rglob("*.png")) if emoji else []
    for file in np.random.default_rng(0).permutation(np.array(files, object))[:FEW]:
        shutil.copyfile(file, folder / file.name)


def photographs(source: Path) -> Iterator[tuple[str, Image.Image]]:
    """Yield each photograph below a folder in its largest size, with its name."""
    found: dict[str, Path] = {}
    for path in sorted(source.rglob("*")):
        # KDE's are named by a folder: wallpapers/NAME/contents/images/WIDTHxHEIGHT.jpg.
        name = path.parents[2].name if path.parent.name == "images" else path.stem
        if name in PHOTOGRAPHS and path.suffix in {".jpg", ".png"} and path.is_file():
            found[name] = max(path, found.get(name, path), key=lambda file: file.stat().st_size)
    for name, path in sorted(found.items()):
        with Image.open(path) as image:
            yield name, image.convert("RGB")


def crops(photograph: Image.Image, side: int) -> Iterator[Image.Image]:
    """Yield a photograph's share of the crops, its middle made so small that they fill it."""
    columns = round(math.sqrt(CROPS / len(PHOTOGRAPHS) * photograph.width / photograph.height))
    rows = round(columns * photograph.height / photograph.width)
    scale = min(photograph.width / columns, photograph.height / rows)
    width, height = scale * columns, scale * rows
    left, top = (photograph.width - width) / 2, (photograph.height - height) / 2
    small = photograph.resize(
        (columns * side, rows * side),
        Image.Resampling.LANCZOS,
        (left, top, left + width, top + height),
    )
    for upper, lower in pairwise(range(0, small.height + 1, side)):
        for near, far in pairwise(range(0, small.width + 1, side)):
            yield small.crop((near, upper, far, lower))


def main() -> None:
    """Make the folders and count their images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    add_sources(parser)
    options = parser.parse_args()
    for path in make_folders(options.folder, options, ALL):
        files = [file for file in path.rglob("*") if file.is_file()]
        print(f"{path}: {len(files):,} images")


if __name__ == "__main__":
    main()
