"""What each latent dimension changes: a row of decodes along it, while the others stay 0."""

from typing import Final

import numpy as np
from matplotlib import rc_context

from training.report.evaluated_run import EvaluatedRun
from training.report.grid import EXTENT, STEPS, by_falling_kl, draw_rows, mark_whole_numbers
from training.report.style import RULES, finish

ROWS: Final = 12  # dimensions at most


def draw_traversals(run: EvaluatedRun) -> bytes:
    """Draw a row of decodes for each dimension, the others 0, by falling KL."""
    dimensions = by_falling_kl(run)[:ROWS]
    steps = np.linspace(-EXTENT, EXTENT, STEPS)
    z = np.zeros((len(dimensions), STEPS, run.config.latent_dim))
    z[np.arange(len(dimensions)), :, dimensions] = steps
    decoded = run.decode(z.reshape(-1, z.shape[-1]))
    kl = run.evaluation.kl_per_dimension
    with rc_context(RULES):
        names = [f"z[{d}]  {kl[d]:.2f} nats" for d in dimensions]
        figure, axes = draw_rows(decoded, names, below=0.3)
        mark_whole_numbers(axes, "x", steps, decoded.shape[2] + 1)
    left_out = run.config.latent_dim - len(dimensions)
    more = f" {left_out} dimensions of less KL are not shown." if left_out else ""
    given = f" Class: {run.labels[0]}." if run.config.conditional else ""
    caption = (
        f"One dimension goes from −3 to 3 while the others stay 0; its mean KL beside it.{more}"
    )
    return finish(figure, "Traversals", caption + given, run.footer())
