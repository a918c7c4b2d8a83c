"""Looking at a page closely: is all of it there, in both themes and on a phone as on a desk, and can everybody use it?

The measure is axe-core's, for WCAG 2.2 A and AA.
"""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The rules that find another answer in the other theme, or on a phone: what is seen against what, and how large and
# where it is.
OF_THE_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
RUN_AXE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"], iframes: false });
  const some = (nodes) => nodes.slice(0, 4).map((node) => `${node.html} (${node.any[0]?.message})`).join(" ; ");
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${some(nodes)}`);
}"""
# Colours fade from one theme to the other, and axe would see them half way.
SETTLED = """async () => {
  for (let quiet = 0, frames = 0; quiet < 3 && frames < 300; frames++) {
    await new Promise(requestAnimationFrame);
    quiet = document.getAnimations().length ? 0 : quiet + 1;
  }
}"""
TELL_OF_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) => {
  console.error(`the policy on ${event.effectiveDirective} was violated: ${event.blockedURI} ${event.sample}`);
});"""
WIDEST = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
DESK = 1280
PHONE = 390


class Watcher:
    """Takes down what a page complains of, and whatever it asks of anybody but us."""

    def __init__(self, context: BrowserContext, own_url: str) -> None:
        self.found: list[str] = []
        # Most violations are an error on the console anyway; those of a frame, or of what was caught, only an event.
        context.add_init_script(TELL_OF_VIOLATIONS)
        context.on("request", lambda request: self._request(request.url, own_url))
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"error: {error.error}"))

    def _request(self, url: str, own_url: str) -> None:
        if not url.startswith((f"{own_url}/", "data:", "blob:", "about:")):
            self.found.append(f"asked elsewhere: {url}")

    def _console(self, message: ConsoleMessage) -> None:
        """A violation of the content security policy is an error here, too."""
        # The browser notes the page's own 404 or 422 as an error; that is the answer we gave.
        is_answer = message.text.startswith("Failed to load resource") and "/static/" not in message.location["url"]
        if message.type in {"error", "warning"} and not is_answer:
            self.found.append(f"{message.type}: {message.text} ({message.location['url']})")


def expect_whole(page: Page, watcher: Watcher) -> None:
    """Nothing is cut off and axe-core finds no violation; the page complained of nothing.

    All rules on a desk in light; on a phone in dark those that may find something else there.
    """
    page.evaluate(AXE)
    _expect_fine(page, "light", DESK, STANDARDS)
    _expect_fine(page, "dark", PHONE, OF_THE_LOOK)
    assert watcher.found == [], watcher.found


def expect_whole_everywhere(page: Page, watcher: Watcher) -> None:
    """The same by all rules in either theme and width."""
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        for width in (DESK, PHONE):
            _expect_fine(page, scheme, width, STANDARDS)
    assert watcher.found == [], watcher.found


def _expect_fine(page: Page, scheme: str, width: int, rules: list[str]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(SETTLED)
    assert page.evaluate(WIDEST) <= width, f"wider than {width} px"
    assert page.evaluate(RUN_AXE, rules) == [], f"{scheme}, {width} px"


WAYS_TO_LOOK = [
    pytest.param(expect_whole, id="mainly"),
    pytest.param(expect_whole_everywhere, id="everywhere", marks=pytest.mark.nightly),
]
