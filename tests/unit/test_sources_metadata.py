"""Tables beside images: labels and other columns."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.items import MOST_COLUMNS, Column
from training.config import TrainConfig
from training.errors import DataUnreadable
from training.image_list import list_images, pick_images
from training.load_dataset import load_dataset
from training.sources.folder_listing import Listing, list_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images."""
    for name in ("a.png", "b.png", "c.png"):
        Image.new("L", (4, 4)).save(tmp_path / name)
    return tmp_path


def labels(listing: Listing) -> list[str | None]:
    """Return the files' labels, in their order."""
    return [file.label for file in listing.files]


@pytest.mark.parametrize(
    "table",
    [
        "file_name,label,age\na.png,cat,3\nb.png,dog,\nc.png,cat,1.5\n",
        "\ufefffile_name;label;age\r\na.png;cat;3\r\nb.png;dog;\r\nc.png;cat;1.5\r\n",
        "age\tLabel\tfile_name\n3\tcat\t./a.png\n\tdog\t.\\b.png\n1.5\tcat\tc.png\n",
    ],
)
def test_a_csv_names_the_classes(folder: Path, table: str) -> None:
    """Written by programs and spreadsheets; other columns stay with the image."""
    (folder / "metadata.csv").write_bytes(table.encode())

    listing = list_files(folder)

    assert labels(listing) == ["cat", "dog", "cat"]
    assert [file.columns["age"] for file in listing.files] == ["3", "", "1.5"]
    assert "2 classes; columns from metadata.csv; classes from the column" in listing.read_as


def test_a_jsonl_names_the_classes(folder: Path) -> None:
    """One object a line; numbers are names too."""
    rows = [{"file_name": "a.png", "label": 3}, {"file_name": "b.png", "label": None, "x": [1]}]
    (folder / "metadata.jsonl").write_text("\n\n".join(map(json.dumps, rows)))

    listing = list_files(folder)

    assert labels(listing) == ["3", None, None]
    assert listing.columns == ("label", "x")
    assert "1 images without a row" in listing.read_as


def test_a_table_is_of_its_own_folder(tmp_path: Path) -> None:
    """As the sides of a split have them: names are relative to the table."""
    for side in ("train", "test"):
        (tmp_path / side).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / side / "1.png")
        (tmp_path / side / "metadata.csv").write_text(f"file_name,label\n1.png,of {side}\n")

    listing = list_files(tmp_path)

    assert [(file.label, file.tested) for file in listing.files] == [
        ("of test", True),
        ("of train", False),
    ]


def test_columns_without_a_label_leave_the_classes(tmp_path: Path) -> None:
    """Captions are no classes; sub-folders still are."""
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / name / "1.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\ncat/1.png,=1+2\ndog/1.png,<b>\n")

    listing = list_files(tmp_path)

    assert labels(listing) == ["cat", "dog"]
    assert [file.columns["text"] for file in listing.files] == ["=1+2", "<b>"]


def test_a_column_can_be_the_split(folder: Path) -> None:
    """An image of neither side is passed over, as beside the folders of a split."""
    rows = ["a.png,train", "b.png,test", "c.png,extra"]
    (folder / "metadata.csv").write_text("\n".join(["file_name,split", *rows]))

    listing = list_files(folder)

    assert [(file.name, file.tested) for file in listing.files] == [
        ("a.png", False),
        ("b.png", True),
    ]
    assert "the split from the column split, tested on test" in listing.read_as


