"""Verdicts on standard output, tables, and sections of the docs between markers."""

import datetime as dt
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def verdict(good: bool, text: str) -> int:
    """Print PASS or FAIL with the figures, and return the exit code."""
    print(f"{'PASS' if good else 'FAIL'}  {text}", flush=True)
    return 0 if good else 1


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table in markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, *rows)]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])


def machine() -> str:
    """Say where and when something was measured."""
    today = dt.datetime.now(tz=dt.UTC).date()
    return f"{os.cpu_count()} shared cores of {platform.machine()}, {today:%Y-%m-%d}"


def write_section(name: str, text: str, page: Path = REPORT) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    head, found, rest = page.read_text().partition(start)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page} has no markers {start} and {end}")
    page.write_text(f"{head}{start}\n{text}\n\nMeasured on {machine()}.\n{end}{tail}")
