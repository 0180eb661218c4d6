"""What lies in a folder: its image files, its metadata, and what is passed over."""

import os
import stat
import unicodedata
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from training.sources.image_file import SUFFIXES

TABLES: Final = ("metadata.csv", "metadata.jsonl")
CLUTTER: Final = ("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini")  # of file managers
OWN: Final = {"run.json": "a run of training", "saved_model.pb": "a model"}
NAMED: Final = 3  # files of a kind that are named, not counted
REMEDIES: Final = {
    ".heic": " (Pillow does not read HEIC: save them as JPEG)",
    ".heif": " (Pillow does not read HEIC: save them as JPEG)",
    ".npy": " (arrays: stack them in one, and give it as --data FILE.npy)",
    ".npz": " (arrays: give one as --data FILE.npz)",
    ".csv": " (labels are read from a metadata.csv with a column file_name)",
    "": " (rename them if they are images, as NAME.png)",
    ".zip": " (unpack it first)",
    ".tar": " (unpack it first)",
    ".gz": " (unpack it first)",
}


@dataclass(frozen=True)
class FoundFile:
    """A file below the folder."""

    path: Path
    name: PurePosixPath
    """Relative to the folder, as text: links keep their names, letters are composed (NFC)."""
    changed: tuple[int, int]
    """Modification time, nanoseconds, and size, bytes."""


@dataclass
class Found:
    """What lies below a folder."""

    images: list[FoundFile] = field(default_factory=list)
    tables: list[FoundFile] = field(default_factory=list)
    others: list[PurePosixPath] = field(default_factory=list)
    """Files that are no images."""
    left_out: list[str] = field(default_factory=list)
    """Folders and links that were not read, each with the reason."""

    def passed_over(self) -> list[str]:
        """Say what was not read: a few files by name, many by their number and suffix."""
        kinds = Counter(name.suffix.lower() for name in self.others)
        said = []
        for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0])):
            names = [str(name) for name in self.others if name.suffix.lower() == kind]
            many = f"{count:,} {kind or 'files without a suffix'}"
            said.append((many if count > NAMED else ", ".join(names)) + REMEDIES.get(kind, ""))
        return said + self.left_out


def find_files(folder: Path) -> Found:
    """List what lies in a folder and below it, by name; hidden files are not mentioned.

    Links are followed, and every folder is read once, so links in a circle do no harm. Folders
    that this program wrote (runs and models) are passed over.

    Raises:
        OSError: The folder itself cannot be read.
    """
    found = Found()
    seen: set[tuple[int, int]] = set()
    inside, linked = deque([folder]), deque[Path]()
    while inside or linked:
        directory = (inside or linked).popleft()  # links last: a folder keeps its own name
        name = _name(folder, directory)
        try:
            status = directory.stat()
            children = sorted(directory.iterdir())
        except OSError as error:
            if directory == folder:
                raise
            found.left_out.append(f"{name} ({error.strerror})")
            continue
        if (status.st_dev, status.st_ino) in seen:
            found.left_out.append(f"{name} (a link to a folder that is read already)")
            continue
        seen.add((status.st_dev, status.st_ino))
        own = [what for file, what in OWN.items() if (directory / file).is_file()]
        if own and directory != folder:
            found.left_out.append(f"{name} ({own[0]})")
            continue
        for child in children:
            if not child.name.startswith(".") and child.name not in CLUTTER:
                _sort_in(found, folder, child, inside, linked)
    found.images.sort(key=lambda file: file.path)
    return found


def _sort_in(
    found: Found, folder: Path, child: Path, inside: deque[Path], linked: deque[Path]
) -> None:
    name = _name(folder, child)
    try:
        status = child.stat()
    except OSError as error:
        broken = "a broken link" if child.is_symlink() else error.strerror
        found.left_out.append(f"{name} ({broken})")
        return
    if stat.S_ISDIR(status.st_mode):
        (linked if child.is_symlink() else inside).append(child)
        return
    file = FoundFile(child, name, (status.st_mtime_ns, status.st_size))
    if not stat.S_ISREG(status.st_mode):
        found.left_out.append(f"{name} (no file)")
    elif name.suffix.lower() in SUFFIXES:
        found.images.append(file)
    elif name.name.lower() in TABLES:
        found.tables.append(file)
    else:
        found.others.append(name)


def _name(folder: Path, path: Path) -> PurePosixPath:
    text = os.fsencode(path.relative_to(folder).as_posix()).decode(errors="replace")
    return PurePosixPath(unicodedata.normalize("NFC", text))
