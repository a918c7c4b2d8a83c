"""Which browser somebody uses, in words that they would use themselves (A13, A17)."""

from django.utils.translation import gettext as _
from ua_parser import parse_os, parse_user_agent

# What the library calls one thing differently from the people who have it.
_BROWSERS = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "HeadlessChrome": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Opera Mobile": "Opera",
}
_SYSTEMS = {"Mac OS X": "macOS", "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux", "Chrome OS": "ChromeOS"}
# What a browser says of itself can be anything; only names from these lists are shown (C16).
_KNOWN_BROWSERS = {*_BROWSERS.values(), "Chrome", "Chromium", "DuckDuckGo", "Samsung Internet"}
_KNOWN_SYSTEMS = {*_SYSTEMS.values(), "Android", "iOS", "Linux", "Windows"}


def in_words(user_agent: str) -> str:
    """Name browser and system, as in "Firefox on Windows"; what is not known is left out, or said to be unknown.

    `user_agent` is what the browser said of itself, which may be a lie.
    """
    browser, system = _browser(user_agent), _system(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    if system:
        return _("A browser on %(system)s") % {"system": system}
    return browser or _("An unknown browser")


def _browser(user_agent: str) -> str:
    found = parse_user_agent(user_agent)
    family = found.family if found else ""
    name = _BROWSERS.get(family, family)
    return name if name in _KNOWN_BROWSERS else ""


def _system(user_agent: str) -> str:
    found = parse_os(user_agent)
    family = found.family if found else ""
    if family == "iOS" and "iPad" in user_agent:
        return "iPadOS"
    name = _SYSTEMS.get(family, family)
    return name if name in _KNOWN_SYSTEMS else ""
