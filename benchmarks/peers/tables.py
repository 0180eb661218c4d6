"""The tables of the comparison, from the rounds on disk: medians."""

import json
import statistics
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from benchmarks.peers.servers import SERVERS
from benchmarks.report import table
from benchmarks.rounds import read_rounds

Rounds = list[dict[str, Any]]
WORKS = {"decode": "JSON z to a 28 x 28 PNG", "reconstruct": "PNG to PNG"}


def tables(folder: Path) -> str:
    """Write all tables as markdown."""
    rounds = read_rounds(folder, SERVERS)
    loads = [_loads(title, work, rounds) for work, title in WORKS.items()]
    return "\n\n".join([*loads, _batch(rounds), _footprint(rounds), *_engine(folder)])


def _median(rounds: Rounds, *keys: str) -> float:
    values: list[Any] = [reduce(getitem, keys, figures) for figures in rounds]
    return statistics.median(values)


def _loads(title: str, work: str, rounds: dict[str, Rounds]) -> str:
    heads = [f"{what}, {n}" for n in (1, 16, 64) for what in ("req/s", "p50 ms", "p99 ms")]
    rows = []
    for name, found in rounds.items():
        cells = [SERVERS[name].title]
        for n in ("1", "16", "64"):
            cells.append(f"{_median(found, work, n, 'rate'):,.0f}")
            cells += [f"{_median(found, work, n, key):.2f}" for key in ("p50", "p99")]
        rows.append([*cells, f"{_median(found, work, '64', 'cpu_us'):.0f}"])
    heads = ["", *heads, "CPU µs a request, 64"]
    return f"**{title}**, at 1, 16 and 64 clients\n\n{table(heads, rows)}"


def _batch(rounds: dict[str, Rounds]) -> str:
    rows = []
    for name, found in rounds.items():
        rate = _median(found, "batch", "4", "rate")
        p99 = _median(found, "batch", "4", "p99")
        rows.append([SERVERS[name].title, f"{rate:,.0f}", f"{64 * rate:,.0f}", f"{p99:.1f}"])
    heads = ["", "req/s", "images/s", "p99 ms"]
    return f"**64 z in a request**, 4 clients\n\n{table(heads, rows)}"


def _footprint(rounds: dict[str, Rounds]) -> str:
    heads = ["", "cold start s", "memory MiB", "idle % of a core"]
    heads += ["wrong pictures", "failed requests", "rounds"]
    rows = []
    for name, found in rounds.items():
        failed = sum(
            load["errors"] for f in found for work in (*WORKS, "batch") for load in f[work].values()
        )
        wrong = sum(figures["wrong"] for figures in found)
        cells = [f"{_median(found, 'cold'):.1f}", f"{_median(found, 'memory'):.0f}"]
        cells.append(f"{100 * _median(found, 'idle'):.1f}")
        rows.append([SERVERS[name].title, *cells, str(wrong), str(failed), str(len(found))])
    return f"**Footprint** of the process tree\n\n{table(heads, rows)}"


def _engine(folder: Path) -> list[str]:
    file = folder / "engine.json"
    if not file.exists():
        return []
    figures = json.loads(file.read_text())
    heads = ["call", *(f"{name}, {what}" for name in figures for what in ("ms", "items/s"))]
    rows = []
    for call in next(iter(figures.values())):
        n = int(call.split()[1])
        times = [calls[call] for calls in figures.values()]
        cells = [cell for ms in times for cell in (f"{ms:.2f}", f"{1000 * n / ms:,.0f}")]
        rows.append([call, *cells])
    title = "**The engines without HTTP** (64 and 400 in parts of 32 on two threads)"
    return [f"{title}\n\n{table(heads, rows)}"]
