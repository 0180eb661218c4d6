"""The table of the ways of training, from the rounds on disk: medians."""

import json
import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks.training.variants.shared import BATCH, STEPS

FLOP_AN_IMAGE = 90.8e6  # forward and backward, 15.13 million multiply-adds forward
BASE = "keras"


def table(folder: Path, titles: Mapping[str, str]) -> str:
    """Write milliseconds a step, images a second, and the share of the matrix products' rate."""
    found = {name: _read(folder, name) for name in titles}
    found = {name: rounds for name, rounds in found.items() if rounds}
    rates = [max(figures) for figures in zip(*found.pop("rate", []), strict=True)]
    heads = ["", "ms a step", "least", "images/s", "GFLOP/s", "of the products' rate"]
    heads += ["first epoch, s more", "times Keras `fit`", "rounds"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
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
        lines.append("| " + " | ".join(cells) + " |")
    if rates:
        lines += ["", f"Matrix products of 2048: {rates[0]:.0f} GFLOP/s in float32, "]
        lines[-1] += f"{rates[1]:.0f} in bfloat16."
    return "\n".join(lines)


def _read(folder: Path, name: str) -> list[list[float]]:
    paths = sorted(folder.glob(f"{name}-[0-9].json"))
    return [json.loads(path.read_text()) for path in paths]


def _step_ms(rounds: list[list[float]]) -> float:
    """Return the median over rounds of the median steady epoch's milliseconds a step."""
    steady = [statistics.median(seconds[1:]) for seconds in rounds]
    return 1000 * statistics.median(steady) / STEPS
