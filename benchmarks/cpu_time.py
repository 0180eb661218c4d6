"""Processor time of a process or of one of its threads."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process: int, thread: int | None = None) -> float:
    """Return user and system time, all threads together unless one is given."""
    folder = Path(f"/proc/{process}") / (f"task/{thread}" if thread else "")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
