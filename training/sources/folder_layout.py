"""What an image folder's sub-folders mean: sides of a split, classes, or folders to look through.

It decides by the names alone, so that it can be read and tested without a file.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, takewhile
from pathlib import PurePosixPath
from typing import Final

from training.sources.split_words import Side, find_split, is_tested

Parts = tuple[str, ...]
DEPTHS: Final = 3  # in which a split is looked for
LEVELS: Final = 2  # of sub-folders that name a class
PICTURES: Final = frozenset({"image", "images", "img", "imgs", "jpegimages", "pictures"})
MASKS: Final = frozenset(
    {"mask", "masks", "label", "labels", "annotations", "segmentation", "segmentationclass", "gt"}
)


@dataclass(frozen=True)
class Place:
    """What a file's folders say of it."""

    label: str | None
    """Name of the class; none where there are no classes."""
    tested: bool | None
    """Whether it is a test image; none where the folders do not say."""


@dataclass(frozen=True)
class Layout:
    """What a folder is read as."""

    places: tuple[Place | None, ...]
    """One for each file; none where it is passed over."""
    split: str
    """How the split was found; empty if there is none."""
    notes: tuple[str, ...]
    """What was looked through, and what was passed over."""


def arrange(names: Sequence[PurePosixPath]) -> Layout:
    """Understand the folders of image files.

    Folders that hold everything are looked through. Folders of one level whose names make a split
    (see `find_split`) are its sides, above the classes or inside of them, and images beside them
    are passed over. All other folders are classes, to a depth of two.

    Args:
        names: The files, relative to the folder.
    """
    parents = [name.parts[:-1] for name in names]
    outer = _common(parents)
    depth, sides = _find_sides(parents, len(outer))
    split = [parts[depth] if len(parts) > depth else "" for parts in parents]
    classes = [_without_split(parts, depth) if sides else parts for parts in parents]
    outside = [bool(sides) and name not in sides for name in split]
    masks = _mask_folder([path for path, out in zip(classes, outside, strict=True) if not out])
    masked = [masks is not None and path[-1:] == (masks,) for path in classes]
    used = [not out and not mask for out, mask in zip(outside, masked, strict=True)]
    labels = _labels([path if use else None for path, use in zip(classes, used, strict=True)])
    places = tuple(
        Place(label, is_tested(sides[side], sides.values()) if sides else None) if use else None
        for label, side, use in zip(labels, split, used, strict=True)
    )
    notes = [f"looked through: {'/'.join(outer)}"] if outer else []
    out = Counter("/".join(name.parts[: depth + 1]) for name in compress(names, outside))
    notes += [f"passed over, beside the split: {name} ({_images(n)})" for name, n in out.items()]
    if masks is not None:
        beside = sum(mask and not out for mask, out in zip(masked, outside, strict=True))
        notes.append(f"passed over, as masks of the others: {masks} ({_images(beside)})")
    return Layout(places, _say_split(sides, split), tuple(notes))


def _find_sides(parents: Sequence[Parts], outer: int) -> tuple[int, dict[str, Side]]:
    """Return the level of the folders that make a split, and which is which side."""
    for depth in range(outer, outer + DEPTHS):
        beside: dict[Parts, set[str]] = {}
        for parts in parents:
            if len(parts) > depth:
                beside.setdefault(parts[:depth], set()).add(parts[depth])
        splits = [names for names in map(find_split, beside.values()) if names]
        sides = {name: side for names in splits for name, side in names.items()}
        inside = sum(parts[depth] in sides for parts in parents if len(parts) > depth)
        if sides and (depth == outer or 2 * inside > len(parents)):
            return depth, sides
    return outer, {}


def _without_split(parts: Parts, depth: int) -> Parts:
    below = parts[depth + 1 :]
    again = below[:1] == parts[depth : depth + 1]  # seg_train/seg_train, of a packed archive
    return parts[:depth] + below[again:]


def _mask_folder(paths: Sequence[Parts]) -> str | None:
    """Return the name of the folders of masks, if all others are folders of their pictures."""
    last = {path[-1] if path else "" for path in paths}
    masks = [name for name in last if name.casefold() in MASKS]
    beside = {name.casefold() for name in last.difference(masks)}
    return masks[0] if len(masks) == 1 and beside and beside <= PICTURES else None


def _labels(paths: Sequence[Parts | None]) -> list[str | None]:
    """Name the classes by what differs between the paths."""
    kept = [path for path in paths if path is not None]
    start = len(_common(kept))
    end = len(_common([path[start:][::-1] for path in kept]))
    names = [None if path is None else path[start : len(path) - end][:LEVELS] for path in paths]
    return ["/".join(name) if name else None for name in names]


def _common(paths: Sequence[Parts]) -> Parts:
    """Return the parts with which all paths begin."""
    first, last = min(paths, default=()), max(paths, default=())
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return tuple(part for part, _ in alike)


def _images(count: int) -> str:
    return f"{count:,} image{'s' * (count > 1)}"


def _say_split(sides: dict[str, Side], split: Sequence[str]) -> str:
    counts = Counter(name for name in split if name in sides)
    tested = {name for name, side in sides.items() if is_tested(side, sides.values())}
    words = [
        f"{name} ({counts[name]:,}{', the test images' if name in tested else ''})"
        for name in sorted(sides, key=lambda name: (name in tested, sides[name], name))
    ]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
