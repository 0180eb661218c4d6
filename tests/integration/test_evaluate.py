"""Evaluation: nats on the test images, equal to NumPy, and a likelihood with its bounds."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.prior import Standard
from training import nll as likelihood
from training.evaluate import (
    EVALUATION_FILE,
    Evaluation,
    evaluate,
    evaluated,
    measure,
    principal_components,
    summarise,
    trained_networks,
)
from training.nll import importance_weighted_nll
from training.runs import Run, open_run
from training.training_gap import training_sample


@pytest.fixture(scope="module", name="run")
def _run(tiny_run: Path) -> Run:
    return open_run(tiny_run)


@pytest.fixture(scope="module", name="evaluation")
def _evaluation(run: Run) -> Evaluation:
    return evaluate(run)


def test_it_is_the_test_images_that_are_measured(run: Run, evaluation: Evaluation) -> None:
    """All test images and no training image; the words say on what and under which likelihood."""
    assert evaluation.test_items == len(run.dataset().test) == 297
    assert evaluation.objective == "bernoulli on pixel values"


def test_figures_hang_together(run: Run, evaluation: Evaluation) -> None:
    """Loss, −ELBO and the articles' figures are the same two numbers in other units."""
    m = evaluation.metrics

    assert m["negative_elbo"] == pytest.approx(m["reconstruction"] + m["kl"])
    assert m["loss"] == pytest.approx(m["reconstruction"] + run.config.beta_in_nats(64) * m["kl"])
    assert m["source_loss"] * 64 == pytest.approx(m["loss"])
    assert m["source_bce"] + m["source_kl"] == pytest.approx(m["source_loss"])
    assert sum(evaluation.kl_per_dimension) == pytest.approx(m["kl"])
    assert evaluation.active_units == sum(a > 0.01 for a in evaluation.activity)


def edges(images: np.ndarray) -> float:
    """Return the summed absolute differences of neighbouring pixels."""
    return float(np.abs(np.diff(images, axis=1)).sum() + np.abs(np.diff(images, axis=2)).sum())


def test_figures_are_numpys(run: Run, evaluation: Evaluation) -> None:
    """At z_mean, with no noise to agree on: reconstruction and squared error by the textbook."""
    x = run.dataset().test.images[np.arange(297)] / 255
    networks = trained_networks(run)
    z_mean, z_log_var = (
        np.asarray(a, np.float64) for a in networks.encode({"x": x.astype(np.float32)})
    )
    logits = np.asarray(networks.decode(z_mean.astype(np.float32), {}), np.float64)
    p = 1 / (1 + np.exp(-logits))

    bce = -(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3)).mean()
    kl = (z_mean**2 + np.exp(z_log_var) - 1 - z_log_var).mean(axis=0) / 2

    assert evaluation.metrics["reconstruction_at_mean"] == pytest.approx(bce, rel=1e-5)
    assert evaluation.metrics["mse"] == pytest.approx(((x - p) ** 2).mean(), rel=1e-4)
    assert evaluation.metrics["psnr"] == pytest.approx(-10 * np.log10(((x - p) ** 2).mean()))
    assert evaluation.metrics["edge_energy_ratio"] == pytest.approx(edges(p) / edges(x), rel=1e-4)
    assert evaluation.kl_per_dimension == pytest.approx(kl, rel=1e-4)
    assert evaluation.activity == pytest.approx(z_mean.var(axis=0), rel=1e-4)
    assert evaluation.aggregate_posterior.mean == pytest.approx(z_mean.mean(axis=0), rel=1e-4)
    assert evaluation.aggregate_posterior.standard_deviation == pytest.approx(
        z_mean.std(axis=0), rel=1e-4
    )


def test_training_images_are_measured_as_test_images_are(run: Run, evaluation: Evaluation) -> None:
    """Measured in the test images' place, the training images have the −ELBO that is told."""
    sample = training_sample(run)
    as_test = summarise(run, measure(run.config, trained_networks(run), sample, 10), 0).metrics
    metrics = evaluation.metrics

    assert len(sample) == evaluation.test_items
    assert metrics["train_negative_elbo"] == pytest.approx(as_test["negative_elbo"], rel=1e-5)
    assert metrics["generalisation_gap"] == pytest.approx(
        metrics["negative_elbo"] - metrics["train_negative_elbo"]
    )


def test_measuring_twice_is_the_same(run: Run, evaluation: Evaluation) -> None:
    """Noise comes from the seed: the figures do not change; what was written is read again."""
    assert evaluate(run) == evaluation == evaluated(run)


