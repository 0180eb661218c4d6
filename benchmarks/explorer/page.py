"""The real service and a page of a real Chromium that shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from benchmarks.command_line import store_argument
from tests.browser.chromium import launch
from tests.browser.explorer_page import Atlas
from tests.service_process import ServiceProcess

SIZE: ViewportSize = {"width": 1440, "height": 900}  # CSS pixels of the page
NO_TOUR = "localStorage.setItem('vae-atlas-tour', 'yes');"


class Stage(NamedTuple):
    """A service and a browser."""

    served: ServiceProcess
    browser: Browser

    def atlas(self, script: str = "", size: ViewportSize = SIZE) -> Atlas:
        """Make a page with an empty cache; `script` runs before the page's own."""
        context = self.browser.new_context(viewport=size)
        context.add_init_script(NO_TOUR + script)
        page = context.new_page()
        page.set_default_timeout(60_000)
        return Atlas(page, f"http://127.0.0.1:{self.served.port}/")


@contextmanager
def stage(store: Path | None = None) -> Iterator[Stage]:
    """Start both over a store: that of the command line unless another is given."""
    with ServiceProcess(store or store_argument()) as served, sync_playwright() as playwright:
        browser = launch(playwright)
        yield Stage(served, browser)
        browser.close()
