"""Manifests for tests: the smallest one that is valid, and any that hypothesis can think of."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from models.manifest import Manifest


def example_manifest(**changes: Any) -> Manifest:
    """Return a valid manifest of a 2-dimensional model, with some fields changed."""
    return Manifest.model_validate(fields() | changes)


def fields(latent_dim: int = 2) -> dict[str, Any]:
    """Return the fields of a valid manifest."""
    ones = (1.0,) * latent_dim
    return {
        "name": "digits",
        "version": 1,
        "created": datetime(2026, 11, 1, tzinfo=UTC),
        "image_shape": (8, 8, 1),
        "latent_dim": latent_dim,
        "likelihood": "bernoulli",
        "beta": 1.0,
        "dataset": {"name": "digits", "sha256": "0" * 64, "train_items": 5, "test_items": 2},
        "training": {"epochs": 1},
        "metrics": {"kl": 1.5},
        "parameters": 10,
        "kl_per_dimension": ones,
        "activity": ones,
        "active_units": latent_dim,
        "aggregate_posterior": {"mean": ones, "standard_deviation": ones},
        "pca": {"mean": ones, "components": (ones,), "explained_variance": (1.0,)},
    }


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Draw a valid manifest."""
    latent_dim = draw(st.integers(1, 5))
    finite = st.floats(allow_nan=False, allow_infinity=False)
    vector = st.tuples(*[finite] * latent_dim)
    return Manifest.model_validate(
        fields(latent_dim)
        | {
            "name": draw(st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)),
            "version": draw(st.integers(1, 10**9)),
            "created": draw(st.datetimes(timezones=st.just(UTC))),
            "image_shape": draw(
                st.tuples(st.integers(1, 999), st.integers(1, 999), st.sampled_from([1, 3]))
            ),
            "beta": draw(st.floats(0, 1e6)),
            "labels": tuple(draw(st.lists(st.text(), max_size=3))),
            "metrics": draw(st.dictionaries(st.text(), finite, max_size=3)),
            "kl_per_dimension": draw(vector),
            "pca": {
                "mean": draw(vector),
                "components": tuple(draw(st.lists(vector, max_size=3))),
                "explained_variance": (),
            },
            "files": draw(
                st.dictionaries(st.text(), st.from_regex(r"[0-9a-f]{64}", fullmatch=True))
            ),
        }
    )
