"""One training step of a strategy, taken apart: its figures, its gradients, its graph."""

import math
import re
from collections import Counter
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.framework import meta_graph
from tensorflow.python.grappler import tf_optimizer

from models.manifest import ImageShape, Likelihood
from training.config import StrategyName, TrainConfig
from training.networks import Networks
from training.objective import build_objective
from training.strategies import strategy

Batch = tuple[dict[str, Any], Any]
SHAPE = (8, 12, 1)


def small_config(**changes: Any) -> TrainConfig:
    """Return a small network, and batches of 8 images."""
    settings = {
        "name": "a", "dataset": "a", "beta": 0.7, "latent_dim": 3, "batch_size": 8,
        "encoder_filters": (4, 5, 6), "decoder_filters": (5, 4),
    }  # fmt: skip
    return TrainConfig.model_validate(settings | changes)


class Step(NamedTuple):
    """What a step reports, nats per image, and its gradients by the weights' paths."""

    loss: float
    reconstruction: float
    kl: float
    gradients: dict[str, NDArray[np.float32]]


class Recorder(keras.optimizers.SGD):
    """Keeps the gradients, and leaves the weights as they are."""

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Remember the gradients by their variables' paths."""
        pairs = zip(trainable_variables, grads, strict=True)
        self.gradients = {variable.path: np.asarray(gradient) for variable, gradient in pairs}


def build(
    name: StrategyName,
    config: TrainConfig,
    shape: ImageShape,
    networks: Networks,
    optimizer: Any = None,
) -> Any:
    """Build a strategy's model around networks; without an optimizer, with one that records."""
    optimizer = optimizer or Recorder()
    model = strategy(name)(networks, build_objective(config, math.prod(shape)), optimizer)
    optimizer.build(model.trainable_variables)
    return model


def take(model: Any, batch: Batch) -> Step:
    """Take one step, eagerly."""
    model.reset_metrics()
    inputs, x = batch
    logs = model.train_step((tf.nest.map_structure(tf.constant, inputs), tf.constant(x)))
    return Step(
        float(logs["loss"]),
        float(logs["reconstruction"]),
        float(logs["kl"]),
        model.optimizer.gradients,
    )


def random_batch(config: TrainConfig, shape: ImageShape, n: int, classes: int = 0) -> Batch:
    """Draw a batch of n images with noise, and labels for a conditional model."""
    random = np.random.default_rng(n)
    x = random.random((n, *shape), dtype=np.float32)
    inputs = {"x": x, "eps": random.standard_normal((n, config.latent_dim), dtype=np.float32)}
    if config.conditional:
        inputs["label"] = np.eye(classes, dtype=np.float32)[random.integers(0, classes, n)]
    return inputs, x


def expected(config: TrainConfig, networks: Networks, batch: Batch) -> tuple[float, float, float]:
    """Return loss, reconstruction and KL by NumPy, in float64, from the networks' outputs."""
    inputs = {key: tf.constant(value) for key, value in batch[0].items()}
    z_mean, z_log_var = networks.encode(inputs)
    z = z_mean + tf.exp(z_log_var / 2) * inputs["eps"]
    parameters = np.asarray(networks.decode(z, inputs), np.float64)
    mean, log_var = np.asarray(z_mean, np.float64), np.asarray(z_log_var, np.float64)
    kl = float((mean**2 + np.exp(log_var) - 1 - log_var).sum(axis=1).mean() / 2)
    nll = _negative_log_likelihood(config.likelihood, config.sigma, batch[1], parameters)
    reconstruction = float(nll.sum(axis=(1, 2, 3)).mean())
    return reconstruction + config.beta_in_nats(batch[1][0].size) * kl, reconstruction, kl


def _negative_log_likelihood(likelihood: Likelihood, sigma: float, x: Any, parameters: Any) -> Any:
    """Return −log p of each pixel and channel by the textbook."""
    log_sigma: Any = np.log(sigma)
    if likelihood == "discretised_logistic":
        return _logistic(np.round(x * 255), *np.split(parameters, 2, axis=-1))
    if likelihood in {"gaussian_learned", "gaussian_optimal"}:
        parameters, log_sigma = parameters[..., :-1], parameters[..., -1:]
    p = 1 / (1 + np.exp(-parameters))
    if likelihood.startswith("gaussian"):
        return ((x - p) / np.exp(log_sigma)) ** 2 / 2 + log_sigma + np.log(2 * np.pi) / 2
    bernoulli = -(x * np.log(p) + (1 - x) * np.log1p(-p))
    if likelihood == "bernoulli":
        return bernoulli
    return bernoulli - np.log(2 * np.arctanh(1 - 2 * p) / (1 - 2 * p))


def _logistic(level: Any, location: Any, log_sigma: Any) -> Any:
    """Return −log of a logistic's mass around a level of 0 to 255, whose ends have the tails."""
    centre = 255 * (0.5 + location / 4)
    scale = 255 * np.exp(log_sigma) * np.sqrt(3) / np.pi
    below = np.where(level == 0, 0, 1 / (1 + np.exp((centre - level + 0.5) / scale)))
    above = np.where(level == 255, 0, 1 / (1 + np.exp((level + 0.5 - centre) / scale)))
    return -np.log(1 - below - above)


def convolutions(model: Any, batch: Batch | tuple[Any, Any]) -> dict[str, int]:
    """Count the convolutions of the training step's graph as TensorFlow optimises it.

    A kernel that was fused with its bias or activation counts as what it was.
    """
    specification = tf.nest.map_structure(
        lambda array: tf.TensorSpec((None, *array.shape[1:]), tf.float32), batch
    )
    step = tf.function(model.train_step, autograph=False).get_concrete_function(specification)
    graph = meta_graph.create_meta_graph_def(graph_def=step.graph.as_graph_def(), graph=step.graph)
    graph.collection_def["train_op"].node_list.value.extend(t.name for t in step.graph.outputs)
    optimised = tf_optimizer.OptimizeGraph(config_pb2.ConfigProto(), graph)
    nodes = [*optimised.node, *(n for f in optimised.library.function for n in f.node_def)]
    names = (re.search(r"Conv2D(Backprop(Input|Filter))?", node.op) for node in nodes)
    return dict(Counter(name.group() for name in names if name))
