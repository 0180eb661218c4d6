"""A model whose items have files and columns, for tests of what the page does with these."""

from pathlib import Path

import numpy as np

from app.imaging.png import encode_png
from models.items import Column, Item, write_items
from models.manifest import ITEM_TABLE_FILE, POINTS_FILE, Manifest
from models.store import ModelId, Store

COLUMNS = (
    Column("weight", "number"),
    Column("place, long", "category"),
    Column("taken", "date"),
    Column("note", "text"),
)
PLACES = ("Rome", "Öland", "<b>Bern</b>")
NAME = "digits-z2"


def path_of(i: int) -> str:
    """Name an item's file."""
    return f"{'ab'[i % 2]}/<i>ü {i}.png"


def thumbnail(i: int) -> bytes:
    """Draw an item: noise, but items 7 and 70 are the same."""
    noise = np.random.default_rng(7 if i == 70 else i)
    return encode_png(noise.integers(0, 255, (8, 8, 1), np.uint8))


def copy_model(tiny_store: Path, stage: Path) -> Manifest:
    """Copy the tiny model's files into a stage, and return its manifest."""
    tiny, model = Store(tiny_store), ModelId(NAME, 1)
    for path in tiny.folder(model).rglob("*"):
        if path.is_file() and path.name != ITEM_TABLE_FILE:
            target = stage / path.relative_to(tiny.folder(model))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tiny.manifest(model)


def write_crowded_store(tiny_store: Path, items: int, root: Path) -> None:
    """Publish the tiny model with many items, drawn from the prior."""
    made = Store(root)
    with made.stage(NAME) as stage:
        manifest = copy_model(tiny_store, stage)
        rng = np.random.default_rng(0)
        z = rng.standard_normal((items, 2)).astype(np.float32)
        labels = rng.integers(0, 10, items).astype(np.int32)
        ones = np.ones(items, np.float32)
        np.savez(stage / POINTS_FILE, z_mean=z, z_log_var=z, label=labels, reconstruction=ones)
        made.publish(stage, manifest)


def write_filed_store(tiny_store: Path, root: Path) -> None:
    """Publish the tiny model with files and columns of its items."""
    made = Store(root)
    with made.stage(NAME) as stage:
        manifest = copy_model(tiny_store, stage)
        with np.load(stage / POINTS_FILE) as points:
            labels = points["label"].tolist()
        items = [
            Item(path_of(i), "train" if i % 3 else "test", label, 100 + i, 80, 1.0 + i, 2.0)
            for i, label in enumerate(labels)
        ]
        values = [
            (i / 2, PLACES[i % 3], f"2026-01-{1 + i % 28:02}", "note" if i % 5 else None)
            for i in range(len(labels))
        ]
        write_items(stage, items, COLUMNS, values, map(thumbnail, range(len(labels))))
        made.publish(stage, manifest)
