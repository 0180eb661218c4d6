"""The tables of the comparison, from the rounds on disk: medians."""

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import ROWS

Rounds = list[dict[str, Any]]
WORKS = {"decode": "JSON z to a 28 x 28 PNG", "reconstruct": "PNG to PNG"}


def tables(folder: Path) -> str:
    """Write all tables as markdown."""
    rounds = {name: _read(folder, name) for name in ROWS}
    rounds = {name: found for name, found in rounds.items() if found}
    parts = [_table(title, work, rounds) for work, title in WORKS.items()]
    return "\n\n".join([*parts, _batch(rounds), _footprint(rounds), *_engine(folder)])


def _read(folder: Path, name: str) -> Rounds:
    return [json.loads(path.read_text()) for path in sorted(folder.glob(f"{name}-[0-9]*.json"))]


def _median(rounds: Rounds, *keys: str) -> float:
    values = []
    for figures in rounds:
        value: Any = figures
        for key in keys:
            value = value[key]
        values.append(float(value))
    return statistics.median(values)


def _table(title: str, work: str, rounds: dict[str, Rounds]) -> str:
    heads = [f"{what}, {n}" for n in (1, 16, 64) for what in ("req/s", "p50 ms", "p99 ms")]
    lines = [
        f"**{title}**, at 1, 16 and 64 clients",
        "",
        _row(["", *heads, "CPU µs a request, 64"]),
    ]
    lines.append("|---" * 11 + "|")
    for name, found in rounds.items():
        cells = [ROWS[name].title]
        for n in ("1", "16", "64"):
            cells.append(f"{_median(found, work, n, 'rate'):,.0f}")
            cells += [f"{_median(found, work, n, key):.2f}" for key in ("p50", "p99")]
        lines.append(_row([*cells, f"{_median(found, work, '64', 'cpu_us'):.0f}"]))
    return "\n".join(lines)


def _batch(rounds: dict[str, Rounds]) -> str:
    lines = ["**64 z in a request**, 4 clients", "", _row(["", "req/s", "images/s", "p99 ms"])]
    lines.append("|---|---|---|---|")
    for name, found in rounds.items():
        rate = _median(found, "batch", "4", "rate")
        p99 = _median(found, "batch", "4", "p99")
        lines.append(_row([ROWS[name].title, f"{rate:,.0f}", f"{64 * rate:,.0f}", f"{p99:.1f}"]))
    return "\n".join(lines)


def _footprint(rounds: dict[str, Rounds]) -> str:
    heads = [
        "",
        "cold start s",
        "memory MiB",
        "idle % of a core",
        "wrong pictures",
        "failed requests",
        "rounds",
    ]
    lines = ["**Footprint** of the process tree", "", _row(heads), "|---" * 7 + "|"]
    for name, found in rounds.items():
        failed = sum(
            load["errors"] for f in found for work in (*WORKS, "batch") for load in f[work].values()
        )
        wrong = sum(figures["wrong"] for figures in found)
        cells = [f"{_median(found, 'cold'):.1f}", f"{_median(found, 'memory'):.0f}"]
        cells.append(f"{100 * _median(found, 'idle'):.1f}")
        lines.append(_row([ROWS[name].title, *cells, str(wrong), str(failed), str(len(found))]))
    return "\n".join(lines)


def _engine(folder: Path) -> list[str]:
    file = folder / "engine.json"
    if not file.exists():
        return []
    figures = json.loads(file.read_text())
    heads = [f"{name}, {what}" for name in figures for what in ("ms", "items/s")]
    lines = ["**The engines without HTTP** (64 and 400 in parts of 32 on two threads)", ""]
    lines += [_row(["call", *heads]), "|---" * (1 + len(heads)) + "|"]
    for call in next(iter(figures.values())):
        n = int(call.split()[1])
        times = [calls[call] for calls in figures.values()]
        cells = [cell for ms in times for cell in (f"{ms:.2f}", f"{1000 * n / ms:,.0f}")]
        lines.append(_row([call, *cells]))
    return ["\n".join(lines)]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
