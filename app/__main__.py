"""`python -m app`: read the settings, and serve."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.logs import start_logging, write_json_lines
from app.settings import Settings, load_settings
from app.workers.peers import Peers
from models.errors import StoreError

SWITCH_SECONDS: Final = 0.0005


def main(arguments: Sequence[str] = ()) -> int:
    """Serve until a signal comes; 2 if the settings are wrong.

    The supervisor starts its workers with the arguments `worker NUMBER FOLDER`.
    """
    peers = Peers(Path(arguments[2]), int(arguments[1])) if arguments else None
    try:
        settings = load_settings()
    except ValueError as error:
        return _refuse(error)
    if peers is None and settings.workers > 1:
        from app.workers.supervisor import supervise  # noqa: PLC0415

        write_json_lines(sys.stderr)
        return supervise(settings)
    return _serve(settings, peers)


def _serve(settings: Settings, peers: Peers | None) -> int:
    """Serve in this process, alone or as one of several workers."""
    # Not above, as the supervisor needs none of them: they are half of its memory.
    from app.engines.select import choose_engines  # noqa: PLC0415
    from app.http.tracing import start_tracing  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415
    from app.server.run import run  # noqa: PLC0415

    try:
        trace = start_tracing(os.environ)
        engines = choose_engines(settings.engine, settings.threads)
        app = create_app(settings, engines, trace, peers)
    except (ValueError, StoreError) as error:
        return _refuse(error)
    start_logging(**({"worker": peers.number} if peers else {}))
    # Loading a model is Python, too: it hands the interpreter to waiting requests so much sooner.
    sys.setswitchinterval(SWITCH_SECONDS)
    run(settings, app, worker=peers is not None)
    if trace is not None:
        trace.close()
    return 0


def _refuse(error: Exception) -> int:
    """Say what is wrong with the settings."""
    sys.stderr.write(f"{error}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
