"""What becomes of the old recipes in Keras 3; docs/recipes.md tells it, and this holds it true.

A test fails here when Keras changes its mind. Then the page must change as well.
"""

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

PIXELS = 6
X = np.random.default_rng(0).random((8, PIXELS), dtype=np.float32)


class Recipe:
    """A textbook VAE without noise: the functional model, and its z_mean and z_log_var."""

    def __init__(self) -> None:
        x = keras.Input((PIXELS,))
        self.z_mean = keras.layers.Dense(2, name="z_mean")(x)
        self.z_log_var = keras.layers.Dense(2, name="z_log_var")(x)
        y = keras.layers.Dense(PIXELS, activation="sigmoid")(self.z_mean)
        self.model = keras.Model(x, y)

    def kl(self) -> Any:
        """Return KL as a symbolic scalar, the way the recipes compute it."""
        return kl(self.z_mean, self.z_log_var)


class Subclassed(keras.Model):
    """A model with a `call` of its own, to which a loss can be given from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(PIXELS, activation="sigmoid")

    def call(self, x: Any) -> Any:
        """Return a reconstruction of some kind."""
        return self.dense(x)


class AddsLoss(keras.layers.Layer):
    """Add the inputs' squares to the losses: a vector (one an image), or their mean."""

    def __init__(self, *, vector: bool) -> None:
        super().__init__()
        self.vector = vector

    def call(self, x: Any) -> Any:
        """Return x unchanged."""
        losses = ops.sum(ops.square(x), axis=-1)
        self.add_loss(losses if self.vector else ops.mean(losses))
        return x


def kl(z_mean: Any, z_log_var: Any) -> Any:
    """Return the mean KL of a batch, nats."""
    terms = ops.square(z_mean) + ops.exp(z_log_var) - 1 - z_log_var
    return ops.mean(ops.sum(terms, axis=-1)) / 2


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_a_loss_that_reaches_for_outer_tensors_fails(run_eagerly: bool) -> None:
    """Article III: a loss function that picks z_mean up from the outer scope is refused."""
    recipe = Recipe()

    def loss(y: Any, prediction: Any) -> Any:
        return keras.losses.binary_crossentropy(y, prediction) + recipe.kl()

    recipe.model.compile(loss=loss, run_eagerly=run_eagerly)
    with pytest.raises(ValueError, match="A KerasTensor cannot be used as input to a TensorFlow"):
        recipe.model.train_on_batch(X, X)


def test_a_layer_that_reaches_for_outer_tensors_fails() -> None:
    """Articles III and IV: so is a layer that does it, which is why all is passed as arguments."""
    recipe = Recipe()

    class Greedy(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(recipe.kl())
            return x

    with pytest.raises(ValueError, match="can only be called from inside `build\\(\\)` or `call"):
        Greedy()(recipe.model.output)


def test_symbolic_add_loss_on_a_functional_model_fails() -> None:
    """Article VII: `model.add_loss(kl)` on a functional model is not implemented any more."""
    recipe = Recipe()

    with pytest.raises(NotImplementedError):
        recipe.model.add_loss(recipe.kl())


@pytest.mark.parametrize("where", ["subclassed model", "layer"])
def test_symbolic_add_loss_elsewhere_fails(where: str) -> None:
    """A symbolic tensor is no more welcome on a subclassed model, or on one of the layers."""
    recipe = Recipe()
    target = Subclassed() if where == "subclassed model" else recipe.model.layers[-1]

    with pytest.raises(ValueError, match="can only be called from inside `build\\(\\)` or `call"):
        target.add_loss(recipe.kl())


def test_add_metric_fails() -> None:
    """Article VII: `model.add_metric` is gone; the message says what to use."""
    recipe = Recipe()

    with pytest.raises(NotImplementedError, match="metric trackers"):
        recipe.model.add_metric(recipe.kl(), name="kl", aggregation="mean")


def test_a_tensorflow_function_on_a_symbolic_tensor_fails() -> None:
    """The article's third rule has turned round: `keras.ops`, not `tf`, in a functional model."""
    import tensorflow as tf

    with pytest.raises(ValueError, match="A KerasTensor cannot be used as input to a TensorFlow"):
        tf.exp(Recipe().z_log_var)


@pytest.mark.parametrize("where", ["subclassed model", "layer"])
def test_an_eager_tensor_outside_call_is_dropped_in_silence(where: str) -> None:
    """`add_loss(tensor)` outside `call` is accepted and listed, but no loss ever contains it."""
    model = Subclassed() if where == "subclassed model" else Recipe().model
    model.compile(loss="binary_crossentropy")
    before = model.evaluate(X, X, verbose=0)

    (model if where == "subclassed model" else model.layers[-1]).add_loss(ops.array(1000.0))

    assert [float(loss) for loss in model.losses] == [1000]
    assert model.evaluate(X, X, verbose=0) == pytest.approx(before)
    assert model.train_on_batch(X, X) == pytest.approx(before)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_a_vector_loss_is_summed_over_the_batch(n: int) -> None:
    """A loss per image given to `add_loss` is summed, so KL's weight grows with the batch."""
    x = keras.Input((PIXELS,))
    per_image = (X[:n] ** 2).sum(axis=-1)
    losses = {}
    for vector in (True, False):
        model = keras.Model(x, AddsLoss(vector=vector)(x))
        model.compile(loss=None)
        losses[vector] = model.evaluate(X[:n], batch_size=n, verbose=0)

    assert losses[True] == pytest.approx(per_image.sum(), rel=1e-5)
    assert losses[False] == pytest.approx(per_image.mean(), rel=1e-5)


def test_crossentropy_averages_over_channels() -> None:
    """Keras's binary cross-entropy is a mean over the last axis: a third of an RGB image's."""
    x = np.full((1, 2, 2, 3), 0.5, np.float32)

    values = keras.losses.binary_crossentropy(x, x)

    assert values.shape == (1, 2, 2)
    assert float(ops.sum(values)) == pytest.approx(4 * np.log(2), rel=1e-4)
