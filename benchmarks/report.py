"""Write measured tables into the docs, between markers, with machine and date."""

import datetime as dt
import os
import platform
from pathlib import Path

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"


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
