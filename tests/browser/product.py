"""The product as it runs on somebody's machine: gunicorn and a Celery worker, started for the tests and stopped again.

It runs with the settings of `settings.py` beside this, which make it quicker. Everything it writes lies in one
temporary folder; it listens on loopback only. Nothing here looks into its database.
"""

import importlib.util
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
# Of several such lists a browser knows only the last, so it begins with Playwright's own.
PLAYWRIGHTS_WITHOUT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)
# What each new window would load for its address bar, and a process in advance for a page that never comes: half a
# second of a core for every test.
WITHOUT = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess")
BROWSER_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*PLAYWRIGHTS_WITHOUT, *WITHOUT))}",
    # Nothing but this machine is there, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)
SECONDS_TO_START = 120
SECONDS_TO_STOP = 15
SECONDS_FOR_MAIL = 60
LOG_TAIL = 6000

Found = TypeVar("Found")


def _load_setup():
    """The module bin/_setup.py, which starts processes that end with us and knows the settings to keep out."""
    spec = importlib.util.spec_from_file_location("_setup", ROOT / "bin" / "_setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_setup = _load_setup()
browser_path = _setup.browser_path


def wait_for(look: Callable[[], Found | None], *, seconds: float, what: str) -> Found:
    """Return what `look` finds, asking again and again. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise TimeoutError(f"{what}: not within {seconds} seconds")


@dataclass
class Product:
    """The running product: its address, the folder with its mail and logs, and the settings that it runs with."""

    url: str
    folder: Path
    env: dict[str, str] = field(repr=False)

    def manage(self, *arguments: str, **settings: str) -> None:
        """Run manage.py as whoever runs the site would, with `settings` beside the product's own."""
        status, output = _setup.run([_setup.PYTHON, "manage.py", *arguments], {**self.env, **settings})
        assert status == 0, f"manage.py {arguments[0]} failed:\n{output}"

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Every message to `address` so far, oldest first, as the files that the worker wrote."""
        paths = sorted((self.folder / "mail").glob("*.eml"))
        parsed = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        return [message for message in parsed if message["To"] == address]

    def wait_for_mail(self, address: str, *, count: int = 1, seconds: float = SECONDS_FOR_MAIL) -> EmailMessage:
        """The newest message to `address`, once there are `count` of them. Raises TimeoutError."""

        def newest() -> EmailMessage | None:
            found = self.mails_to(address)
            return found[-1] if len(found) >= count else None

        return wait_for(newest, seconds=seconds, what=f"mail number {count} to {address}")

    def logs(self) -> str:
        """The ends of all logs."""
        paths = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-LOG_TAIL:]}" for path in paths)


def prepare(folder: Path) -> None:
    """Make the database, the static files and the demo clinic in an empty folder."""
    env = environment(folder, "http://localhost")
    status, output = _setup.run([_setup.PYTHON, "-m", "tests.browser.prepare"], env)
    assert status == 0, f"The product could not be prepared:\n{output}"


@contextmanager
def running_product(folder: Path) -> Iterator[Product]:
    """Run web server and worker in a folder that is prepared, or a copy of one."""
    port = _free_port()
    url = f"http://localhost:{port}"
    env = environment(folder, url)
    product = Product(url=url, folder=folder, env=env)
    processes = []
    try:
        processes.append(_start(product, env, "web", ["gunicorn", "clinic.wsgi", f"--bind=127.0.0.1:{port}", *WEB]))
        processes.append(_start(product, env, "worker", ["celery", "-A", "clinic", "worker", "-B", *WORKER]))
        wait_for(lambda: _answers(product, processes), seconds=SECONDS_TO_START, what="the first page")
        # The demo clinic leaves one invitation waiting: once it has gone out, the worker is up as well.
        wait_for(lambda: list(product.folder.glob("mail/*.eml")), seconds=SECONDS_TO_START, what="the first mail")
        yield product
    finally:
        _stop(processes)


def environment(folder: Path, url: str) -> dict[str, str]:
    """What the product's processes are told: to run at `url` and to keep everything in `folder`."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "SITE_URL": url,
        "ALLOWED_HOSTS": "localhost",
        "OUTBOX_PAGES": "1",
        "NETWORK_LIMITS": _setup.LIMITS_FOR_ONE_MACHINE,
    }
    return _setup.own_settings(str(folder), WORKER_CONCURRENCY="1", PYTHONUNBUFFERED="1", **settings)


WEB = ("--workers=1", "--threads=4", "--no-control-socket", "--graceful-timeout=5")
WORKER = ("--loglevel=INFO", "--without-gossip", "--without-mingle")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(product: Product, env: dict[str, str], name: str, command: list[str]) -> subprocess.Popen:
    with (product.folder / f"{name}.log").open("w") as log:
        return _setup.start(["sh", "-c", 'exec "$0" "$@" 2>&1', _setup.PYTHON, "-m", *command], env, log)


def _answers(product: Product, processes: list[subprocess.Popen]) -> bool:
    assert all(process.poll() is None for process in processes), f"A process ended.\n{product.logs()}"
    try:
        with urllib.request.urlopen(f"{product.url}/login/", timeout=30) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _stop(processes: list[subprocess.Popen]) -> None:
    """Ask each to end, give them a while, and end what is left of their groups."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + SECONDS_TO_STOP
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in processes:
        _setup.signal_group(process, signal.SIGKILL)
        process.wait()


@contextmanager
def running_browser(path: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        # Playwright shuts the cache that Back reads from; people's browsers have it.
        browser = playwright.chromium.launch(
            executable_path=path, args=list(BROWSER_ARGUMENTS), ignore_default_args=["--disable-back-forward-cache"]
        )
        try:
            yield browser
        finally:
            browser.close()
