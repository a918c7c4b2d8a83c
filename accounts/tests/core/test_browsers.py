"""Browsers in words: names that people know, and never what a stranger wrote."""

import pytest

from accounts.core.browsers import in_words

MOZILLA = "Mozilla/5.0"
GECKO = "(KHTML, like Gecko)"
WEBKIT = f"AppleWebKit/537.36 {GECKO}"
IOS = f"AppleWebKit/605.1.15 {GECKO}"

SEEN = {
    f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36": "Chrome on Windows",
    f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36 Edg/120.0": "Edge on Windows",
    f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) {IOS} Version/17.0 Safari/605.1.15": "Safari on macOS",
    f"{MOZILLA} (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0": "Firefox on Linux",
    f"{MOZILLA} (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0": "Firefox on Linux",
    f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/120.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    f"{MOZILLA} (iPhone; CPU iPhone OS 17_1 like Mac OS X) {IOS} Version/17.1 Mobile/15E148 Safari/604.1": (
        "Safari on iOS"
    ),
    f"{MOZILLA} (iPad; CPU OS 16_1 like Mac OS X) {IOS} CriOS/119.0 Mobile/15E148 Safari/604.1": "Chrome on iPadOS",
    f"{MOZILLA} (Linux; Android 13; SM-S901B) {WEBKIT} Chrome/112.0.0.0 Mobile Safari/537.36": "Chrome on Android",
}


@pytest.mark.parametrize(("user_agent", "words"), SEEN.items(), ids=SEEN.values())
def test_a_browser_has_the_name_that_people_know(user_agent, words):
    assert in_words(user_agent) == words


@pytest.mark.parametrize("user_agent", ["", "curl/8.0", "<b>Chrome</b>", "x" * 300, "\x00", "Mallory/1.0"])
def test_what_is_no_browser_that_we_know_is_not_repeated(user_agent):
    assert in_words(user_agent) == "An unknown browser"


def test_of_an_unknown_browser_the_system_is_said():
    assert in_words("Mallory/1.0 (Windows NT 10.0)") == "A browser on Windows"
