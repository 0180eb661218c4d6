"""Which files of a folder are found, whatever else lies there."""

import os
from pathlib import Path

import pytest
from PIL import Image

from training.errors import DataUnreadable
from training.sources.folder_listing import list_files


def draw(*paths: Path) -> None:
    """Write images, with their folders."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(path)


def names(folder: Path) -> list[str]:
    """Return the files' paths below the folder."""
    return [file.name for file in list_files(folder).files]


def test_linked_folders_and_files_are_read(tmp_path: Path) -> None:
    """A link to images elsewhere is as good as the images."""
    draw(tmp_path / "elsewhere" / "1.png", tmp_path / "data" / "cat" / "2.png")
    (tmp_path / "data" / "dog").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "cat" / "3.png").symlink_to(tmp_path / "elsewhere" / "1.png")

    assert names(tmp_path / "data") == ["cat/2.png", "cat/3.png", "dog/1.png"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """A folder is read once, under its own name; that a link was left out is said."""
    draw(tmp_path / "cat" / "1.png", tmp_path / "dog" / "2.png")
    (tmp_path / "cat" / "again").symlink_to(tmp_path)
    (tmp_path / "a link to dog").symlink_to(tmp_path / "dog")

    listing = list_files(tmp_path)

    assert [file.name for file in listing.files] == ["cat/1.png", "dog/2.png"]
    assert "cat/again (a link to a folder that is read already)" in listing.read_as
    assert "a link to dog (a link" in listing.read_as


def test_broken_links_and_pipes_are_passed_over(tmp_path: Path) -> None:
    """They are named, and nothing waits for them."""
    draw(tmp_path / "1.png")
    (tmp_path / "2.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "3.png").symlink_to(tmp_path / "3.png")
    os.mkfifo(tmp_path / "4.png")

    listing = list_files(tmp_path)

    assert [file.name for file in listing.files] == ["1.png"]
    for said in ("2.png (a broken link)", "3.png (a broken link)", "4.png (no file)"):
        assert said in listing.read_as


def test_runs_and_models_of_this_program_are_passed_over(tmp_path: Path) -> None:
    """Their figures are no images to train on."""
    draw(tmp_path / "1.png", tmp_path / "runs" / "a" / "latent.png", tmp_path / "m" / "1" / "f.png")
    (tmp_path / "runs" / "a" / "run.json").write_text("{}")
    (tmp_path / "m" / "1" / "saved_model.pb").write_bytes(b"")

    listing = list_files(tmp_path)

    assert [file.name for file in listing.files] == ["1.png"]
    assert "runs/a (a run of training)" in listing.read_as
    assert "m/1 (a model)" in listing.read_as


def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    """A name in another encoding becomes a label that can be written down."""
    draw(tmp_path / "other" / "1.png")
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    draw(strange / "2.png")

    labels = [file.label for file in list_files(tmp_path).files]

    assert sorted(map(str, labels)) == ["caf\N{REPLACEMENT CHARACTER}", "other"]


def test_composed_and_decomposed_letters_are_one_class(tmp_path: Path) -> None:
    """Some systems write an é as two letters."""
    draw(tmp_path / "train" / "\N{LATIN SMALL LETTER E WITH ACUTE}t" / "1.png")
    draw(
        tmp_path / "test" / "e\N{COMBINING ACUTE ACCENT}t" / "2.png",
        tmp_path / "test" / "a" / "3.png",
    )
    draw(tmp_path / "train" / "a" / "4.png")

    labels = {file.label for file in list_files(tmp_path).files}

    assert labels == {"a", "\N{LATIN SMALL LETTER E WITH ACUTE}t"}


def test_a_folder_without_images_says_what_is_there(tmp_path: Path) -> None:
    """So that the next step is clear."""
    (tmp_path / "photos.zip").write_bytes(b"")
    for number in range(4):
        (tmp_path / f"{number}.heic").write_bytes(b"")

    with pytest.raises(DataUnreadable, match=r"no images, but 4 .heic \(Pillow.*unpack it first"):
        list_files(tmp_path)
