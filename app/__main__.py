"""`python -m app`: read the settings, and serve."""

import os
import sys
from typing import Final

from app.engines.select import choose_engines
from app.http.tracing import start_tracing
from app.logs import start_logging
from app.main import create_app
from app.server.run import run
from app.settings import load_settings
from models.errors import StoreError

SWITCH_SECONDS: Final = 0.0005


def main() -> int:
    """Serve until a signal comes; 2 if the settings are wrong."""
    try:
        settings, trace = load_settings(), start_tracing(os.environ)
        app = create_app(settings, choose_engines(settings.engine), trace)
    except (ValueError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    start_logging()
    # Loading a model is Python, too: it hands the interpreter to waiting requests so much sooner.
    sys.setswitchinterval(SWITCH_SECONDS)
    run(settings, app)
    if trace is not None:
        trace.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
