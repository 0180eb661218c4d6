"""A prior that is fitted to a trained model, and published with it."""

import numpy as np
import pytest

from models.manifest import PriorKind
from models.prior import Standard
from training.fit_prior import Posteriors, fit_prior, kl_to


def crescent(n: int, seed: int) -> Posteriors:
    """Return narrow posteriors along an arc, as of images that vary in one way."""
    random = np.random.default_rng(seed)
    angle = random.uniform(0, np.pi, n)
    mean = np.stack([3 * np.cos(angle), 3 * np.sin(angle)], axis=1)
    return Posteriors(mean.astype(np.float32), np.full((n, 2), -3, np.float32))


@pytest.mark.parametrize("kind", ["flow", "mixture"])
def test_images_that_it_was_not_fitted_to_gain(kind: PriorKind) -> None:
    """Held-back images cost far less with it, and the same images and seed give the same prior."""
    held = crescent(200, 1)

    fitted = fit_prior(crescent(300, 0), kind)

    figures = fitted.figures(held)
    assert figures.kl < figures.kl_standard - 2
    assert figures.kl == pytest.approx(kl_to(fitted.prior, held).mean())
    assert figures.kl_standard == pytest.approx(kl_to(Standard(2), held).mean(), abs=0.1)
    drawn = fitted.prior.sample(500, np.random.default_rng(0))
    assert np.median(np.abs(np.hypot(*drawn.T) - 3)) < 0.5


def test_a_handful_of_images_has_a_prior() -> None:
    """Fewer than it has dimensions, or one alone: what is drawn is finite and near them."""
    for n in (1, 3):
        posteriors = Posteriors(np.full((n, 5), 2, np.float32), np.full((n, 5), -4, np.float32))

        drawn = fit_prior(posteriors).prior.sample(50, np.random.default_rng(0))

        assert np.abs(drawn - 2).max() < 1
