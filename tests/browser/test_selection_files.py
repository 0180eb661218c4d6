"""Numbers out: a selection as CSV, npz, and as a request that fetches exactly it."""

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas


def test_selection_comes_out_with_all_of_z(atlas: Atlas, tmp_path: Path) -> None:
    """The copied Python and the saved npz hold the same items, with every latent dimension."""
    atlas.open("#model=digits-z12&plane=dims-0-1&panel=items&lasso=0,-5,5,-5,5,5,0,5")
    status = atlas.page.locator("#status")
    expect(status).to_contain_text("selected")
    chosen = int(re.findall(r"(\d+) selected", status.inner_text())[0])

    atlas.page.get_by_role("button", name="Copy as Python").click()
    expect(atlas.page.locator("#notice")).to_contain_text("clipboard")
    script = atlas.page.evaluate("navigator.clipboard.readText()")
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "items.csv").read_text("utf-8-sig"))))
    with atlas.page.expect_download() as waiting:
        atlas.page.get_by_role("button", name="Save as npz").click()
    with np.load(waiting.value.path()) as saved:
        ids, z = saved["id"], saved["z_mean"]

    assert len(rows) == chosen > 0
    assert [int(row["id"]) for row in rows] == ids.tolist()
    assert z.shape == (chosen, 12)
    written = [[float(row[f"z{k}"]) for k in range(12)] for row in rows]
    np.testing.assert_allclose(written, z, atol=1e-5)
    assert (z[:, 0] >= -1e-2).all()
