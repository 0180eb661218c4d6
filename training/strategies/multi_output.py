"""z_mean and z_log_var are outputs with losses of their own: article VI, solution_type 1.

KL is a sum of a term in z_mean and a term in z_log_var, so each output can carry its half.
"""

from typing import Any

import keras
from keras import ops

from training.networks import Networks, Sampling
from training.objective import Objective
from training.strategies.inputs import symbolic_batch


class MultiOutput(keras.Model):
    """A functional model of three outputs, trained towards x; the other targets are dummies."""

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the sum of the three outputs' losses."""
        return super().compute_loss(x, self._targets(y, y_pred), y_pred, sample_weight, training)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Measure a batch; return the averages."""
        return super().compute_metrics(x, self._targets(y, y_pred), y_pred, sample_weight)

    def get_metrics_result(self) -> dict[str, Any]:
        """Return loss, reconstruction and kl, whose two halves the outputs report."""
        logs = super().get_metrics_result()
        return {
            "loss": logs["loss"],
            "reconstruction": logs["reconstruction_mean"],
            "kl": logs["z_mean_kl"] + logs["z_log_var_kl"],
        }

    @staticmethod
    def _targets(y: Any, y_pred: dict[str, Any]) -> dict[str, Any]:
        return {
            **{name: ops.zeros_like(value) for name, value in y_pred.items()},
            "reconstruction": y,
        }


def _z_mean_kl(_: Any, z_mean: Any) -> Any:
    return ops.sum(ops.square(z_mean), axis=-1) / 2


def _z_log_var_kl(_: Any, z_log_var: Any) -> Any:
    return ops.sum(ops.exp(z_log_var) - 1 - z_log_var, axis=-1) / 2


def build(
    networks: Networks, objective: Objective, optimizer: keras.optimizers.Optimizer
) -> keras.Model:
    """Build and compile the VAE; see the package for the interface."""
    inputs = symbolic_batch(networks)
    z_mean, z_log_var = networks.encode(inputs)
    z = Sampling(name="sampling")(z_mean, z_log_var, inputs["eps"])
    outputs = {
        "reconstruction": networks.decode(z, inputs),
        "z_mean": z_mean,
        "z_log_var": z_log_var,
    }
    halves = {"z_mean": _z_mean_kl, "z_log_var": _z_log_var_kl}
    mean = keras.metrics.MeanMetricWrapper
    model = MultiOutput(inputs, outputs, name="vae")
    model.compile(
        optimizer,
        loss={
            "reconstruction": objective.reconstruction,
            "z_mean": lambda y, z_mean: objective.beta * _z_mean_kl(y, z_mean),
            "z_log_var": lambda y, z_log_var: objective.beta * _z_log_var_kl(y, z_log_var),
        },
        metrics={
            "reconstruction": [mean(objective.reconstruction, "mean")],
            **{name: [mean(half, "kl")] for name, half in halves.items()},
        },
    )
    return model
