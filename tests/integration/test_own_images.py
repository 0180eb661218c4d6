"""A model of one's own folder has every image of it, and a review tells what is wrong there."""

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.chart import read_chart
from models.items import ItemTable, open_items
from models.store import ModelId, Store
from tests.once import once
from training.__main__ import main

SMALL = [
    "epochs=1",
    "encoder_filters=[4,6]",
    "encoder_kernels=[3,3]",
    "encoder_strides=[2,2]",
    "decoder_filters=[4]",
    "decoder_kernels=[3,3]",
    "decoder_strides=[2,2]",
    "latent_dim=3",
    "image_size=[36,72]",
    "name=mine",
]
STRANGE = "a/ü <b>\n=1.png"  # a name with all that may go wrong, of a picture that is there twice
FIRST = ModelId("mine", 1)


def draw_folder(folder: Path) -> None:
    """Draw 60 pictures, 90 × 50 pixels, in two classes, one of them twice; and a table."""
    random = np.random.default_rng(0)
    rows = [["file_name", "weight", "split", "found"]]
    for number in range(60):
        name = f"{'ab'[number % 2]}/{number}.png"
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = random.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        image = Image.fromarray(cells).resize((90, 50), Image.Resampling.BICUBIC)
        image.save(path)
        if number == 7:
            image.save(folder / "images" / STRANGE)
        rows.append([name, str(number / 2), "odd" if number % 2 else "even", "2026-11-28"])
    with (folder / "images" / "metadata.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the images, a run and a store with its model."""

    def write(folder: Path) -> None:
        draw_folder(folder)
        options = ["--config", "digits-z2", "--set", *SMALL, "likelihood=gaussian_learned"]
        where = ["--data", folder / "images", "--run", folder / "run", "--store", folder / "store"]
        assert main(["fit", "--export", *map(str, where), *options]) == 0

    return once(tmp_path_factory, "own-images", write)


def items_of(folder: Path, model: ModelId = FIRST) -> tuple[Path, ItemTable]:
    """Return a version's folder and its items."""
    store = Store(folder / "store")
    store.verify(model)
    with np.load(store.folder(model) / "points.npz") as points:
        items = len(points["z_mean"])
    table = open_items(store.folder(model), items)
    assert table is not None
    return store.folder(model), table


def test_every_image_is_an_item(folder: Path) -> None:
    """Test images come first; each has its path, the size of its file, its class and columns."""
    model, table = items_of(folder)
    manifest = Store(folder / "store").manifest(FIRST)
    test = manifest.dataset.test_items

    splits = table.values("split")
    assert splits == ["test"] * test + ["train"] * (61 - test)
    paths = table.values("path")
    names = {path.relative_to(folder / "images").as_posix() for path in folder.rglob("images/?/*")}
    assert set(paths) == names
    assert STRANGE in names
    assert set(zip(table.values("width"), table.values("height"), strict=True)) == {(90, 50)}
    labels = [None if path is None else "ab".index(str(path)[0]) for path in paths]
    assert table.values("label") == labels
    assert [column.name for column in table.given] == ["weight", "metadata_split", "found"]
    assert [column.kind for column in table.given] == ["number", "category", "date"]
    at = paths.index("b/7.png")
    row = {name: table.values(name)[at] for name in ("weight", "metadata_split", "found")}
    assert row == {"weight": 3.5, "metadata_split": "odd", "found": "2026-11-28"}
    assert table.values("weight")[paths.index(STRANGE)] is None
    assert splits[at] == splits[paths.index(STRANGE)]
    chart = read_chart(model, manifest, 61)
    assert chart is not None
    assert len(chart.place) == 61


def test_a_colour_model_is_described_by_its_likelihood(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Card, `evaluate` and manifest have bits per dimension, and no cross-entropy."""
    run = [str(folder / "run"), "--data", str(folder / "images")]
    assert main(["evaluate", *run]) == 0

    card = (folder / "store" / "mine" / "1" / "card.md").read_text()
    metrics = Store(folder / "store").manifest(FIRST).metrics
    for said in (capsys.readouterr().out, card):
        assert f"−ELBO is {metrics['bits_per_dimension']:.3f} bits per dimension" in said
        assert "by the likelihood gaussian_learned: bits of a density" in said
        assert not [word for word in ("bce", "source_", "grey", "pixel values") if word in said]
    assert not [name for name in metrics if name.startswith("source")]


def test_thumbnails_are_small_unless_wished_otherwise(folder: Path) -> None:
    """They are reduced to 64 pixels, or of the model's size; `--items test` leaves out the rest."""
    options = ["--items", "test", "--thumbnails", "full", "--data", str(folder / "images")]
    assert main(["export", str(folder / "run"), *options, "--store", str(folder / "store")]) == 0
    newest = Store(folder / "store").resolve("mine")
    (_, small), (_, full) = items_of(folder), items_of(folder, newest)

    sizes = [Image.open(io.BytesIO(t.thumbnail(0) or b"")).size for t in (small, full)]

    assert sizes == [(64, 32), (72, 36)]
    assert set(full.values("split")) == {"test"}


def test_a_new_chart_keeps_the_items(folder: Path) -> None:
    """The next version has the same table."""
    store = ["--store", str(folder / "store")]
    assert main(["chart", "mine@1", *store]) == 0
    newest = Store(folder / "store").resolve("mine")

    (before, _), (after, _) = items_of(folder), items_of(folder, newest)

    assert newest.version > 1
    assert (after / "items.sqlite").read_bytes() == (before / "items.sqlite").read_bytes()


def test_a_review_lists_what_may_be_wrong(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The four lists are printed from their top and written as a table, with paths."""
    where = tmp_path / "suspects.csv"
    store = str(folder / "store")

    assert main(["review", "mine@1", "--store", store, "--csv", str(where), "--top", "3"]) == 0

    said = capsys.readouterr().out
    for name in ("labels", "duplicates", "strangers", "reconstructions"):
        assert f"\n{name}: " in f"\n{said}"
    assert "duplicates: 2 images that are near-duplicates, in 1 group," in said
    with where.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    double = [row for row in rows if row["list"] == "duplicates"]
    assert {row["path"] for row in double} == {"b/7.png", STRANGE}
    assert {row["group"] for row in double} == {"1"}
    doubtful = [row for row in rows if row["list"] == "labels"]
    assert all({row["label"], row["suggested"]} == {"a", "b"} for row in doubtful)
    ranks = [int(row["rank"]) for row in rows if row["list"] == "strangers"]
    assert ranks == list(range(1, 62))


def test_an_older_model_is_reviewed_without_its_images(
    tiny_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without files and thumbnails, items are named by number, and what is missing is said."""
    model, store = ModelId("digits-z2", 1), Store(tmp_path / "store")
    older = shutil.ignore_patterns("items.sqlite", "manifest.json")
    with store.stage(model.name) as stage:
        shutil.copytree(Store(tiny_store).folder(model), stage, ignore=older, dirs_exist_ok=True)
        store.publish(stage, Store(tiny_store).manifest(model))

    where = str(tmp_path / "list.csv")
    assert main(["review", str(model), "--store", str(store.root), "--csv", where]) == 0

    said = capsys.readouterr().out
    assert "duplicates: not looked for" in said
    assert "  item " in said
