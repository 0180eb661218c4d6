"""`python -m training COMMAND`; `training.arguments` lists the commands."""

import importlib
import io
import os
import signal
import sys
import tempfile
import time
import traceback
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from models.errors import StoreError
from training.arguments import parser
from training.errors import TrainingError
from training.interruption import exit_code, terminate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0; 2 for a mistake that the message explains; 130 when Ctrl-C stopped it, 143 when SIGTERM
        did; 1 for a fault of the program.
    """
    started = time.monotonic()
    options = parser().parse_args(arguments)
    options.started = started  # a budget in minutes counts from here
    try:
        return _run(options)
    except KeyboardInterrupt as stopped:
        print(f"training: {stopped or 'stopped'}", file=sys.stderr)
        return exit_code(stopped)


def _run(options: Namespace) -> int:
    commands = _import_quietly("training.commands")
    try:
        getattr(commands, f"run_{options.command}")(options)
    except (TrainingError, StoreError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder that may not be written
        print(
            f"training: {error.filename or 'writing'}: {error.strerror or error}", file=sys.stderr
        )
        return 2
    except Exception as error:  # noqa: BLE001 - whatever it is, a traceback is not for users
        print(f"training: {_explain(commands, error)}", file=sys.stderr)
        return 2 if commands.is_out_of_memory(error) else 1
    return 0


def _explain(commands: ModuleType, error: Exception) -> str:
    """Say what to do about a failure that no line of the program expected."""
    if commands.is_out_of_memory(error):
        return (
            "the memory does not suffice for this network and batch; choose a smaller batch_size, "
            "image_size, latent_dim, or fewer filters"
        )
    with tempfile.NamedTemporaryFile(
        "w", prefix="vae-atlas-", suffix=".log", delete=False
    ) as report:
        traceback.print_exception(error, file=report)
    first = str(error).strip().partition("\n")[0]
    return (
        f"a fault of the program ({type(error).__name__}: {first[:200]}); please report it with "
        f"{report.name}"
    )


def _import_quietly(module: str) -> ModuleType:
    """Import what imports TensorFlow without the notes that its C++ writes to descriptor 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        return importlib.import_module(module)
    finally:
        os.dup2(kept, 2)
        os.close(kept)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    for stream in (sys.stdout, sys.stderr):  # a terminal without "×" shows "?" for it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(main())
