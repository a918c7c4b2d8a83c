"""A real Chromium in front of the real product. See `product.py` for how it runs and `people.py` for what people do.

Each test opens a clinic of its own, or reads the demo clinic and changes nothing there. No test looks into the
database: what it knows, it has read from a page or from a mail.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .before import come_in
from .people import DEMO_PASSWORD
from .product import Product, browser_path, prepare, running_browser, running_product

# The tests are marked as groups, so that workers of pytest-xdist share them, each with a product and a browser of its
# own; more groups would start more of those.

# Long enough for a machine that has much else to do; whatever comes sooner is not waited for.
MILLISECONDS = 60_000
expect.set_options(timeout=MILLISECONDS)

OpenBrowser = Callable[..., Page]


# Package, not session: while Playwright's event loop stands, Django refuses every query in this process, and tests from
# elsewhere come after these in the same process.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; skips where there is none."""
    path = browser_path()
    if path is None:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail("No Chromium is found, and REQUIRE_SERVICES=1.")
        pytest.skip("No Chromium is found on PATH, nor named in CHROMIUM.")
    with running_browser(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a product may begin with, made once for all workers of pytest-xdist: each copies it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, done = shared / "prepared", shared / "prepared.done"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            prepare(folder)
            done.touch()
    return folder


@pytest.fixture(scope="package")
def product(chromium: Browser, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, running."""
    folder = tmp_path_factory.mktemp("product")
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    with running_product(folder) as running:
        yield running


@pytest.fixture
def open_browser(
    chromium: Browser, product: Product, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[OpenBrowser]:
    """Return a page in a browser of its own, as a further person would have: own cookies, nobody signed in.

    Takes what Playwright's `new_context` takes, such as `java_script_enabled=False`.
    """
    contexts: list[BrowserContext] = []

    def _open(**options: object) -> Page:
        context = chromium.new_context(base_url=product.url, **{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield _open
    if getattr(request.node, "has_failed", False):
        _keep_evidence(request.node, product, contexts, tmp_path)
    for context in contexts:
        context.close()


def _keep_evidence(item: pytest.Item, product: Product, contexts: list[BrowserContext], folder: Path) -> None:
    """Print where every page stood, with a picture each, and the ends of the logs."""
    for number, page in enumerate(page for context in contexts for page in context.pages):
        picture = folder / f"page{number}.png"
        page.screenshot(path=picture, full_page=True)
        print(f"{page.url}: {picture}")  # noqa: T201
    print(product.logs())  # noqa: T201


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.has_failed = True
    return report


@pytest.fixture
def page(open_browser: OpenBrowser) -> Page:
    """A page in a fresh browser."""
    return open_browser()


@pytest.fixture
def page_without_script(open_browser: OpenBrowser) -> Page:
    """A page in a fresh browser that runs no script."""
    return open_browser(java_script_enabled=False)


@pytest.fixture
def page_of(open_browser: OpenBrowser) -> Callable[[str], Page]:
    """Return the page of somebody of the demo clinic, signed in: `page_of("tomasz")`."""

    def _page_of(name: str, **options: object) -> Page:
        page = open_browser(**options)
        come_in(page, f"{name}@harbour.example", DEMO_PASSWORD)
        return page

    return _page_of
