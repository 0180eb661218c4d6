"""The lines of epochs: what they say, and that they fit a terminal of 80 columns."""

import io

import pytest
from rich.console import Console

from training.config import TrainConfig
from training.progress import Display

USUAL = {"loss": 148.671, "reconstruction": 143.33, "kl": 6.79, "active_units": 2, "epoch": 40}
ARTICLES = {"source_loss": 0.1896, "source_bce": 0.1852, "source_kl": 0.0044}


def printed(line: dict[str, float], likelihood: str = "bernoulli", epochs: int = 400) -> list[str]:
    """Return the lines that are printed for an epoch's averages."""
    config = TrainConfig.model_validate(
        {"name": "a", "dataset": "a", "beta": 1, "likelihood": likelihood, "epochs": epochs}
    )
    out = io.StringIO()
    Display(Console(file=out, width=200), config, steps=4000, done=0).epoch(line, 400)
    return out.getvalue().splitlines()


def test_an_epoch_is_one_line() -> None:
    """Loss, reconstruction, KL and active units, with decimals that say something."""
    (line,) = printed(USUAL)
    (colour,) = printed(USUAL | {"loss": -3295.821, "reconstruction": -3307.614, "kl": 11.793})

    assert "epoch  40/400  loss  148.67  recon  143.33  kl    6.79  active 2/2  left 0:0" in line
    assert "loss -3295.8  recon -3307.6  kl   11.79" in colour


@pytest.mark.parametrize("value", [1e-9, -99_999.99, 123_456.78, 7e9, float("inf")])
def test_no_line_is_longer_than_a_terminal(value: float) -> None:
    """Whatever the figures are, a line has 80 columns at most."""
    averages = dict.fromkeys(("loss", "reconstruction", "kl"), value)

    for line in printed({**USUAL, **averages, **ARTICLES}, epochs=100_000):
        assert len(line) <= 80, line


@pytest.mark.parametrize("other", ["gaussian_learned", "discretised_logistic"])
def test_only_bernoulli_has_a_cross_entropy(other: str) -> None:
    """The articles' means over pixels are of the Bernoulli likelihood; others have none."""
    assert any("articles: loss 0.1896 bce 0.1852" in line for line in printed(USUAL | ARTICLES))
    assert not any("bce" in line for line in printed(USUAL | ARTICLES, other))
