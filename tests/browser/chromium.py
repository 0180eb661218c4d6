"""The browser of the tests and the benchmarks."""

import os
from pathlib import Path

from playwright.sync_api import Browser, Playwright

USUAL = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium of `CHROMIUM` (`make` sets it), else the machine's, else Playwright's."""
    usual = next((path for path in USUAL if Path(path).exists()), None)
    path = os.environ.get("CHROMIUM") or usual
    return playwright.chromium.launch(executable_path=path, args=QUIET)
