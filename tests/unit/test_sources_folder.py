"""Image folders: classes, splits, broken files."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from training.config import TrainConfig
from training.dataset import Dataset
from training.errors import DataUnreadable
from training.load_dataset import load_dataset


def write(path: Path, seed: int = 0, size: tuple[int, int] = (9, 7), mode: str = "L") -> Path:
    """Write an image of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path)
    return path


def load(folder: Path, *, strict: bool = False, **settings: object) -> Dataset:
    """Load as `fit --data` does."""
    config = TrainConfig(name="folder", dataset="folder", beta=1.0, **settings)
    return load_dataset(config, folder, strict=strict)


def rows(dataset: Dataset, side: str) -> set[bytes]:
    """Return the images of a split."""
    split = getattr(dataset, side)
    return {image.tobytes() for image in split.images[np.arange(len(split))]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of twenty grey images, 9 pixels high and 7 wide."""
    for seed in range(40):
        write(tmp_path / "pictures" / ("cat" if seed < 20 else "dog") / f"{seed}.png", seed)
    return tmp_path / "pictures"


def test_sub_folders_are_classes(folder: Path) -> None:
    """Labels follow the sub-folders' names, and both splits hold every class."""
    dataset = load(folder)

    assert dataset.labels == ("cat", "dog")
    assert dataset.name == "pictures"
    assert dataset.image_shape == (9, 7, 1)
    assert len(dataset.train) + len(dataset.test) == 40
    assert set(dataset.train.labels) == set(dataset.test.labels) == {0, 1}
    assert sum((split.labels == 0).sum() for split in (dataset.train, dataset.test)) == 20


def test_an_image_keeps_its_label(folder: Path) -> None:
    """Pixels and label stay together through the split."""
    cats = {np.asarray(Image.open(path)).tobytes() for path in (folder / "cat").iterdir()}

    for split in (load(folder).train, load(folder).test):
        for image, label in zip(split.images[np.arange(len(split))], split.labels, strict=True):
            assert (image.tobytes() in cats) == (label == 0)


def test_a_folder_without_sub_folders_has_no_labels(tmp_path: Path) -> None:
    """Every label is −1, and there are no names."""
    for seed in range(10):
        write(tmp_path / f"{seed}.bmp", seed)

    dataset = load(tmp_path)

    assert dataset.labels == ()
    assert set(dataset.train.labels) == set(dataset.test.labels) == {-1}


def test_copies_lie_on_one_side(folder: Path) -> None:
    """No image is in both splits, even if it lies in the folder twice or in two classes."""
    for path in list((folder / "cat").iterdir()):
        shutil.copy(path, folder / "dog" / f"copy-{path.name}")

    dataset = load(folder)

    assert not rows(dataset, "train") & rows(dataset, "test")
    assert len(dataset.train) + len(dataset.test) == 60


def test_an_image_stays_on_its_side_when_others_come(folder: Path) -> None:
    """The test images of a grown folder are the old ones and some of the new."""
    before = load(folder)
    for seed in range(100, 140):
        write(folder / "cat" / f"{seed}.png", seed)
    after = load(folder)

    assert rows(before, "test") <= rows(after, "test")
    assert rows(before, "train") <= rows(after, "train")


def test_train_and_test_folders_are_the_splits(folder: Path, tmp_path: Path) -> None:
    """A folder of train and test is taken at its word, but for training images in both."""
    shutil.copytree(folder, tmp_path / "data" / "train")
    write(tmp_path / "data" / "test" / "cat" / "new.png", 99)
    write(tmp_path / "data" / "test" / "dog" / "leak.png", 39)

    dataset = load(tmp_path / "data")

    assert dataset.labels == ("cat", "dog")
    assert sorted(dataset.test.labels) == [0, 1]
    assert len(dataset.train) == 39


def test_broken_files_are_skipped_counted_and_named(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two broken files among many are left out, and one line says which and why."""
    whole = (folder / "cat" / "0.png").read_bytes()
    (folder / "cat" / "half.png").write_bytes(whole[: len(whole) // 2])
    (folder / "dog" / "text.jpg").write_text("no image")

    dataset = load(folder)

    assert len(dataset.train) + len(dataset.test) == 40
    assert "2 of 42 files cannot be read: cat/half.png (" in caplog.text
    assert "dog/text.jpg (no PNG" in caplog.text


def test_a_folder_of_broken_files_is_refused(tmp_path: Path) -> None:
    """With the reasons: nothing in a file, or HEIC that was only renamed."""
    (tmp_path / "0.png").write_bytes(b"")
    (tmp_path / "1.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))

    with pytest.raises(DataUnreadable, match=r"0.png \(an empty file\); 1.jpg \(HEIC by another"):
        load(tmp_path)


def test_strict_refuses_a_broken_file(folder: Path) -> None:
    """With `strict` nothing is skipped."""
    (folder / "dog" / "text.jpg").write_text("no image")

    with pytest.raises(DataUnreadable, match=r"1 of 41 files .* dog/text.jpg \(no PNG"):
        load(folder, strict=True)


def test_what_is_passed_over_is_said(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Other files are counted and named; what file managers leave is not mentioned."""
    (folder / "notes.txt").write_text("hello")
    for number in range(15):
        (folder / "cat" / f"{number}.HEIC").write_bytes(b"....ftypheic")
    write(folder / ".thumbnails" / "0.png")
    write(folder / "__MACOSX" / "0.png")
    write(folder / "cat" / "._0.png")
    (folder / "cat" / ".DS_Store").write_bytes(b"")

    dataset = load(folder)

    assert dataset.labels == ("cat", "dog")
    (record,) = caplog.records
    assert "read as 40 images, 2 classes; passed over: 15 .heic (Pillow" in record.getMessage()
    assert record.getMessage().endswith("notes.txt")


def test_what_was_understood_is_said_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A run reads its folder again to be measured and exported, and says nothing then."""
    load(folder)
    load(folder)

    assert len(caplog.records) == 1


def test_mixed_sizes_need_an_image_size(folder: Path) -> None:
    """Without one the message says the sizes and the setting; with one all are fitted."""
    write(folder / "cat" / "large.png", 99, (30, 50))

    with pytest.raises(DataUnreadable, match=r"9…30 pixels high and 7…50 wide.*image_size"):
        load(folder)
    assert load(folder, image_size=(8, 12)).image_shape == (8, 12, 1)


def test_colour_is_found_by_looking(folder: Path) -> None:
    """RGB files without a colour are grey; one coloured image makes all colour."""
    write(folder / "cat" / "grey.png", 98, mode="RGB")
    assert load(folder).image_shape[2] == 1

    Image.new("RGB", (7, 9), "red").save(folder / "cat" / "red.png")
    assert load(folder).image_shape[2] == 3
    assert load(folder, channels=1).image_shape[2] == 1


def test_the_only_image_of_a_class_is_trained_on(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It cannot be on both sides, nor can it and its copy; that it is not tested is said."""
    path = write(folder / "emu" / "only.png", 99)
    write(folder / "fox" / "only.png", 98)
    shutil.copy(path, folder / "emu" / "copy.png")

    dataset = load(folder)

    assert set(dataset.test.labels) == {0, 1}
    assert sorted(dataset.train.labels)[-3:] == [2, 2, 3]
    assert "1 class has one image (fox), which is trained on and not tested" in caplog.text


@pytest.mark.parametrize(("images", "copies"), [(1, 0), (2, 0), (3, 0), (3, 3)])
def test_too_few_images_are_refused(tmp_path: Path, images: int, copies: int) -> None:
    """Before any training; copies are not different images."""
    for seed in range(images):
        write(tmp_path / f"{seed}.png", seed)
    for seed in range(copies):
        shutil.copy(tmp_path / f"{seed}.png", tmp_path / f"copy-{seed}.png")

    with pytest.raises(DataUnreadable, match=r"too few different images.*at least 4 are needed"):
        load(tmp_path)


def test_four_images_are_enough(tmp_path: Path) -> None:
    """Two to train on and two to test on."""
    for seed in range(4):
        write(tmp_path / f"{seed}.png", seed)

    assert len(load(tmp_path).train) == len(load(tmp_path).test) == 2


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """The message says what could lie there."""
    with pytest.raises(DataUnreadable, match=r"holds no images; give a folder of PNG"):
        load(tmp_path)


def test_images_stay_on_disk(folder: Path) -> None:
    """What is read is a memory map, and batches are read by index from it."""
    images: Any = load(folder).train.images

    assert isinstance(images.images, np.memmap)
    batch = images[np.array([3, 0, 3])]
    np.testing.assert_array_equal(batch[0], batch[2])


def test_near_copies_lie_on_one_side(tmp_path: Path) -> None:
    """The same picture saved as JPEG, or a little darker, is not tested on after training on it."""
    random = np.random.default_rng(0)
    for number in range(60):
        small = Image.fromarray(random.integers(0, 256, (5, 5, 3), dtype=np.uint8))
        picture = small.resize((64, 64), Image.Resampling.BICUBIC)
        picture.save(tmp_path / f"{number}.png")
        picture.save(tmp_path / f"{number}.jpg", quality=85)
        picture.point(lambda value: int(0.97 * value)).save(tmp_path / f"{number}-dark.png")

    dataset = load(tmp_path)

    numbers = []
    for split in (dataset.train, dataset.test):
        assert split.files is not None
        numbers.append({re.split("[-.]", name)[0] for name in split.files})
    assert not numbers[0] & numbers[1]
    assert len(numbers[0] | numbers[1]) == 60


def test_what_pillow_reads_is_read(tmp_path: Path) -> None:
    """AVIF, TIFF, the first frame of a GIF and others, with capital suffixes too."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for number in range(5):
        write(tmp_path / f"{number}.png", number, (8, 8), "RGB")
    for suffix in ("avif", "TIF", "tiff", "jfif", "JPEG", "ppm", "jp2", "ico", "bmp", "webp"):
        frames[0].save(tmp_path / f"picture.{suffix}")
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])

    dataset = load(tmp_path, image_size=(8, 8))

    assert len(dataset.train) + len(dataset.test) == 16
    for split in (dataset.train, dataset.test):
        assert split.files is not None
        for row, name in enumerate(split.files):
            if name[0].isalpha():
                red, _, blue = split.images[np.array([row])][0, 4, 4]
                assert red > 240, name
                assert blue < 16, name


def test_every_image_knows_its_file(folder: Path) -> None:
    """The path below the folder, which finds the file again."""
    for split in (load(folder).train, load(folder).test):
        assert split.files is not None
        for name, image in zip(split.files, split.images[np.arange(len(split))], strict=True):
            np.testing.assert_array_equal(np.asarray(Image.open(folder / name)), image[..., 0])


def test_a_changed_file_is_read_again(folder: Path) -> None:
    """The digest of a folder is that of its pixels now, not when it was first read."""
    before = load(folder).sha256()
    assert load(folder).sha256() == before

    write(folder / "cat" / "0.png", 1234)
    assert load(folder).sha256() != before
