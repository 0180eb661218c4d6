"""A run says what it is computed on."""

from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from training.fit import device


def test_without_a_gpu_it_is_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where TensorFlow sees no GPU, the run says so rather than being slow in silence."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])

    assert "CPU" in device()
    assert "no GPU" in device()


@pytest.mark.parametrize(("count", "expected"), [(1, "GPU H200"), (2, "GPU H200, 1 of 2")])
def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch, count: int, expected: str) -> None:
    """The first GPU is used, and named as its driver names it."""
    gpus = [SimpleNamespace(name=f"/physical_device:GPU:{i}") for i in range(count)]

    def listed(kind: str) -> list[Any]:
        return gpus if kind == "GPU" else []

    monkeypatch.setattr(tf.config, "list_physical_devices", listed)
    details = {"device_name": "H200"}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _: details)

    assert device() == expected
