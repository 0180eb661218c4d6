"""Logs: one JSON object a line, on standard error, whoever writes there."""

import atexit
import faulthandler
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from typing import Final, TextIO

import orjson

STDERR: Final = 2
LAST_LINES_SECONDS: Final = 1  # a child may hold the pipe open
LEVELS: Final = {"W": logging.WARNING, "E": logging.ERROR, "F": logging.CRITICAL}  # of Abseil
log = logging.getLogger("stderr")


class JsonLines(logging.Formatter):
    """Writes a record as JSON: time, level, logger, message, and the traceback if there is one."""

    def __init__(self, **fields: object) -> None:
        """Take what every line has."""
        super().__init__()
        self._fields = fields

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {**self._fields, **getattr(record, "fields", {})}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def write_json_lines(stream: TextIO, **fields: object) -> None:
    """Send all logs to a stream as JSON lines, and `fields` in every line."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(**fields))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def start_logging(**fields: object) -> None:
    """Send all logs to standard error as JSON lines, and what libraries of C++ write there."""
    stderr = os.fdopen(os.dup(STDERR), "w", buffering=1, encoding="utf-8")
    write_json_lines(stderr, **fields)
    faulthandler.enable(stderr)  # a crash leaves no time for the thread below
    reading, writing = os.pipe()
    sys.stderr.flush()
    os.dup2(writing, STDERR)
    os.close(writing)
    thread = threading.Thread(target=_log_lines, args=(reading,), name="stderr", daemon=True)
    thread.start()
    atexit.register(_read_to_end, stderr.fileno(), thread)


def _read_to_end(stderr: int, thread: threading.Thread) -> None:
    """Close the pipe by giving standard error back, and wait for what is in it."""
    os.dup2(stderr, STDERR)
    thread.join(LAST_LINES_SECONDS)


def _log_lines(reading: int) -> None:
    """Log what comes out of a pipe, a record a line."""
    with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if message := line.rstrip():
                log.log(LEVELS.get(message[0], logging.INFO), "%s", message)
