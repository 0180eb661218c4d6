"""Samples of a model with a prior of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.manifest import PRIOR_FILE
from tests.api.linear_engine import LATENT_DIM, publish

FIGURES = {
    "kind": "mixture", "trained_along": False, "items": 5, "test_items": 2, "kl": 1.0,
    "kl_standard": 1.5,
}  # fmt: skip
PRIORS = ("fitted", "standard")
FAR = np.array([[7.0, -7.0]], np.float32)


def write_prior(stage: Path) -> None:
    """Write a prior with one narrow component, far from the origin."""
    log_var = np.full((1, LATENT_DIM), -6, np.float32)
    np.savez(stage / PRIOR_FILE, mean=FAR, log_var=log_var, log_weight=np.zeros(1, np.float32))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store whose model has a fitted prior."""
    publish(tmp_path / "store", more=write_prior, prior=FIGURES)
    return tmp_path / "store"


def drawn(client: TestClient, query: str) -> Any:
    """Return the z that a sample was decoded from."""
    return np.array(client.get(f"/v1/sample?n=6&format=json&{query}").json()["z"])


def test_samples_come_from_the_fitted_prior(client: TestClient) -> None:
    """Near its component; temperature 0 gives its mean; the seed decides all."""
    assert np.abs(drawn(client, "seed=1") - FAR).max() < 1
    assert (drawn(client, "seed=1") == drawn(client, "seed=1")).all()
    assert (drawn(client, "seed=1") != drawn(client, "seed=2")).any()
    assert np.allclose(drawn(client, "temperature=0"), FAR)


def test_the_standard_normal_is_still_there(client: TestClient) -> None:
    """`prior=standard` draws what a model without a prior of its own draws."""
    z = np.random.default_rng(3).standard_normal((6, LATENT_DIM), np.float32)
    assert np.allclose(drawn(client, "seed=3&prior=standard"), z)


def test_another_prior_has_another_etag(client: TestClient, store: Path, until: Any) -> None:
    """The file is part of the fingerprint, so nothing old comes from a cache."""
    before = client.get("/v1/sample").headers["etag"]
    publish(store)
    until(lambda: client.get("/v1/models/linear").json()["version"] == 2)
    assert client.get("/v1/sample").headers["etag"] != before


def test_a_prior_that_cannot_be_read_refuses_the_model(
    client: TestClient, store: Path, until: Any
) -> None:
    """The version before stays, and the reason names the file."""
    publish(store, prior=FIGURES)
    until(lambda: "refused" in client.get("/v1/models").text)
    assert PRIOR_FILE in client.get("/v1/models").text
    assert client.get("/v1/sample").status_code == 200


def test_a_place_is_as_usual_as_its_density_among_draws(client: TestClient) -> None:
    """At the component's mean all draws are rarer, at the origin none; log p(z) is the prior's."""
    middle, origin = (client.get(f"/v1/density?z={z}").json() for z in ("7,-7", "0,0"))
    assert middle["rarer"] > 0.99
    assert origin["rarer"] == 0
    assert middle["log_prob"] == pytest.approx(6 - np.log(2 * np.pi), abs=1e-4)
    assert client.get("/v1/density?z=1").status_code == 422


def test_holes_are_counted_with_the_prior_that_is_asked_for(client: TestClient) -> None:
    """N(0, I) lies within reach; a prior far outside has nothing there, and so no hole."""
    fitted, standard = (client.get(f"/v1/holes?prior={name}").json() for name in PRIORS)
    assert fitted["share"] == 0
    assert 0 < standard["share"] <= 1
    assert np.sum(standard["prior"]) == pytest.approx(1)
    assert np.shape(standard["items"]) == (24, 24)


def test_holes_of_a_prior_are_where_no_item_is(client: TestClient) -> None:
    """The share is that of the cells without an item, and a plane that is none says so."""
    answer = client.get("/v1/holes?prior=standard").json()
    items, prior = np.array(answer["items"]), np.array(answer["prior"])
    assert answer["share"] == pytest.approx(prior[items == 0].sum())
    assert client.get("/v1/holes?plane=chart").status_code == 422
