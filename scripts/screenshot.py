"""Take docs/explorer.png of a running service; see `make picture`."""
# ruff: noqa: INP001 - a script

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path("docs/explorer.png")


def main(url: str) -> None:
    """Open the explorer, drag the point a little, and take the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url, wait_until="networkidle")
        page.mouse.move(500, 400)
        page.mouse.down()
        page.mouse.move(560, 430, steps=5)
        page.mouse.up()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
