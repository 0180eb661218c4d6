"""Take the documents' pictures of a running service: those of the models that it serves.

`make picture` runs it. docs/tutorial.md says how the model `shapes` is made.
"""
# ruff: noqa: INP001 - a script

import io
import os
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

DOCS = Path("docs")


class Picture(NamedTuple):
    """A view of the explorer."""

    model: str
    view: str
    """The rest of the address."""
    upload: Path | None = None
    """An image to open in the panel Image."""


PICTURES = {
    DOCS / "explorer.webp": Picture("emoji", ""),
    DOCS / "tutorial" / "map.webp": Picture("shapes", "z=0,0"),
    DOCS / "tutorial" / "path.webp": Picture("shapes", "panel=path&a=-2,1&b=2.4,-2&z=-2.5,-3"),
    DOCS / "tutorial" / "image.webp": Picture(
        "shapes", "panel=image", Path("runs/shapes/triangle/0003.png")
    ),
}


def main(url: str) -> None:
    """Take every picture whose model is served at the URL."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        for path, picture in PICTURES.items():
            if browser.new_context().request.get(f"{url}/v1/models/{picture.model}").ok:
                take(browser, url, picture, path)
        browser.close()


def take(browser: Browser, url: str, picture: Picture, path: Path) -> None:
    """Open the explorer as a newcomer would, without the tour, and take one picture."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/#model={picture.model}&{picture.view}", wait_until="networkidle")
    page.get_by_role("button", name="No, thanks").click()
    if picture.upload:
        page.locator("input[type=file]").set_input_files(picture.upload)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(5000)  # for the sharp tiles, which come last
    path.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=85)


if __name__ == "__main__":
    main(sys.argv[1])
