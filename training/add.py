"""Add images to a model in a store: encoded by its weights, beside its items, as its next version.

Nothing that is there changes: no weight, no item and no place on the chart.
"""

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.chart import Chart, read_chart
from models.golden import RunSignature
from models.items import (
    MOST_COLUMNS,
    Column,
    Item,
    ItemTable,
    Value,
    older_items,
    open_items,
    write_items,
)
from models.manifest import (
    CARD_FILE,
    CHART_FILE,
    ITEM_TABLE_FILE,
    ITEMS_FILE,
    MANIFEST_FILE,
    POINTS_FILE,
    Manifest,
)
from models.store import ModelId, Store
from training.chart_layout import place_beside
from training.config import TrainConfig
from training.dataset import Split
from training.errors import TrainingError
from training.objective import kl_per_dimension
from training.saved_model import load_saved_model
from training.sources.image_folder import read_folder
from training.thumbnails import LONGEST, size_of, write_png, write_thumbnails

AT_ONCE: Final = 512  # images that are encoded together
SAME: Final = 1e-3  # difference of z_mean below which an image is the one that has its path

Arrays = dict[str, NDArray[Any]]
Say = Callable[[str], None]


def add_images(store: Store, model: ModelId, folder: Path, say: Say) -> ModelId:
    """Publish a model's next version, with the images of a folder as new items.

    Args:
        store: Where the model is.
        model: Any version of it.
        folder: Images, read as for training; their split does not matter.
        say: Takes what was understood of the folder, in sentences.

    Raises:
        DataUnreadable: The folder holds no images.
        TrainingError: They are all in the model, or a conditional model lacks a class of theirs.
        StoreError: The model's files are not those of its manifest.
    """
    manifest, here = store.verify(model), store.folder(model)
    height, width, channels = manifest.image_shape
    shape = {"image_size": (height, width), "channels": channels}
    read = read_folder(folder, TrainConfig.model_validate(manifest.training | shape))
    for note in read.read_as:
        say(f"{folder}: {note}")
    names, images = _with_labels_of(manifest, read.images, read.names)
    signature = load_saved_model(here)
    with np.load(here / POINTS_FILE) as file:
        points = dict(file.items())
    table = open_items(here, len(points["z_mean"])) or _without_files(points)
    added = _encode(signature, images, conditional=manifest.conditional)
    fresh = ~_known(points, table, images, added)
    if not fresh.any():
        raise TrainingError(f"{folder}: {model} has all of its {len(images):,} images already")
    if not fresh.all():
        say(f"{folder}: {int((~fresh).sum()):,} images are in {model} already; they are left out")
    images, added = images.subset(fresh), {name: rows[fresh] for name, rows in added.items()}
    with store.stage(manifest.name) as stage:
        changed = (MANIFEST_FILE, POINTS_FILE, ITEM_TABLE_FILE, ITEMS_FILE, CHART_FILE)
        shutil.copytree(here, stage, ignore=shutil.ignore_patterns(*changed), dirs_exist_ok=True)
        _write_points(stage, points, added)
        _write_table(stage, here, table, images, added)
        if chart := read_chart(here, manifest, len(points["z_mean"])):
            _write_chart(stage, chart, points["z_mean"], added["z_mean"])
        _note_in_card(stage, folder, len(images))
        update = {"labels": names, "created": datetime.now(UTC)}
        return store.publish(stage, manifest.model_copy(update=update))


def _with_labels_of(
    manifest: Manifest, images: Split, names: Sequence[str]
) -> tuple[tuple[str, ...], Split]:
    """Number the images' classes as the model does; those that it lacks come after its own."""
    lacking = [name for name in names if name not in manifest.labels]
    if lacking and manifest.conditional:
        raise TrainingError(
            f"{manifest.name} draws images by their class and does not know {lacking[0]!r}; it "
            f"knows {', '.join(manifest.labels)}: rename the folder, or train a model with it"
        )
    labels = (*manifest.labels, *lacking)
    numbers = np.array([labels.index(name) for name in names] + [-1], np.int32)
    if manifest.conditional and (images.labels < 0).any():
        raise TrainingError(f"{manifest.name} needs a class for every image: sort them by class")
    return labels, dataclasses.replace(images, labels=numbers[images.labels])


def _encode(signature: RunSignature, images: Split, *, conditional: bool) -> Arrays:
    """Encode images and measure their losses, as `points.npz` has them; and `kl`, nats."""
    parts: list[Any] = []
    for rows in images.chunks(AT_ONCE):
        inputs: Arrays = {"image": images.images[rows]}
        if conditional:
            inputs["label"] = images.labels[rows]
        parts.append(signature("reconstruct", inputs))
    names = ("z_mean", "z_log_var", "reconstruction", "kl")
    found = {name: np.concatenate([part[name] for part in parts]) for name in names}
    return {**found, "label": images.labels}


