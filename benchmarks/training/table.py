"""The table of the ways of training, from the rounds on disk: medians."""

import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks.report import table as write_table
from benchmarks.rounds import read_rounds
from benchmarks.training.variants.shared import BATCH, STEPS

FLOP_AN_IMAGE = 90.8e6  # forward and backward, 15.13 million multiply-adds forward
BASE = "keras"


def table(folder: Path, titles: Mapping[str, str]) -> str:
    """Write milliseconds a step, images a second, and the share of the matrix products' rate."""
    found = read_rounds(folder, titles)
    rates = [max(figures) for figures in zip(*found.pop("rate", []), strict=True)]
    heads = ["", "ms a step", "least", "images/s", "GFLOP/s", "of the products' rate"]
    heads += ["first epoch, s more", "times Keras `fit`", "rounds"]
    rows = []
    base = _step_ms(found[BASE]) if BASE in found else None
    for name, rounds in found.items():
        step = _step_ms(rounds)
        flops = BATCH * FLOP_AN_IMAGE / step / 1e6
        rate = rates["bf16" in name] if rates else None
        first = statistics.median(seconds[0] - min(seconds[1:]) for seconds in rounds)
        least = 1000 * min(min(seconds[1:]) for seconds in rounds) / STEPS
        cells = [titles[name], f"{step:.0f}", f"{least:.0f}", f"{1000 * BATCH / step:,.0f}"]
        cells += [f"{flops:.0f}", f"{flops / rate:.0%}" if rate else "", f"{first:.1f}"]
        cells += [f"{base / step:.2f}" if base else "", str(len(rounds))]
        rows.append(cells)
    text = write_table(heads, rows)
    if rates:
        text += f"\n\nMatrix products of 2048: {rates[0]:.0f} GFLOP/s in float32, "
        text += f"{rates[1]:.0f} in bfloat16."
    return text


def _step_ms(rounds: list[list[float]]) -> float:
    """Return the median over rounds of the median steady epoch's milliseconds a step."""
    steady = [statistics.median(seconds[1:]) for seconds in rounds]
    return 1000 * statistics.median(steady) / STEPS
