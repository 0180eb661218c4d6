"""Images that are added to a model: the next version has them, and all that was there stays."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.chart import read_chart
from models.items import Column, ItemTable, open_items
from models.manifest import CARD_FILE, POINTS_FILE
from models.store import ModelId, Store
from tests.once import once
from training.__main__ import main
from training.config import load_config
from training.export import export
from training.fit import fit
from training.load_dataset import load_dataset

NAME = "made"


def draw(path: Path, seed: int) -> None:
    """Write a small picture of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (8, 8), np.uint8)
    Image.fromarray(noise).save(path)


def tabulate(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write metadata.csv."""
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module", name="made")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of images and the store of a charted model of three dimensions of them."""

    def write(root: Path) -> None:
        images = root / "images"
        names = [f"{'ab'[i % 2]}/{i}.png" for i in range(60)]
        for i, name in enumerate(names):
            draw(images / name, i)
        tabulate(images, [{"file_name": name, "weight": f"{i}"} for i, name in enumerate(names)])
        small = ["epochs=1", "encoder_filters=[4, 6]", "decoder_filters=[4]", "latent_dim=3"]
        config = load_config("digits-z2", [*small, f"name={NAME}"])
        run = fit(config, images, load_dataset(config, images), root / "run")
        export(run, Store(root / "store"))

    return once(tmp_path_factory, "made", write)


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """Return a folder of four images, of which one class is new and one column is text."""
    folder = tmp_path / "more"
    names = ["a/new.png", "b/<new>.png", "c/1.png", "c/2.png"]
    for i, name in enumerate(names):
        draw(folder / name, 1000 + i)
    tabulate(
        folder,
        [
            {"file_name": name, "weight": weight, "note": "=1+1"}
            for name, weight in zip(names, ["heavy", "2", "3", "4"], strict=True)
        ],
    )
    return folder


def table_of(store: Store, version: int) -> ItemTable:
    """Open a version's items."""
    folder = store.folder(ModelId(NAME, version))
    with np.load(folder / POINTS_FILE) as points:
        table = open_items(folder, len(points["z_mean"]))
    assert table is not None
    return table


def test_new_images_are_items_of_the_next_version(made: Path, more: Path) -> None:
    """They have their paths, classes, columns and thumbnails, and the split `new`."""
    store = Store(made / "store")
    assert main(["add", f"{NAME}@1", str(more), "--store", str(store.root)]) == 0
    last = store.versions(NAME)[-1]
    old, table = table_of(store, 1), table_of(store, last)
    n = len(old.values("split"))
    assert table.values("path")[n:] == ["a/new.png", "b/<new>.png", "c/1.png", "c/2.png"]
    assert table.values("split")[n:] == ["new"] * 4
    assert store.verify(ModelId(NAME, last)).labels == ("a", "b", "c")
    assert table.values("label")[n:] == [0, 1, 2, 2]
    assert table.given == (Column("weight", "text"), Column("note", "category"))
    assert table.values("weight")[n:] == ["heavy", "2", "3", "4"]
    assert table.values("note") == [None] * n + ["=1+1"] * 4
    assert (table.thumbnail(n + 3) or b"").startswith(b"\x89PNG")


def test_what_was_there_does_not_move(made: Path, more: Path) -> None:
    """Points, places and thumbnails of the old items are as before, and so are the weights."""
    store = Store(made / "store")
    assert main(["add", f"{NAME}@1", str(more), "--store", str(store.root)]) == 0
    versions = [ModelId(NAME, v) for v in (1, store.versions(NAME)[-1])]
    first, last = (store.verify(version) for version in versions)
    same = [name for name in first.files if first.files[name] == last.files[name]]
    assert {"saved_model.pb", "golden.npz"} <= set(same)
    assert first.metrics == last.metrics
    assert first.chart == last.chart
    arrays = []
    for version, manifest in zip(versions, (first, last), strict=True):
        with np.load(store.folder(version) / POINTS_FILE) as file:
            points = dict(file)
        chart = read_chart(store.folder(version), manifest, len(points["z_mean"]))
        assert chart is not None
        arrays.append({**points, "place": chart.place, "sheet": chart.sheet})
    n = len(arrays[0]["z_mean"])
    for name, values in arrays[0].items():
        assert np.array_equal(values, arrays[1][name][: len(values)]), name
    assert np.isfinite(arrays[1]["place"]).all()
    old, new = table_of(store, 1), table_of(store, versions[1].version)
    assert [old.thumbnail(i) for i in range(n)] == [new.thumbnail(i) for i in range(n)]
    assert "images added" in (store.folder(versions[1]) / CARD_FILE).read_text().lower()


def test_images_that_are_there_are_left_out(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same folder adds nothing, and a folder of old and new images adds the new."""
    store = Store(made / "store")
    again = ["add", f"{NAME}@1", str(made / "images"), "--store", str(store.root)]
    assert main(again) == 2
    assert "has all of its 60 images already" in capsys.readouterr().err
    draw(made / "images" / "a" / "late.png", 5000)
    assert main(again) == 0
    assert "60 images are in made@1 already" in capsys.readouterr().out
    last = table_of(store, store.versions(NAME)[-1])
    assert last.values("path")[60:] == ["a/late.png"]


def test_a_model_from_before_the_table_takes_images(
    tiny_store: Path, tmp_path: Path, more: Path
) -> None:
    """Its items have no file, and the new ones do; without its images, none has a thumbnail."""
    store = Store(tmp_path / "store")
    tiny = Store(tiny_store)
    model = ModelId("digits-z2", 1)
    with store.stage(model.name) as stage:
        for path in tiny.folder(model).rglob("*"):
            if path.is_file() and path.name not in {"items.sqlite", "manifest.json"}:
                target = stage / path.relative_to(tiny.folder(model))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        store.publish(stage, tiny.manifest(model))
    assert main(["add", "digits-z2", str(more), "--store", str(store.root)]) == 0
    folder = store.folder(ModelId("digits-z2", 2))
    n = tiny.manifest(model).dataset.test_items
    table = open_items(folder, n + 4)
    assert table is not None
    assert table.values("path") == [None] * n + [
        "a/new.png",
        "b/<new>.png",
        "c/1.png",
        "c/2.png",
    ]
    assert not table.has_thumbnails


def test_a_folder_without_images_is_refused(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is published, and the message says what was there."""
    store = Store(made / "store")
    before = store.versions(NAME)
    (tmp_path / "none").mkdir()
    assert main(["add", NAME, str(tmp_path / "none"), "--store", str(store.root)]) == 2
    assert "holds no images" in capsys.readouterr().err
    assert store.versions(NAME) == before
