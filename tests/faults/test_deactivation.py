"""Zero pages for somebody made inactive, while they ask as fast as they can (C18 of the failures of others, A16)."""

import http.client
import threading
import time
from dataclasses import dataclass, field

import pytest

from tests.faults.stack import OWNER_PASSWORD, Stack

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("faults-main-job"), pytest.mark.database]

THREADS = 6
SECONDS_BEFORE = 1.5
SECONDS_AFTER = 2.5


@dataclass
class Hammer:
    """Threads that ask for pages with one session's cookies, and note when each request began and its answer."""

    stack: Stack
    cookies: str
    pages: list[str]
    answers: list[tuple[float, int]] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        self._threads = [threading.Thread(target=self._ask, args=(number,), daemon=True) for number in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, and wait for what is under way."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, number: int) -> None:
        while not self._is_over.is_set():
            page = self.pages[number % len(self.pages)]
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
            connection.request("GET", page, headers={"Cookie": self.cookies})
            self.answers.append((began, connection.getresponse().status))
            connection.close()

    def statuses(self, *, since: float = 0.0, until: float = float("inf")) -> list[int]:
        """The answers to requests that began in that time."""
        return [status for began, status in list(self.answers) if since <= began < until]


@pytest.fixture(scope="module")
def stack(new_stack):
    """Two web processes, so that nothing that one of them remembers can help."""
    stack = new_stack()
    stack.start_web(workers=2)
    return stack


def sign_in(stack: Stack, email: str):
    browser = stack.browser()
    home = browser.submit(browser.get("/login/"), email=email, password=OWNER_PASSWORD)
    assert home.status == 200 and "Hello" in home.words, home.words
    return browser


def test_no_request_that_begins_after_the_deactivation_is_answered_gets_a_page(stack):
    joined = stack.act("join", "nina@harbour.example")
    clinic = f"/{joined['clinic']}/"
    owner, nina = sign_in(stack, "olive@harbour.example"), sign_in(stack, "nina@harbour.example")
    form = owner.get(f"{clinic}settings/users/{joined['member']}/")
    typed = {
        "email": "nina@harbour.example",
        "first_name": "Nina",
        "last_name": "Novak",
        "mobile": "",
        "role": "receptionist",
        "is_practitioner": "no",
    }
    hammer = Hammer(stack, nina.cookies, [clinic, f"{clinic}me/", f"{clinic}settings/roles/"])

    hammer.start()
    time.sleep(SECONDS_BEFORE)
    asked = time.monotonic()
    done = owner.submit(form, **typed, is_active="no", reverify_password=OWNER_PASSWORD)
    answered = time.monotonic()
    time.sleep(SECONDS_AFTER)
    hammer.stop()

    assert done.status == 200 and "Inactive" in done.words, done.words
    before, after = hammer.statuses(until=asked), hammer.statuses(since=answered)
    print(f"{len(before)} requests before, {len(after)} after, by {THREADS} threads")  # noqa: T201
    assert len(before) > 20 and set(before) == {200}
    assert len(after) > 20
    assert after.count(200) == 0
    assert set(after) <= {302, 404}
