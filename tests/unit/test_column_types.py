"""What the columns of a metadata table are taken for, and what is said of it."""

from typing import Any

import numpy as np
import pytest

from models.items import Column
from training.sources.column_types import type_columns


def read(**columns: list[str]) -> tuple[dict[str, tuple[str, list[Any]]], str]:
    """Return the kind and the values of each column, and all that is said."""
    found, notes = type_columns({name: np.array(v, object) for name, v in columns.items()})
    return {name: (kind, list(values)) for (name, kind), values in found.items()}, "; ".join(notes)


@pytest.mark.parametrize(
    ("texts", "kind", "values"),
    [
        (["1", "-2.5", "", "1e3", ".5", "NaN"], "number", [1, -2.5, None, 1000, 0.5, None]),
        (["2026-11-28", "", "20261128"], "date", ["2026-11-28", None, "2026-11-28"]),
        (
            ["2026-11-28T09:00:00+02:00", "2026-11-28 09:00"],
            "date",
            ["2026-11-28T07:00:00Z", "2026-11-28T09:00:00"],
        ),
        (["red", "blue", "red", "blue", ""], "category", ["red", "blue", "red", "blue", None]),
        (["true", "true"], "category", ["true", "true"]),
        (["a dog", "a cat", "=1+2"], "text", ["a dog", "a cat", "=1+2"]),
        (["01067", "80331", "20095"], "text", ["01067", "80331", "20095"]),
        (["99999999999999999999", "1"], "text", ["99999999999999999999", "1"]),
        (["1", "inf"], "text", ["1", "inf"]),
        (["1_000", "2_000", "0x10"], "text", ["1_000", "2_000", "0x10"]),
        (["", ""], "text", [None, None]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_values_tell_the_kind(texts: list[str], kind: str, values: list[Any]) -> None:
    """Nothing is a number or a date that would lose something by it."""
    found, _ = read(column=texts)

    assert found["column"] == (kind, values)


def test_mixed_values_are_texts_and_it_is_said() -> None:
    """One word among numbers, even if it comes often, leaves all of them as they were written."""
    found, said = read(age=["1", "2", "3", "unknown", "unknown"])

    assert found["age"] == ("text", ["1", "2", "3", "unknown", "unknown"])
    assert "age (text)" in said
    assert "the column age is text: most values are a number, but 'unknown' is not" in said


def test_a_long_value_is_cut_and_it_is_said() -> None:
    """What no card could show is not carried along."""
    found, said = read(text=["x" * 1000, "y" * 1001])

    assert found["text"][1] == ["x" * 1000, "y" * 1000 + "…"]
    assert "1 values are cut to 1,000 letters" in said


def test_names_that_images_have_already_are_changed_and_it_is_said() -> None:
    """A column never hides what the model says of an item; the classes are not there twice."""
    names = ["split", "Path", "x", "z12", "metadata_x", "label"]
    found, said = read(**{name: ["a", "a"] for name in names})

    assert list(found) == [
        "metadata_split",
        "metadata_Path",
        "metadata_x",
        "metadata_z12",
        "metadata_x_",
    ]
    assert "the column split is called metadata_split, as images have a split already" in said


def test_many_categories_are_texts() -> None:
    """A thousand names cannot be told apart by colours, though each comes twice."""
    columns, _ = type_columns({"name": np.array([*map(str, "ab" * 4)], object)})
    assert list(columns) == [Column("name", "category")]
    found, _ = read(name=[f"n{i}" for i in range(1000)] * 2)
    assert found["name"][0] == "text"
