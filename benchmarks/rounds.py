"""Rounds in which every row has its turn, so that a slow minute meets all; kept on disk.

A benchmark that was stopped continues with the rounds that are there.
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def add_options(parser: argparse.ArgumentParser, rows: Iterable[str], results: Path) -> None:
    """Add the options that say what is measured, how often, and where it is kept."""
    rows = list(rows)
    parser.add_argument("--only", nargs="+", choices=rows, default=rows)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=1e9, help="start nothing after it; seconds")
    parser.add_argument("--results", type=Path, default=results)
    parser.add_argument("--fresh", action="store_true", help="forget what was measured")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")


def run_rounds(options: argparse.Namespace, measure: Callable[[str], Any]) -> None:
    """Measure what is missing; a row that cannot be measured gives None."""
    if options.fresh:
        shutil.rmtree(options.results, ignore_errors=True)
    options.results.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + options.budget
    for number in range(1, options.rounds + 1):
        for name in options.only:
            file = options.results / f"{name}-{number}.json"
            if not file.exists() and time.monotonic() < end and (figures := measure(name)):
                file.write_text(json.dumps(figures, indent=1))


def read_rounds(folder: Path, names: Iterable[str]) -> dict[str, list[Any]]:
    """Return the figures of each round by name, of those that have any."""
    paths = {name: sorted(folder.glob(f"{name}-[0-9]*.json")) for name in names}
    return {
        name: [json.loads(path.read_text()) for path in found]
        for name, found in paths.items()
        if found
    }
