"""The log: one JSON object a line, whoever writes to standard error."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITES = """
import logging, os, sys
from app.logs import start_logging

start_logging()
logging.getLogger("ours").info("of ours")
os.write(2, b"I0000 of a library in C++\\nE0000 and what it failed at\\n")
print("of Python", file=sys.stderr)
"""


def test_every_line_is_a_json_object() -> None:
    """Lines that libraries write past Python's logging become records, up to the very last."""
    command = [sys.executable, "-c", WRITES]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    records = [json.loads(line) for line in done.stderr.splitlines()]
    found = {(record["logger"], record["level"], record["message"]) for record in records}
    assert found == {
        ("ours", "info", "of ours"),
        ("stderr", "info", "I0000 of a library in C++"),
        ("stderr", "error", "E0000 and what it failed at"),
        ("stderr", "info", "of Python"),
    }
