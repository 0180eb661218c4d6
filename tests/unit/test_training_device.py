"""A run says what it is computed on."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from training import device as devices
from training.device import advice, device


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


@pytest.mark.parametrize(
    ("flags", "precision", "told"),
    [
        ("flags : fma avx2", "bfloat16", True),
        ("flags : fma avx2 avx512_bf16", "bfloat16", False),
        ("flags : fma avx2", "float32", False),
    ],
)
def test_bfloat16_without_instructions_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str, precision: str, told: bool
) -> None:
    """Whoever copies a fast setting to a processor that only imitates it is told at once."""
    (tmp_path / "cpuinfo").write_text(flags)
    monkeypatch.setattr(devices, "PROCESSOR", tmp_path / "cpuinfo")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])

    assert bool(advice(precision)) == told