def nll(run: Run, samples: int, networks: Any = None) -> np.ndarray:
    """Return −log p of the test images with K samples, (297,)."""
    networks = networks or trained_networks(run)
    test = run.dataset().test
    prior = Standard(run.config.latent_dim)
    found = importance_weighted_nll(run.config, networks, test, 10, samples=samples, priors=[prior])
    return np.concatenate(list(found), axis=1)[0]


def test_more_samples_bound_the_likelihood_more_tightly(run: Run, evaluation: Evaluation) -> None:
    """With one sample it is −ELBO but for noise; with more it falls, and never rises above."""
    one, some, many = (nll(run, samples) for samples in (1, 8, 200))

    error = 5 * one.std() / np.sqrt(len(one))
    assert one.mean() == pytest.approx(evaluation.metrics["negative_elbo"], abs=error)
    assert many.mean() < some.mean() < evaluation.metrics["negative_elbo"]


def test_the_likelihood_is_exact_where_it_is_known(run: Run) -> None:
    """If z means nothing (all weights 0), every pixel is a fair coin: 64 log 2 for any K."""
    networks = trained_networks(run)
    for variable in networks.encoder.weights + networks.decoder.weights:
        variable.assign(np.zeros(variable.shape))

    for samples in (1, 7, 100):
        np.testing.assert_allclose(nll(run, samples, networks), 64 * np.log(2), rtol=1e-6)


@pytest.mark.parametrize("decodes", [640, 100_000])
def test_the_likelihood_does_not_depend_on_how_much_goes_at_once(
    run: Run, decodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut into small or large pieces, the estimate is the same within its own error."""
    usual = nll(run, 50)
    monkeypatch.setattr(likelihood, "DECODES", decodes)

    assert nll(run, 50).mean() == pytest.approx(usual.mean(), abs=0.1)


def test_the_command_writes_likelihood_and_error(run: Run, evaluation: Evaluation) -> None:
    """`evaluate --nll-samples K` adds −log p, its standard error, and K, to the other figures."""
    measured = evaluate(run, nll_samples=20)

    assert measured.metrics["nll_samples"] == 20
    assert measured.metrics["nll"] < evaluation.metrics["negative_elbo"]
    expected = nll(run, 20).std(ddof=1) / np.sqrt(297)
    assert measured.metrics["nll_standard_error"] == pytest.approx(expected)
    assert evaluation.metrics.items() <= measured.metrics.items()
    some = evaluate(run, nll_samples=20, nll_images=50).metrics
    assert some["nll_images"] == 50
    assert some["nll"] == pytest.approx(measured.metrics["nll"], abs=5 * some["nll_standard_error"])
    evaluate(run)


def test_order_is_the_splits(run: Run) -> None:
    """What is measured of item i is that of item i, also across the chunks."""
    networks, dataset = trained_networks(run), run.dataset()
    measured = measure(run.config, networks, dataset.train, 10)

    x = dataset.train.images[np.array([0, 700, 1499])].astype(np.float32) / 255
    np.testing.assert_allclose(
        measured.z_mean[[0, 700, 1499]], networks.encode({"x": x})[0], rtol=1e-4, atol=1e-5
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(10, 60), st.integers(0, 2**31))
def test_principal_components(latent_dim: int, n: int, seed: int) -> None:
    """Orthonormal directions, widest first, equal to scikit-learn's but for their sign."""
    from sklearn.decomposition import PCA

    random = np.random.default_rng(seed)
    z = random.normal(size=(n, latent_dim)) @ random.normal(size=(latent_dim, latent_dim))

    basis = principal_components(z.astype(np.float32))

    components = np.array(basis.components)
    reference = PCA().fit(z)
    np.testing.assert_allclose(components @ components.T, np.eye(latent_dim), atol=1e-5)
    np.testing.assert_allclose(
        basis.explained_variance, reference.explained_variance_, rtol=1e-3, atol=1e-4
    )
    assert (np.take_along_axis(components, np.abs(components).argmax(1)[:, None], 1) > 0).all()
    assert list(basis.explained_variance) == sorted(basis.explained_variance, reverse=True)
    np.testing.assert_allclose(basis.mean, z.mean(axis=0), atol=1e-4)


def test_a_run_without_an_evaluation_is_measured(
    run: Run, evaluation: Evaluation, tmp_path: Path
) -> None:
    """What is missing or cannot be read is measured anew."""
    copy = open_run(shutil.copytree(run.folder, tmp_path / "run"))
    for content in ("", "{"):
        (copy.folder / EVALUATION_FILE).write_text(content)
        assert evaluated(copy) == evaluation
    (copy.folder / EVALUATION_FILE).unlink()
    assert evaluated(copy) == evaluation
