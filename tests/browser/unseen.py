"""What people did before a test begins: the same forms, sent with the browser's own cookies, but no page is drawn.

So the product does all that it would have done, in a tenth of the time. What a test is about is done on its page.
"""

from http import HTTPStatus
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, SoupStrainer, Tag
from playwright.sync_api import APIRequestContext, APIResponse, Page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOT_SENT = {"submit", "button", "reset", "image", "file"}

Sent = list[tuple[str, str]]


def send(page: Page, where: str, button: str, *, verify: str = "", **typed: str) -> str:
    """Go to `where`, fill in the form with this button, and press it; `verify` with the password, if it is asked for.

    Returns the address that this leads to. Fails where it leads to none, as there is something to put right.
    """
    browser = page.context.request
    answer = _press(browser, browser.get(where), button, typed)
    if 'id="reverify"' in answer.text():
        answer = _press(browser, answer, button, {"reverify_password": verify})
    assert answer.status == HTTPStatus.FOUND, f"{answer.status} for {button} at {answer.url}:\n{_words(answer)}"
    return urljoin(answer.url, answer.headers["location"])


def read(page: Page, where: str) -> APIResponse:
    """The page at `where`, with what it has to tell once: no later one says it again."""
    return page.context.request.get(where)


def text_of(answer: APIResponse, css: str) -> list[str]:
    """The words of each such element."""
    return [each.get_text(" ", strip=True) for each in _soup(answer).select(css)]


def value_of(answer: APIResponse, css: str) -> str:
    """The value of the only such field."""
    [found] = _soup(answer).select(css)
    return str(found["value"])


def address_of(answer: APIResponse, css: str, words: str) -> str:
    """Where the first link in such an element leads that has these words in it."""
    found = [each for each in _soup(answer).select(f"{css} a[href]") if words in each.get_text()]
    assert found, f"No link {words} at {answer.url}"
    return urljoin(answer.url, str(found[0]["href"]))


def links_of(answer: APIResponse) -> list[str]:
    """Where its links within the site lead, with the query."""
    own = urlsplit(answer.url)
    links = BeautifulSoup(answer.text(), "html.parser", parse_only=SoupStrainer("a", href=True)).select("a")
    found = [urlsplit(urljoin(answer.url, str(each["href"]))) for each in links]
    return [each._replace(scheme="", netloc="", fragment="").geturl() for each in found if each.netloc == own.netloc]


def _press(browser: APIRequestContext, shown: APIResponse, button: str, typed: dict[str, str]) -> APIResponse:
    found = [form for form in _soup(shown).select("form[method=post]") if _button(form, button)]
    assert found, f"No form with the button {button} at {shown.url} ({shown.status}):\n{_words(shown)}"
    fields = [each for each in _fields(found[0]) if each[0] not in typed]
    where = urljoin(shown.url, str(found[0].get("action") or ""))
    return browser.post(where, data=urlencode([*fields, *typed.items()]), headers=FORM, max_redirects=0)


def _button(form: Tag, words: str) -> bool:
    return any(each.get_text(" ", strip=True) == words for each in form.select("button"))


def _fields(form: Tag) -> Sent:
    """What a browser would send of it as it stands."""
    found: Sent = []
    for each in form.select("input[name], select[name], textarea[name]"):
        kind = each.get("type")
        is_left_out = each.has_attr("disabled") or kind in NOT_SENT
        if is_left_out or (kind in {"radio", "checkbox"} and not each.has_attr("checked")):
            continue
        found.append((str(each["name"]), _value(each)))
    return found


def _value(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text().removeprefix("\n")
    if field.name == "select":
        chosen = field.select_one("option[selected]") or field.select_one("option")
        return str(chosen.get("value", "")) if chosen else ""
    return str(field.get("value", "on" if field.get("type") == "checkbox" else ""))


def _soup(answer: APIResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text(), "html.parser")


def _words(answer: APIResponse) -> str:
    main = _soup(answer).select_one("main")
    return main.get_text(" ", strip=True) if main else answer.text()[:500]
