"""This service beside its peers, on the same model, work and machine, in interleaved rounds.

    benchmarks/peers/environment          # once: an environment for each peer
    python -m benchmarks.peers [--only ROW …] [--rounds 5] [--seconds 3] [--budget 400] [--write]

A round starts one server, loads it and stops it. Rounds that are on disk (runs/peers) are kept, so
the command can be given again until all are there; `--fresh` forgets them.
"""

import argparse
import json
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.peers.engine import engines
from benchmarks.peers.measure import answers, measure
from benchmarks.peers.process import ROOT
from benchmarks.peers.rows import ROWS
from benchmarks.peers.table import tables
from benchmarks.report import write_section

RESULTS = ROOT / "runs" / "peers"


def main() -> None:
    """Measure what is missing, then print the tables."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # end the server too
    options = _options()
    folder: Path = options.results
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    expected = answers(ROWS["ours"])
    variant = dict(pair.split("=") for pair in options.set)
    for number in range(1, options.rounds + 1):
        for name in options.only:
            file = folder / f"{name}-{number}.json"
            if file.exists() or time.monotonic() > options.end:
                continue
            figures = measure(ROWS[name], options.seconds, expected, variant)
            file.write_text(json.dumps(figures, indent=1))
            print(f"{name}, round {number}: {_brief(figures)}", flush=True)
    file = folder / "engine.json"
    if not file.exists() and time.monotonic() < options.end:
        file.write_text(json.dumps(engines(), indent=1))
    text = tables(folder)
    print(text)
    if options.write:
        write_section("peers", text)


def _brief(figures: dict[str, Any]) -> str:
    rates = ", ".join(f"{n}: {load['rate']:.0f}/s" for n, load in figures["decode"].items())
    return f"decode {rates}; {figures['wrong']} wrong pictures"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--budget", type=float, default=1e9, help="start no round after it; s")
    parser.add_argument("--set", nargs="*", default=[], help="threads=2 batch=8 wait=5 of a peer")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--fresh", action="store_true", help="forget what was measured")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    options.end = time.monotonic() + options.budget
    return options


if __name__ == "__main__":
    main()
