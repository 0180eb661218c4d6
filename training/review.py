"""Review the images of a model in the store: what may be wrong with them, from the export alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.class_names import class_name
from models.csv_text import csv_lines
from models.duplicates import Read
from models.items import ItemTable, open_items
from models.manifest import POINTS_FILE
from models.review import read_thumbnails
from models.review_lists import SCORES, Listed, ReviewLists
from models.store import ModelId, Store
from training.errors import TrainingError
from training.runs import write_atomically

MOST: Final = {"strangers": 100, "reconstructions": 100}  # entries: all images have some rank
LIKELY: Final = 0.5  # sureness from which most of a label's neighbours contradict it
HEAD: Final = ("list", "rank", "group", "score", "id", "path", "split", "label", "suggested")


class Entry(NamedTuple):
    """An item in a list; lines of the CSV have the same fields, after the list and the rank."""

    group: int | None
    """Number of the group of duplicates."""
    score: float
    item: int
    path: str | None
    split: str | None
    label: str | None
    suggested: str | None


class Reviewed(NamedTuple):
    """A list, the surest or worst first."""

    name: str
    said: str
    entries: list[Entry]


class _Items:
    """What an export says of its items."""

    def __init__(self, store: Store, model: ModelId) -> None:
        manifest, folder = store.manifest(model), store.folder(model)
        if not (folder / POINTS_FILE).is_file():
            raise TrainingError(f"{model} has no {POINTS_FILE}; export it again from its run")
        with np.load(folder / POINTS_FILE) as points:
            self.z: NDArray[np.float32] = points["z_mean"]
            self.label: NDArray[np.int32] = points["label"]
            self.reconstruction: NDArray[np.float32] = points["reconstruction"]
        self.names = manifest.labels
        self.table: ItemTable | None = open_items(folder, len(self.z))

    def reader(self) -> Read | None:
        """Return what reads the items' thumbnails; none for a model without them."""
        table = self.table
        return read_thumbnails(table) if table is not None and table.has_thumbnails else None

    def entries(self, listed: Listed, score: str, most: int | None) -> list[Entry]:
        """Say what is known of the first items of a list."""
        ids = listed.ids[:most].tolist()
        findings = {name: values[:most].tolist() for name, values in listed.findings.items()}
        nothing = [None] * len(ids)
        return [
            Entry(group, float(f"{value:.4g}"), item, path, split, label, suggested)
            for group, value, item, path, split, label, suggested in zip(
                findings.get("group", nothing),
                findings[score],
                ids,
                self._texts("path", ids),
                self._texts("split", ids),
                map(self._name, self.label[ids].tolist()),
                map(self._name, findings.get("suggested", nothing)),
                strict=True,
            )
        ]

    def _texts(self, column: str, ids: list[int]) -> list[Any]:
        return [None] * len(ids) if self.table is None else self.table.values(column, ids)

    def _name(self, label: int | None) -> str | None:
        unnamed = None if label is None or label < 0 else str(label)
        return class_name(self.names, label) or unnamed


def review(store: Store, model: ModelId) -> list[Reviewed]:
    """Make the lists of a model: labels, duplicates, strangers, reconstructions.

    Raises:
        TrainingError: It has no encoded items.
        StoreError: Its files cannot be read.
    """
    items = _Items(store, model)
    lists = ReviewLists(items.z, items.label, items.reconstruction, items.reader())
    made = {name: lists.make(name) for name in SCORES}
    return [
        Reviewed(name, _say(name, listed), items.entries(listed, SCORES[name], MOST.get(name)))
        for name, listed in made.items()
        if listed is not None
    ]


def _say(name: str, listed: Listed) -> str:
    """Say what a list's images are, and what their scores mean."""
    findings = listed.findings
    if name == "labels":
        likely = int((findings["sureness"] > LIKELY).sum())
        return f"whose neighbours have another label, {likely:,} of them surely (above {LIKELY})"
    if name == "duplicates":
        groups = int(findings["group"].max(initial=0))
        plural = "" if groups == 1 else "s"
        return f"that are near-duplicates, in {groups:,} group{plural}, and how surely, 0 to 1"
    if name == "strangers":
        return "unlike the rest, and by how many usual deviations"
    return "that are reconstructed worst, and their loss in nats"


def write_csv(path: Path, lists: Sequence[Reviewed]) -> None:
    """Write all lists as one table."""
    rows = [
        (found.name, rank, *entry) for found in lists for rank, entry in enumerate(found.entries, 1)
    ]
    write_atomically(path, csv_lines([HEAD, *rows]))


def describe(found: Reviewed, most: int) -> list[str]:
    """Return lines that say how long a list is, and its first entries."""
    lines = [f"{found.name}: {len(found.entries):,} images {found.said}"]
    for entry in found.entries[:most]:
        what = " ".join((entry.path or f"item {entry.item}").split())
        label = f"  {entry.label}" if entry.label is not None else ""
        suggested = f" → {entry.suggested}" if entry.suggested is not None else ""
        group = f"  group {entry.group}" if entry.group is not None else ""
        lines.append(f"  {entry.score:8.3g}  {what}{label}{suggested}{group}")
    return lines
