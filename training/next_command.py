"""The command that a message tells people to type next: it must work where they are."""

import os
import shlex
import sys


def under_make() -> bool:
    """Tell whether `make` runs this, so that people have typed make's command."""
    return "MAKELEVEL" in os.environ


def python_command(*words: object) -> str:
    """Write a command of `python -m training`; make's Python is not the one on the PATH."""
    python = os.path.relpath(sys.executable) if under_make() else "python"
    return f"{shlex.quote(python)} -m training {_join(words)}"


def make_command(target: str, options: list[str], **variables: object) -> str:
    """Write a make command: variables that are not None, and options in ARGS."""
    given = variables | {"ARGS": _join(options) or None}
    words = [f"{key}={shlex.quote(str(value))}" for key, value in given.items() if value]
    return " ".join(["make", target, *words])


def _join(words: tuple[object, ...] | list[str]) -> str:
    return shlex.join(map(str, words))
