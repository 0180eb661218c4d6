"""The layout of a store, `<model>/<version>/`: what is a version, and why other folders are not."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from models.errors import NotAModel, StoreError, StoreUnreachable
from models.manifest import NAME_PATTERN

VERSION_PATTERN: Final = r"[1-9][0-9]{0,17}"
# What systems and file managers put into folders without being asked.
CLUTTER: Final = frozenset(
    "lost+found thumbs.db desktop.ini __macosx @eadir $recycle.bin #recycle".split()
) | {"system volume information"}


Version = tuple[str, int]
Refused = dict[str, StoreError]
"""Why folders are refused, by their paths in the store."""


def is_clutter(name: str) -> bool:
    """Tell whether a file or folder is hidden, or one that a system adds to any folder."""
    return name.startswith(".") or name.casefold() in CLUTTER


def is_name(name: str) -> bool:
    """Tell whether a folder may be a model's."""
    return re.fullmatch(NAME_PATTERN, name) is not None


def is_version(name: str) -> bool:
    """Tell whether a folder's name is a version's number."""
    return re.fullmatch(VERSION_PATTERN, name) is not None


def printable(text: str) -> str:
    r"""Escape what cannot be printed, such as a file name's bytes that are not UTF-8: `\udce9`."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def sort_out(folders: Mapping[str, Iterable[str] | OSError]) -> tuple[list[Version], Refused]:
    """Sort what is in a store into versions, by name and number, and folders that are refused.

    Args:
        folders: Each folder's name and what it holds, or why it cannot be listed.
    """
    versions: list[Version] = []
    refused: Refused = {}
    for name, found in sorted(folders.items()):
        if not is_name(name):
            refused[printable(name)] = _misnamed(name)
        elif isinstance(found, OSError):
            refused[name] = StoreUnreachable(f"it cannot be read: {found.strerror}")
        else:
            numbers, others = _split(name, set(found))
            versions += numbers
            refused |= others
    return versions, refused


def _split(name: str, found: set[str]) -> tuple[list[Version], Refused]:
    """Split what a model's folder holds into versions and what is refused."""
    versions = sorted((name, int(number)) for number in filter(is_version, found))
    others = sorted(x for x in found if not is_version(x) and not is_clutter(x))
    reason = "a version's folder is named with a number that does not begin with 0"
    refused: Refused = {printable(f"{name}/{other}"): NotAModel(reason) for other in others}
    managed = any(x.startswith(".") for x in found)  # a first version is written, or all are gone
    if not versions and not others and not managed:
        where = f"its files belong into a folder named with a number, such as {name}/1"
        refused[name] = NotAModel(f"it has no version; {where}")
    return versions, refused


def _misnamed(name: str) -> NotAModel:
    if is_version(name):
        where = "a store holds <model>/<version>, and this is a version without a model's folder"
        return NotAModel(f"{where}; ATLAS_STORE names the folder above a model's")
    allowed = "lower-case letters, digits and hyphens, a letter first, at most 63 characters"
    return NotAModel(f"this is not a model's name: {allowed}")
