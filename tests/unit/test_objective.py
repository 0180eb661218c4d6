"""The objective: KL in closed form, beta, free bits, capacity and warm-up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.config import TrainConfig
from training.objective import articles_metrics, build_objective, kl_per_dimension

posteriors = st.lists(
    st.tuples(st.floats(-4, 4, width=32), st.floats(-6, 3, width=32)), min_size=1, max_size=6
)


def config(**changes: object) -> TrainConfig:
    """Return a small configuration with some settings changed."""
    return TrainConfig.model_validate({"name": "a", "dataset": "a", "beta": 1.0} | changes)


def arrays(posterior: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return z_mean and z_log_var of one image, float32 (1, latent_dim)."""
    z_mean, z_log_var = np.array(posterior, np.float32).T
    return z_mean[None], z_log_var[None]


@settings(deadline=None)
@given(posteriors)
def test_kl_is_the_closed_form(posterior: list[tuple[float, float]]) -> None:
    """KL(N(m, s²) ‖ N(0, 1)) is log(1/s) + (s² + m²)/2 − 1/2, and never negative."""
    z_mean, z_log_var = arrays(posterior)

    kl = np.asarray(kl_per_dimension(z_mean, z_log_var))

    mean, deviation = z_mean.astype(np.float64), np.exp(z_log_var.astype(np.float64) / 2)
    expected = -np.log(deviation) + (deviation**2 + mean**2) / 2 - 0.5
    np.testing.assert_allclose(kl, expected, rtol=1e-5, atol=1e-5)
    assert (kl >= -1e-6).all()


@pytest.mark.parametrize(("mean", "log_var"), [(0, 0), (1.5, -2), (-0.3, 1), (3, -4)])
def test_kl_is_what_samples_say(mean: float, log_var: float) -> None:
    """The mean of log q(z) − log p(z) over draws from q comes out as the same number."""
    z_mean, z_log_var = np.full((1, 1), mean, np.float32), np.full((1, 1), log_var, np.float32)
    eps = np.random.default_rng(0).standard_normal(400_000)
    z = mean + np.exp(log_var / 2) * eps

    draws = (z**2 - eps**2 - log_var) / 2

    error = 5 * draws.std() / np.sqrt(len(draws)) + 1e-6
    assert float(kl_per_dimension(z_mean, z_log_var)[0, 0]) == pytest.approx(
        draws.mean(), abs=error
    )


def test_kl_of_the_prior_is_zero() -> None:
    """A posterior that is the prior costs nothing."""
    zeros = np.zeros((2, 3), np.float32)

    assert not np.asarray(kl_per_dimension(zeros, zeros)).any()


@settings(deadline=None)
@given(posteriors, st.floats(0, 10), st.integers(1, 5))
def test_penalty_is_beta_times_the_mean_kl(
    posterior: list[tuple[float, float]], beta: float, copies: int
) -> None:
    """The penalty is a scalar, and the same for one image and for copies of it."""
    z_mean, z_log_var = (np.repeat(a, copies, axis=0) for a in arrays(posterior))

    penalty = np.asarray(build_objective(config(beta=beta), 64).penalty(z_mean, z_log_var))

    assert penalty.shape == ()
    expected = beta * np.asarray(kl_per_dimension(z_mean, z_log_var))[0].sum(dtype=np.float64)
    assert float(penalty) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_free_bits_cost_nothing_below_their_number() -> None:
    """A dimension whose mean KL is below free_bits counts as free_bits; others count whole."""
    z_mean = np.array([[0.0, 2.0], [0.2, 2.0]], np.float32)
    z_log_var = np.zeros_like(z_mean)  # KL is 0.01 on average, and 2
    objective = build_objective(config(free_bits=0.5, beta=3.0), 64)

    assert float(objective.penalty(z_mean, z_log_var)) == pytest.approx(3 * (0.5 + 2))


@pytest.mark.parametrize(("capacity", "penalty"), [(0.5, 4.5), (2.0, 0.0), (5.0, 9.0)])
def test_capacity_pulls_kl_to_its_target(capacity: float, penalty: float) -> None:
    """The penalty is beta * |KL − capacity|: too little costs as much as too much."""
    z_mean, z_log_var = np.array([[2.0]], np.float32), np.zeros((1, 1), np.float32)
    objective = build_objective(config(capacity=capacity, beta=3.0), 64)

    assert float(objective.penalty(z_mean, z_log_var)) == pytest.approx(penalty)


def test_fact_becomes_beta_of_the_objective() -> None:
    """The objective weighs by nats, whichever way the weight was given."""
    objective = build_objective(config(beta=None, fact=6.5e-4, latent_dim=12), 784)

    assert float(objective.beta) == pytest.approx(1568 * 6.5e-4 / 12)


def test_the_articles_units_are_means_of_a_cross_entropy() -> None:
    """Sums over 4 pixels are divided by 4; what is no cross-entropy has no such units."""
    found = articles_metrics("bernoulli", 10, 8, 4)

    assert found == {"source_loss": 2.5, "source_bce": 2.0, "source_kl": 0.5}
    assert articles_metrics("gaussian_learned", 10, 8, 4) == {}
    assert articles_metrics("discretised_logistic", 10, 8, 4) == {}
