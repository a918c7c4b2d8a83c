"""Take docs/users.png, the picture in the README: the users list of the demo clinic, in light, 1280 by 800.

Run it from the project's folder after the look has changed: .venv/bin/python -m tests.browser.take_picture
"""

import sys
import tempfile
from pathlib import Path

from tests.browser.people import DEMO_PASSWORD, sign_in
from tests.browser.product import ROOT, browser_path, prepare, running_browser, running_product

PICTURE = ROOT / "docs" / "users.png"


def main() -> None:
    """Start the product in a temporary folder, take the picture, stop the product."""
    path = browser_path()
    if path is None:
        sys.exit("No Chromium is found on PATH, nor named in CHROMIUM.")
    with tempfile.TemporaryDirectory(prefix="clinic-picture-") as folder:
        prepare(Path(folder))
        take(path, Path(folder))


def take(path: str, folder: Path) -> None:
    """With the browser at `path`, and the product in `folder`."""
    with running_browser(path) as browser, running_product(folder) as product:
        page = browser.new_page(
            base_url=product.url, viewport={"width": 1280, "height": 800}, color_scheme="light", reduced_motion="reduce"
        )
        sign_in(page, "grace@harbour.example", DEMO_PASSWORD)
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("heading", name="Users & practitioners").wait_for()
        page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
