"""Going about a page with the keyboard alone, and always a sign of where one is."""

from playwright.sync_api import Locator, Page

MOST_TABS = 60
# A ring of its own, or of the box around it that stands for it, as with a radio button and its label.
HAS_SIGN_OF_FOCUS = """element => [element, element.parentElement].some((each) => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
})"""
IS_ON_SCREEN = """element => {
  const { top, right, bottom, left, width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
}"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus; wherever it is on the way, one can see it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if focused.count() == 0:
            continue
        words = focused.evaluate("element => element.outerHTML.slice(0, 120)")
        assert focused.evaluate(HAS_SIGN_OF_FOCUS), f"Nothing shows that this has the focus: {words}"
        assert focused.evaluate(IS_ON_SCREEN), f"This has the focus out of sight: {words}"
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Not reached with {MOST_TABS} times Tab: {wanted}")


def type_into(page: Page, label: str, words: str) -> None:
    """Go to a field with Tab, unless one is there, and type."""
    field = page.get_by_label(label, exact=True)
    if not field.evaluate("element => element === document.activeElement"):
        tab_to(page, field)
    page.keyboard.type(words)
