"""Review the images of a model in the store: what may be wrong with them, from the export alone."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.duplicates import find_duplicates
from models.items import ItemTable, open_items
from models.manifest import POINTS_FILE
from models.neighbours import find_neighbours
from models.review import (
    VOTERS,
    find_doubtful_labels,
    find_strangers,
    measure_detail,
    read_thumbnails,
)
from models.store import ModelId, Store
from training.errors import TrainingError
from training.runs import write_atomically

MOST: Final = 100  # strangers, and images that are reconstructed worst: all have some rank
LIKELY: Final = 0.5  # sureness from which most of a label's neighbours contradict it
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
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

    def entry(
        self, item: Any, score: Any, *, group: int | None = None, suggested: Any = None
    ) -> Entry:
        """Say what is known of one item."""
        item = int(item)
        path, split = (self._text(name, item) for name in ("path", "split"))
        return Entry(
            group,
            float(f"{score:.4g}"),
            item,
            path,
            split,
            self._name(self.label[item]),
            self._name(suggested),
        )

    def _text(self, column: str, item: int) -> str | None:
        if self.table is None:
            return None
        [value] = self.table.values(column, [item])
        return None if value is None else str(value)

    def _name(self, label: Any) -> str | None:
        if label is None or label < 0:
            return None
        return self.names[label] if label < len(self.names) else str(label)


def review(store: Store, model: ModelId) -> list[Reviewed]:
    """Make the four lists of a model: labels, duplicates, strangers, reconstructions.

    Raises:
        TrainingError: It has no encoded items.
        StoreError: Its files cannot be read.
    """
    items = _Items(store, model)
    near = find_neighbours(items.z, VOTERS)
    read = None
    if items.table is not None and items.table.has_thumbnails:
        read = read_thumbnails(items.table)
    doubts = find_doubtful_labels(items.label, near)
    labels = [
        items.entry(item, sureness, suggested=suggested)
        for item, suggested, sureness in zip(*doubts, strict=True)
    ]
    likely = sum(entry.score > LIKELY for entry in labels)
    said = f"whose neighbours have another label, {likely:,} of them surely (above {LIKELY})"
    lists = [Reviewed("labels", said, labels)]
    detail = None
    if read is not None:
        groups, sureness = find_duplicates(read, len(items.z))
        duplicates = [
            items.entry(item, sureness[number], group=number + 1)
            for number, group in enumerate(groups)
            for item in group
        ]
        plural = "" if len(groups) == 1 else "s"
        said = f"that are near-duplicates, in {len(groups):,} group{plural}, and how surely, 0 to 1"
        lists.append(Reviewed("duplicates", said, duplicates))
        detail = measure_detail(read, len(items.z))
    found = find_strangers(items.reconstruction, near, detail)
    strangers = [
        items.entry(*pair) for pair in zip(found.item[:MOST], found.deviations, strict=False)
    ]
    worst = np.argsort(-items.reconstruction, kind="stable")[:MOST]
    badly = [items.entry(item, items.reconstruction[item]) for item in worst]
    return [
        *lists,
        Reviewed("strangers", "unlike the rest, and by how many usual deviations", strangers),
        Reviewed("reconstructions", "that are reconstructed worst, and their loss in nats", badly),
    ]


def write_csv(path: Path, lists: Sequence[Reviewed]) -> None:
    """Write all lists as one table; a spreadsheet takes no text in it for a formula."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(HEAD)
    for found in lists:
        for rank, entry in enumerate(found.entries, 1):
            table.writerow(_safe([found.name, rank, *entry]))
    write_atomically(path, text.getvalue().encode("utf-8-sig"))


def _safe(row: Iterable[Any]) -> list[Any]:
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row
    ]


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
