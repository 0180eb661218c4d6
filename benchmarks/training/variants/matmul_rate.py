"""The machine's own rate of matrix products, GFLOP/s: float32 and bfloat16, best of ten."""

import json
import time

import tensorflow as tf

SIDE = 2048


def rate(dtype: tf.DType) -> float:
    """Return GFLOP/s of a product of two square matrices."""
    a, b = (tf.cast(tf.random.normal((SIDE, SIDE)), dtype) for _ in range(2))
    multiply = tf.function(tf.matmul)
    multiply(a, b)
    best = float("inf")
    for _ in range(10):
        started = time.perf_counter()
        multiply(a, b).numpy()
        best = min(best, time.perf_counter() - started)
    return 2 * SIDE**3 / best / 1e9


if __name__ == "__main__":
    print(json.dumps([rate(tf.float32), rate(tf.bfloat16)]))
