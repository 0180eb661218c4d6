"""What a run is computed on."""

import os
from pathlib import Path
from typing import Final

import tensorflow as tf

PROCESSOR: Final = Path("/proc/cpuinfo")


def device() -> str:
    """Name what TensorFlow computes on: the first GPU, or the processor where there is none."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"the CPU, {os.cpu_count()} cores (TensorFlow sees no GPU)"
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "unnamed")
    others = f", 1 of {len(gpus)}" if len(gpus) > 1 else ""
    return f"GPU {name}{others}"


def advice(precision: str) -> str:
    """Say that bfloat16 is slow on a processor that has no instructions for it; else nothing."""
    if precision != "bfloat16" or tf.config.list_physical_devices("GPU") or not PROCESSOR.exists():
        return ""
    if "bf16" in PROCESSOR.read_text():  # avx512_bf16, amx_bf16; on ARM bf16
        return ""
    return "this processor has no bfloat16 arithmetic: precision=float32 is about ten times as fast"