def _without_files(points: Arrays) -> ItemTable:
    """Return the table of an older export."""
    kl = np.asarray(kl_per_dimension(points["z_mean"], points["z_log_var"])).sum(axis=1)
    return older_items(points["label"].tolist(), points["reconstruction"].tolist(), kl.tolist())


def _files(images: Split) -> list[str]:
    """Return the paths of a folder's images."""
    return [] if images.files is None else images.files.tolist()


def _known(points: Arrays, table: ItemTable, images: Split, added: Arrays) -> NDArray[np.bool_]:
    """Say for each image whether the model has it: under its path, at its place."""
    there = {path: row for row, path in enumerate(table.values("path"))}
    rows = np.array([there.get(path, -1) for path in _files(images)])
    away = np.abs(points["z_mean"][rows] - added["z_mean"]).max(axis=1)
    known: NDArray[np.bool_] = (rows >= 0) & (away < SAME)
    return known


def _write_points(stage: Path, points: Arrays, added: Arrays) -> None:
    both = {name: np.concatenate([rows, added[name]]) for name, rows in points.items()}
    np.savez_compressed(stage / POINTS_FILE, **both)  # type: ignore[arg-type]


def _write_table(stage: Path, here: Path, table: ItemTable, images: Split, added: Arrays) -> None:
    items = (Item(*row[1 : 1 + len(Item._fields)]) for row in _rows(table))
    new = (
        Item(path, "new", None if label < 0 else label, width, height, reconstruction, kl)
        for path, label, (width, height), reconstruction, kl in zip(
            _files(images),
            images.labels.tolist(),
            images.file_sizes().tolist(),
            added["reconstruction"].tolist(),
            added["kl"].tolist(),
            strict=True,
        )
    )
    columns, values = _columns(table, images)
    thumbnails: Iterator[bytes] = iter(())
    if old := _thumbnails(here, table):
        first = next(old)
        longest = LONGEST if max(size_of(first)) <= LONGEST else None
        thumbnails = itertools.chain([first], old, write_thumbnails(images.images, longest))
    write_items(stage, itertools.chain(items, new), columns, values, thumbnails)


def _rows(table: ItemTable) -> Iterator[tuple[Any, ...]]:
    ids = range(len(table.values("split")))
    for start in ids[::AT_ONCE]:
        yield from table.rows(list(ids[start : start + AT_ONCE]))


def _columns(table: ItemTable, images: Split) -> tuple[list[Column], Iterator[tuple[Value, ...]]]:
    """Join the columns of the model's items and of the new images, by their names."""
    n = len(table.values("split"))
    old = {column.name: (column.kind, table.values(column.name)) for column in table.given}
    new = {column.name: (column.kind, values.tolist()) for column, values in images.columns.items()}
    columns, joined = [], []
    for name in list(old | new)[:MOST_COLUMNS]:
        kind, before = old.get(name, (None, [None] * n))
        kind_now, after = new.get(name, (None, [None] * len(images)))
        both = [*before, *after]
        if kind and kind_now and kind != kind_now:
            kind, both = "text", [None if value is None else str(value) for value in both]
        columns.append(Column(name, kind or kind_now or "text"))
        joined.append(both)
    rows = zip(*joined, strict=True) if joined else iter([()] * (n + len(images)))
    return columns, rows


def _thumbnails(here: Path, table: ItemTable) -> Iterator[bytes] | None:
    """Return the thumbnails of the model's items; None for a model without its images."""
    if table.has_thumbnails:
        return (table.thumbnail(i) or b"" for i in range(len(table.values("split"))))
    if not (here / ITEMS_FILE).is_file():
        return None
    with np.load(here / ITEMS_FILE) as file:
        return map(write_png, file["images"])


def _write_chart(stage: Path, chart: Chart, z: NDArray[Any], added: NDArray[Any]) -> None:
    place = place_beside(added, z, chart.place).astype(np.float32)
    grown = dataclasses.replace(chart, place=np.concatenate([chart.place, place]))
    arrays = {field.name: getattr(grown, field.name) for field in dataclasses.fields(grown)}
    np.savez_compressed(stage / CHART_FILE, **arrays)


def _note_in_card(stage: Path, folder: Path, images: int) -> None:
    said = (
        f"\n## Images added on {datetime.now(UTC):%d %B %Y}\n\n{images:,} images of the folder "
        f"`{folder.resolve().name}` were encoded by the same weights. They are no part of the "
        "figures above.\n"
    )
    with (stage / CARD_FILE).open("a", encoding="utf-8") as card:
        card.write(said)
