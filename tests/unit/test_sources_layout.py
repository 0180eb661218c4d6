"""What the names of sub-folders are understood to mean."""

from pathlib import PurePosixPath

import pytest

from training.sources.folder_layout import arrange

CASES = {
    "train and test": (
        "train/cat/1 train/dog/2 test/cat/3",
        "cat:train dog:train cat:test",
    ),
    "train and val": ("train/cat/1 train/dog/2 val/cat/3", "cat:train dog:train cat:test"),
    "val beside test is trained on": (
        "train/cat/1 valid/dog/2 test/cat/3",
        "cat:train dog:train cat:test",
    ),
    "any case and spelling": (
        "Training/cat/1 TESTING/dog/2 Testing/cat/3",
        "cat:train dog:test cat:test",
    ),
    "dev": ("train/1 dev/2", "-:train -:test"),
    "sets with other letters": ("seg_train/1 seg_test/2", "-:train -:test"),
    "a packed archive repeats its name": (
        "seg_train/seg_train/sea/1 seg_train/seg_train/ice/2 seg_test/seg_test/sea/3",
        "sea:train ice:train sea:test",
    ),
    "years": ("train2017/1 val2017/2", "-:train -:test"),
    "one folder too many": (
        "data/set/train/cat/1 data/set/train/dog/2 data/set/test/cat/3",
        "cat:train dog:train cat:test",
    ),
    "an image beside the folder": (
        "logo.png data/train/cat/1 data/train/dog/2 data/test/cat/3",
        "out cat:train dog:train cat:test",
    ),
    "a folder beside the split": (
        "train/cat/1 test/dog/2 docs/figure.png",
        "cat:train dog:test out",
    ),
    "a split inside the classes": (
        "cat/train/1 cat/test/2 dog/train/3 dog/test/4",
        "cat:train cat:test dog:train dog:test",
    ),
    "images below the split": ("train/images/1 test/images/2", "-:train -:test"),
    "images and masks": (
        "train/images/1 train/labels/1 val/images/2 val/labels/2",
        "-:train out -:test out",
    ),
    "masks above the split": ("images/train/1 images/val/2 masks/train/1", "-:train -:test out"),
    "masks of classes": ("cat/images/1 cat/masks/1 dog/images/2", "cat out dog"),
    "classes": ("cat/1 dog/2 3", "cat dog -"),
    "two levels": ("animals/cats/1 animals/dogs/2", "cats dogs"),
    "two levels that differ": (
        "animals/cats/1 animals/dogs/2 things/cups/3",
        "animals/cats animals/dogs things/cups",
    ),
    "deeper levels": ("2020/may/01/1 2021/may/02/2", "2020/may 2021/may"),
    "a class called test": ("test/1 cat/2", "test cat"),
    "a class called train": ("train/1 plane/2 car/3", "train plane car"),
    "a train and a station": ("train station/1 test pilot/2", "train station;test pilot"),
    "only train": ("train/cat/1 train/dog/2", "cat dog"),
    "letters and spaces": ("été à Köln/1 猫/2", "été à Köln;猫"),
    "no folder": ("1 2", "- -"),
}


@pytest.mark.parametrize("case", CASES)
def test_folders_are_understood(case: str) -> None:
    """Class and side of each file; `out` is passed over."""
    names, wanted = CASES[case]
    names = names.replace("station/1 ", "station/1;").replace("Köln/1 ", "Köln/1;")
    files = names.split(";") if ";" in names else names.split()

    layout = arrange([PurePosixPath(name) for name in files])

    sides = {None: "", False: ":train", True: ":test"}
    found = [
        "out" if place is None else f"{place.label or '-'}{sides[place.tested]}"
        for place in layout.places
    ]
    assert found == (wanted.split(";") if ";" in wanted else wanted.split())


def test_what_was_understood_is_said() -> None:
    """The split, what was looked through, and what was passed over with its number."""
    names = ["set/train/a/1", "set/train/b/2", "set/val/a/3", "set/extra/4", "set/extra/5"]

    layout = arrange([PurePosixPath(name) for name in names])

    assert layout.split == "train (2) and val (1, the test images)"
    assert layout.notes == (
        "looked through: set",
        "passed over, beside the split: set/extra (2 images)",
    )
