"""What an image folder is read as: its files, with their classes and sides of the split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from training.errors import DataUnreadable
from training.sources.folder_files import Found, FoundFile, find_files
from training.sources.folder_layout import Layout, Place, arrange
from training.sources.image_file import NAMED_FORMATS
from training.sources.metadata_table import NO_TEXT, SPLIT, UNKNOWN, Metadata, read_metadata


@dataclass(frozen=True)
class File:
    """One image file."""

    path: Path
    name: str
    """Path below the folder."""
    label: str | None
    """Name of the class; none where there is none."""
    tested: bool | None
    """Whether it is a test image; none where the folder does not say."""
    changed: tuple[int, int]
    """Modification time, nanoseconds, and size, bytes."""
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What a metadata table says of it."""


@dataclass(frozen=True)
class Listing:
    """A folder's image files."""

    files: tuple[File, ...]
    columns: tuple[str, ...]
    """Of the metadata tables."""
    read_as: str
    """What was understood, for the user."""


def list_files(folder: Path) -> Listing:
    """List a folder's image files, by path, and say what the folder is read as.

    `find_files` says which files are read, `arrange` what sub-folders mean, and `read_metadata`
    what tables may add: their classes are taken instead of the folders'.

    Raises:
        DataUnreadable: There is no image, the folder cannot be read, or a table is broken.
    """
    try:
        found = find_files(folder)
    except OSError as error:
        raise DataUnreadable(f"{error.filename}: {error.strerror}") from error
    if not found.images:
        raise DataUnreadable(f"{folder}: holds no images{_instead(found)}")
    layout = arrange([image.name for image in found.images])
    metadata = read_metadata(found.tables, [image.name for image in found.images])
    files = tuple(
        _file(folder, image, place, metadata)
        for image, place in zip(found.images, layout.places, strict=True)
        if place is not None
        and (not metadata.tested or metadata.rows.get(image.name, {}).get(SPLIT) in metadata.tested)
    )
    return Listing(files, metadata.columns, _say(files, found, layout, metadata))


def _file(folder: Path, image: FoundFile, place: Place, metadata: Metadata) -> File:
    row = metadata.rows.get(image.name, {})
    label = (row.get(metadata.label) or None) if metadata.label else place.label
    name = NO_TEXT.sub(UNKNOWN, image.path.relative_to(folder).as_posix())
    tested = metadata.tested[row[SPLIT]] if metadata.tested else place.tested
    return File(image.path, name, label, tested, image.changed, row)


def _instead(found: Found) -> str:
    there = "; ".join(found.passed_over())
    said = f", but {there}" if there else ""
    return (
        f"{said}; give a folder of {NAMED_FORMATS} files (sub-folders are classes), of IDX files "
        "or of .npy files, or an .npz or .npy file"
    )


def _say(files: tuple[File, ...], found: Found, layout: Layout, metadata: Metadata) -> str:
    classes = len({file.label for file in files if file.label is not None})
    what = f"a split into {layout.split}" if layout.split else f"{len(files):,} images"
    counted = f"{classes:,} class{'es' * (classes > 1)}" if classes else "no classes"
    notes = [f"{what}, {counted}", *layout.notes, *metadata.notes]
    if others := found.passed_over():
        notes.append(f"passed over: {', '.join(others)}")
    return f"read as {'; '.join(notes)}"
