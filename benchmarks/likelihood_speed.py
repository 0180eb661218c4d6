"""Time the importance-weighted likelihood: all images and samples together, or image by image.

    python -m benchmarks.likelihood_speed RUN [--samples 5000] [--images 40]

The loop is the way of Pythae's `get_nll`: one image at a time, its samples in chunks of 100, the
image encoded again for each chunk. Both ways take turns, batch by batch, and must agree.
"""

import argparse
import datetime as dt
import math
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf

from models.prior import Standard
from training import likelihoods
from training.batches import binarise
from training.evaluate import trained_networks
from training.nll import importance_weighted_nll
from training.runs import Run, open_run

CHUNK: Final = 100  # samples at once in the loop


def main() -> None:
    """Measure both ways and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--images", type=int, default=40)
    options = parser.parse_args()
    run = open_run(options.run)
    test = run.dataset().test.subset(slice(options.images))
    networks = trained_networks(run)
    prior = Standard(run.config.latent_dim)
    started = time.perf_counter()
    together = np.concatenate(
        list(
            importance_weighted_nll(
                run.config, networks, test, 0, samples=options.samples, priors=[prior]
            )
        ),
        axis=1,
    )
    vectorised = time.perf_counter() - started
    started = time.perf_counter()
    looped = image_by_image(run, networks, test.images[np.arange(len(test))], options.samples)
    loop = time.perf_counter() - started
    print(f"{dt.date.today()}, {options.images} images, K = {options.samples}")  # noqa: DTZ011
    print(f"together      {vectorised:8.1f} s   mean {together.mean():.3f} nats")
    print(f"image by image{loop:8.1f} s   mean {looped.mean():.3f} nats")
    print(
        f"ratio {loop / vectorised:.2f}; "
        f"10,000 images together: {vectorised * 1e4 / options.images:.0f} s"
    )


def image_by_image(run: Run, networks: Any, images: Any, samples: int) -> Any:
    """Return −log p(x) per image, one image and 100 samples at a time, without a graph."""
    negative_log_likelihood = likelihoods.negative_log_likelihood(
        run.config.likelihood, run.config.sigma
    )
    random = np.random.default_rng(0)
    values = []
    for index in range(len(images)):
        x = binarise(images[index : index + 1], run.config.binarisation, (0,), np.array([index]))
        weights = []
        for _ in range(0, samples, CHUNK):
            z_mean, z_log_var = networks.encode({"x": x})
            eps = random.standard_normal((CHUNK, z_mean.shape[1]), dtype=np.float32)
            z = z_mean + tf.exp(z_log_var / 2) * eps
            reconstruction = negative_log_likelihood(
                np.repeat(x, CHUNK, axis=0), networks.decode(z, {})
            )
            prior = tf.reduce_sum((tf.square(eps) + z_log_var - tf.square(z)) / 2, axis=1)
            weights.append(np.asarray(prior - reconstruction, np.float64))
        values.append(math.log(samples) - np.logaddexp.reduce(np.concatenate(weights)))
    return np.array(values)


if __name__ == "__main__":
    main()
