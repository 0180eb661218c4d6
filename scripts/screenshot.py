"""Take docs/explorer.png of a running service; see `make picture`."""
# ruff: noqa: INP001 - a script

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path("docs/explorer.png")
VIEW = "/#model=mnist-z2&z=0.9,-0.6"


def main(url: str) -> None:
    """Open the explorer at a point of the plane and take its picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url + VIEW, wait_until="networkidle")
        page.get_by_role("button", name="No, thanks").click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