def test_files_and_columns_stay_with_their_images(tmp_path: Path) -> None:
    """Through the split, and when a run finds its images again."""
    rows = ["file_name,age"]
    for number in range(20):
        Image.new("L", (4, 4), 12 * number).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{number}")
    (tmp_path / "metadata.csv").write_text("\n".join(rows))
    dataset = load_dataset(TrainConfig(name="ages", dataset="ages", beta=1.0), tmp_path)

    again, _ = pick_images(dataset, list_images(dataset), dataset.labels, tmp_path)

    for split in (dataset.train, dataset.test, again.train, again.test):
        assert split.files is not None
        greys = split.images[np.arange(len(split))][:, 0, 0, 0]
        assert list(split.files) == [f"{grey // 12}.png" for grey in greys]
        assert list(split.columns[Column("age", "number")]) == [grey // 12 for grey in greys]
        assert split.file_sizes().tolist() == [[4, 4]] * len(split)


def test_rows_that_do_not_fit_are_counted(folder: Path) -> None:
    """Names that are missing, doubled or outside the folder do no harm."""
    rows = ["a.png,cat", "a.png,dog", "gone.png,cat", "../secret.png,cat", ",cat", "b.png,dog,9"]
    (folder / "metadata.csv").write_text("\n".join(["file_name,label", *rows]))

    listing = list_files(folder)

    assert labels(listing) == ["cat", "dog", None]
    assert "3 rows that name no image here" in listing.read_as
    assert "1 rows for an image that had one, left out" in listing.read_as


def test_another_table_is_passed_over(folder: Path) -> None:
    """Without `file_name` it says nothing of the images."""
    (folder / "metadata.csv").write_text("id,label\n1,cat\n")

    listing = list_files(folder)

    assert labels(listing) == [None] * 3
    assert "passed over: metadata.csv (it has no column file_name)" in listing.read_as


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("metadata.jsonl", '{"file_name": "a.png"}\n{oh', "line 2 is no JSON"),
        ("metadata.jsonl", '["a.png"]', "line 1 is no JSON object"),
        ("metadata.csv", 'file_name,label\na.png,"' + "x" * 200_000, "field larger than"),
    ],
)
def test_a_broken_table_is_refused(folder: Path, name: str, text: str, said: str) -> None:
    """Nobody trains without labels that are there."""
    (folder / name).write_text(text)

    with pytest.raises(DataUnreadable, match=rf"{name}: cannot be read: {said}.*rename it"):
        list_files(folder)


def test_of_ten_thousand_columns_the_first_are_kept(folder: Path) -> None:
    """How many are left out is said, and the classes are found wherever their column stands."""
    columns = [f"m{number}" for number in range(10_000)]
    rows = [["file_name", *columns, "label"], ["a.png", *map(str, range(10_000)), "cat"]]
    (folder / "metadata.csv").write_text("\n".join(map(",".join, rows)))

    listing = list_files(folder)

    assert listing.columns == tuple(columns[:MOST_COLUMNS])
    assert listing.files[0].columns["m199"] == "199"
    assert labels(listing) == ["cat", None, None]
    assert "the first 200 columns are kept and 9,801 left out" in listing.read_as


def test_columns_have_names_that_can_be_told_apart(folder: Path) -> None:
    """Without a name, twice the same, over two lines, very long, or no text at all."""
    names = ["file_name", "", "a", "a", '"two\nlines"', "n" * 5000, ""]
    (folder / "metadata.csv").write_text(",".join(names) + "\na.png,1,2,3,4,5,6\n")

    listing = list_files(folder)

    assert listing.files[0].columns == {
        "unnamed": "1",
        "a": "2",
        "a 2": "3",
        "two lines": "4",
        "n" * 100: "5",
        "unnamed 2": "6",
    }


def test_what_is_no_text_is_replaced(folder: Path) -> None:
    """A null character or half a letter would be refused by whoever reads the model."""
    row = {"file_name": "a.png", "\ud800": "b\0c\udfff"}
    (folder / "metadata.jsonl").write_text(json.dumps(row))

    Image.new("L", (4, 4)).save(folder / os.fsdecode(b"z\xff.png"))

    files = list_files(folder).files

    assert files[0].columns == {"\ufffd": "b\ufffdc\ufffd"}
    assert files[-1].name == "z\ufffd.png"
