"""The manifest: it survives JSON, and says which field is wrong."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from models.errors import ManifestInvalid
from models.manifest import MANIFEST_FILE, Manifest, read_manifest
from tests.unit.example_manifests import example_manifest, fields, manifests


@settings(deadline=None)
@given(manifests())
def test_json_round_trip(manifest: Manifest) -> None:
    """What is written is what is read, every float to the last bit."""
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Digits"),
        ("name", "../digits"),
        ("name", ""),
        ("name", "d" * 64),
        ("name", "digits\n"),
        ("version", 0),
        ("schema_version", 2),
        ("image_shape", [8, 8, 2]),
        ("image_shape", [8, 8]),
        ("latent_dim", 0),
        ("likelihood", "laplace"),
        ("beta", -1),
        ("beta", float("nan")),
        ("metrics", {"kl": float("inf")}),
        ("created", "yesterday"),
        ("files", {"saved_model.pb": "abc"}),
        ("learning_rate", 1e-3),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    """A value out of its bounds, or a field that the schema does not know, is refused by name."""
    with pytest.raises(ValidationError) as caught:
        Manifest.model_validate(fields() | {field: value})

    assert {error["loc"][0] for error in caught.value.errors()} == {field}


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("kl_per_dimension", (1.0,)),
        ("activity", (1.0, 1.0, 1.0)),
        ("aggregate_posterior.mean", {"mean": (), "standard_deviation": (1.0, 1.0)}),
        ("aggregate_posterior.standard_deviation", {"mean": (1, 1), "standard_deviation": (1,)}),
        ("pca.mean", {"mean": (1,), "components": (), "explained_variance": ()}),
        (
            "pca.components[1]",
            {"mean": (1, 1), "components": ((1, 0), (1,)), "explained_variance": ()},
        ),
    ],
)
def test_a_vector_of_another_length_is_named(field: str, part: Any) -> None:
    """A vector that has not latent_dim values is refused, with both lengths."""
    name = field.partition(".")[0]

    with pytest.raises(ValidationError, match=r"values, but latent_dim is 2") as caught:
        Manifest.model_validate(fields() | {name: part})

    assert f"{field} has" in str(caught.value)


def test_a_manifest_cannot_be_changed() -> None:
    """A manifest is frozen: what was checked stays true."""
    with pytest.raises(ValidationError, match="frozen"):
        setattr(example_manifest(), "name", "other")  # noqa: B010 - the type checker knows, too


def test_the_fingerprint_is_that_of_the_files() -> None:
    """Equal files give an equal fingerprint in any order, and another digest another one."""
    first, second = {"a": "0" * 64, "b": "1" * 64}, {"b": "1" * 64, "a": "0" * 64}

    fingerprint = example_manifest(files=first).fingerprint

    assert fingerprint == example_manifest(files=second, version=7).fingerprint
    assert fingerprint != example_manifest(files=first | {"a": "2" * 64}).fingerprint
    assert fingerprint != example_manifest(files={"a": "1" * 64, "b": "0" * 64}).fingerprint
    assert len(bytes.fromhex(fingerprint)) == 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "the file: Invalid JSON"),
        (b"{", "the file: Invalid JSON"),
        (b"\xff", "the file: Invalid JSON"),
        (b"[]", "the file: "),
        (b"{}", "name: Field required"),
    ],
)
def test_a_broken_file_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    """A manifest that cannot be read is refused with its path and the first thing wrong."""
    path = tmp_path / MANIFEST_FILE
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(tmp_path)

    assert str(caught.value).startswith(str(tmp_path))
    assert said in str(caught.value)
