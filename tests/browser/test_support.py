"""The support site: a dispute from the request to its end, with and without script; every page, looked at closely."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from .before import add_and_join, confirm_address, enrol, open_clinic
from .looking import DESK, WAYS_TO_LOOK, Watcher, expect_whole, expect_whole_everywhere
from .people import PASSWORD, Clinic, Person, dialog, expect_told, person_row, prompt, verify
from .product import Product
from .two_factor import SET_UP, set_up
from .unseen import links_of, read

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-pages")]

GATE = "Support requires two-factor authentication"
LOCKED = "This clinic’s account is locked"
STORY = "Olive left in March.\nNobody can reach her."
# The form of an act without a script is that of `test_a_wrong_password_and_cancel_lose_nothing_that_was_typed`.
MAINLY_WITH_SCRIPT = pytest.mark.parametrize(
    "with_script",
    [
        pytest.param(True, id="with script"),
        pytest.param(False, id="without script", marks=pytest.mark.nightly),
    ],
)
REASON = "The partners wrote to us.\nCase 4711."


@dataclass
class Staff:
    """Somebody of support, and their backup codes: unlike a code of an app, the next one works at once."""

    email: str
    codes: list[str] = field(default_factory=list)

    def show_password(self, page: Page) -> None:
        """The first step of signing in, on whichever page asks for it."""
        page.get_by_label("Email").fill(self.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    def show_code(self, page: Page) -> None:
        """The second."""
        page.get_by_role("link", name="Use a backup code").click()
        page.get_by_label("Backup code").fill(self.codes.pop())
        page.get_by_role("button", name="Sign in").click()
        expect(page).not_to_have_url(re.compile("/login/"))

    def sign_in(self, page: Page) -> None:
        """Both, from the beginning."""
        page.goto("/login/")
        self.show_password(page)
        self.show_code(page)

    def enrol(self, page: Page) -> None:
        """On the page that leads there: set it up, keep the backup codes, and go on."""
        expect(page.get_by_role("heading", level=1, name=GATE)).to_be_visible()
        page.get_by_role("link", name=SET_UP).click()
        set_up(page, keep=self.codes)


def _make(product: Product, name: str) -> Staff:
    """As docs/deploying.md says."""
    staff = Staff(f"{name}@support.example")
    settings = {"DJANGO_SUPERUSER_EMAIL": staff.email, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    product.manage("createsuperuser", "--no-input", **settings)
    return staff


@pytest.fixture(scope="module")
def sam(chromium: Browser, product: Product) -> Iterator[Staff]:
    """Sam of support, who has been here before."""
    staff, page = _make(product, "sam"), chromium.new_page(base_url=product.url)
    page.goto("/support/")
    staff.show_password(page)
    staff.enrol(page)
    yield staff
    page.context.close()


def _file_request(page: Page, clinic: Clinic) -> None:
    """As an administrator, ask support who should own the account."""
    page.goto(clinic.url("settings/ownership/request/"))
    page.get_by_label("What has happened?").fill(STORY)
    page.get_by_role("button", name="Send request").click()
    expect_told(page, "Your request is on its way to support.")


def _find(page: Page, words: str) -> None:
    """From the list of accounts, find one and open it."""
    page.goto("/support/")
    page.get_by_label("Search by clinic, name or email").fill(words)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("table").get_by_role("link").click()


def _act(page: Page, button: str, told: str) -> None:
    """On the page of an act: give the reason and the password, and come back to the account."""
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name=button).click()
    verify(page, button)
    expect_told(page, told)
    expect(page).to_have_url(re.compile(r"/support/accounts/\d+/$"))


@MAINLY_WITH_SCRIPT
def test_a_dispute_goes_from_the_request_to_its_end(open_browser, product, sam, with_script):
    """S26, S36, S37: Nadia asks, Sam locks, gives ownership to Nadia, takes it from Olive, settles and unlocks."""
    olives, nadias = open_browser(), open_browser()
    clinic, nadia = open_clinic(olives), Person()
    confirm_address(olives, product, clinic.owner)
    add_and_join(olives, nadias, product, clinic, nadia, role="Administrator")
    _file_request(nadias, clinic)
    page = open_browser(java_script_enabled=with_script)
    sam.sign_in(page)

    _find(page, nadia.email)
    expect(page.get_by_role("heading", name=clinic.name)).to_be_visible()
    expect(page.locator(".story")).to_have_text(re.compile(r"Olive left in March\.\s*Nobody can reach her\."))
    page.get_by_role("link", name="Lock account").click()
    _act(page, "Lock account", f"The account of {clinic.name} is locked.")
    for each in (olives, nadias):
        each.goto(clinic.url("settings/"))
        expect(each.get_by_role("heading", name=LOCKED)).to_be_visible()
    notice = product.wait_for_mail(clinic.owner.email, count=2)
    assert "Case 4711." in notice.get_body(("plain",)).get_content()

    page.get_by_role("link", name=f"Appoint {nadia.name} as owner").click()
    _act(page, "Appoint as owner", f"{nadia.name} is now an owner of {clinic.name}.")
    page.get_by_role("link", name=f"Remove ownership of {clinic.owner.name}").click()
    _act(page, "Remove ownership", f"{clinic.owner.name} is no longer an owner of {clinic.name}")
    page.get_by_role("link", name="Settle request").click()
    _act(page, "Settle request", f"The request of {nadia.name} is settled.")
    page.get_by_role("link", name="Unlock account").click()
    _act(page, "Unlock account", f"The account of {clinic.name} is unlocked.")

    log = page.get_by_role("region", name="Activity").get_by_role("row")
    for number, words in enumerate(("unlocked", "settled", "took ownership from", "gave ownership to", "locked"), 1):
        expect(log.nth(number)).to_contain_text(words)
        expect(log.nth(number)).to_contain_text(f"Support: {sam.email}")
        expect(log.nth(number)).to_contain_text("The partners wrote to us.")
    nadias.goto(clinic.url("settings/ownership/"))
    expect(nadias.get_by_role("table")).to_contain_text(nadia.name)
    expect(nadias.get_by_role("table")).not_to_contain_text(clinic.owner.name)


def test_the_link_in_the_mail_to_support_leads_through_the_sign_in_page_to_the_request(open_browser, product, sam):
    """S36, A11."""
    olives = open_browser()
    clinic = open_clinic(olives)
    confirm_address(olives, product, clinic.owner)
    _file_request(olives, clinic)
    mails = [mail.get_body(("plain",)).get_content() for mail in _mails_about(product, clinic)]
    link = re.search(re.escape(product.url) + r"/support/\S+", mails[0]).group()
    page = open_browser()

    page.goto(link)
    sam.show_password(page)
    sam.show_code(page)

    expect(page.get_by_role("heading", name=clinic.name)).to_be_visible()
    expect(page.get_by_role("link", name="Settle request")).to_be_visible()


@MAINLY_WITH_SCRIPT
def test_the_first_sign_in_of_support_leads_to_a_second_factor_and_back_to_the_request(
    open_browser, product, with_script
):
    """A66; and the owner sees that the account was opened."""
    olives = open_browser()
    clinic = open_clinic(olives)
    confirm_address(olives, product, clinic.owner)
    _file_request(olives, clinic)
    [mail, *_older] = [mail.get_body(("plain",)).get_content() for mail in _mails_about(product, clinic)]
    link = re.search(re.escape(product.url) + r"/support/\S+", mail).group()
    pat = _make(product, f"pat{with_script}".lower())
    page = open_browser(java_script_enabled=with_script)

    page.goto(link)
    pat.show_password(page)
    expect(page.get_by_text(clinic.name)).to_have_count(0)
    pat.enrol(page)

    expect(page.get_by_role("heading", name=clinic.name)).to_be_visible()
    expect(page.get_by_role("link", name="Settle request")).to_be_visible()
    olives.goto(clinic.url("settings/ownership/"))
    expect(olives.get_by_role("region", name="What support looked at")).to_contain_text(
        "Support opened the account’s page"
    )


def _mails_about(product: Product, clinic: Clinic):
    """The mails to support with this clinic in the subject, once there is one."""
    return _mails(product, "support@localhost", clinic.name)


def _mails(product: Product, address: str, about: str):
    """The mails to the address with these words in the subject, once there is one."""
    count = 1
    while True:
        product.wait_for_mail(address, count=count)
        mails = product.mails_to(address)
        if found := [mail for mail in mails if about in mail["Subject"]]:
            return found
        count = len(mails) + 1


def _find_login(page: Page, email: str) -> None:
    """From the list of two-factor resets."""
    page.goto("/support/two-factor/")
    page.get_by_role("link", name="Find a login").click()
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1, name=email)).to_be_visible()


def _start_reset(page: Page, email: str) -> None:
    """From the page of the login."""
    page.get_by_role("link", name="Start two-factor reset").click()
    page.get_by_label("How you made sure who is asking").fill("They showed us a passport in a call on 3 May.")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Start two-factor reset").click()
    verify(page, "Start two-factor reset")
    expect_told(page, f"The two-factor reset for {email} was started")


@MAINLY_WITH_SCRIPT
def test_a_two_factor_reset_is_stopped_by_the_link_in_the_persons_mail(open_browser, product, sam, with_script):
    """A70: whoever reads the mail ticks a box, and needs nothing else; Sam sees what became of it."""
    olives = open_browser()
    olive = open_clinic(olives).owner
    confirm_address(olives, product, olive)
    enrol(olives)
    page, theirs = open_browser(java_script_enabled=with_script), open_browser(java_script_enabled=with_script)
    sam.sign_in(page)
    _find_login(page, olive.email)
    _start_reset(page, olive.email)
    expect(page.get_by_role("region", name="Two-factor reset, waiting")).to_contain_text("Case 4711.")

    [mail] = _mails(product, olive.email, "Support was asked")
    text = mail.get_body(("plain",)).get_content()
    theirs.goto(re.search(re.escape(product.url) + r"/login/recovery/\S+", text).group())
    theirs.get_by_role("button", name="Stop this").click()
    expect(theirs.get_by_role("main")).to_contain_text("Tick this if you didn’t ask for it.")
    theirs.get_by_label("I didn’t ask for this").check()
    theirs.get_by_role("button", name="Stop this").click()
    expect(theirs.get_by_role("heading", name="The two-factor reset was stopped")).to_be_visible()

    page.reload()
    expect(page.get_by_role("region", name="Earlier two-factor resets")).to_contain_text("Case 4711.")
    expect(page.get_by_role("link", name="Start two-factor reset")).to_be_visible()


@MAINLY_WITH_SCRIPT
@pytest.mark.parametrize("expect_fine", WAYS_TO_LOOK)
def test_whoever_is_signed_in_reads_of_a_two_factor_reset_and_stops_it(
    open_browser, product, sam, with_script, expect_fine
):
    """A70: on Sign-in and security, and on Account ownership, which another owner would see."""
    olives = open_browser()
    clinic = open_clinic(olives)
    confirm_address(olives, product, clinic.owner)
    enrol(olives)
    page = open_browser()
    sam.sign_in(page)
    _find_login(page, clinic.owner.email)
    _start_reset(page, clinic.owner.email)
    page.context.close()
    hers = open_browser(java_script_enabled=with_script, storage_state=olives.context.storage_state())
    watcher = Watcher(hers.context, product.url)

    for where in (clinic.url("settings/ownership/"), "/me/security/"):
        hers.goto(where)
        expect(hers.get_by_role("heading", name="Support was asked to reset")).to_be_visible()
        if with_script:
            expect_fine(hers, watcher)
    hers.get_by_role("button", name="Stop this").click()

    expect_told(hers, "The two-factor reset was stopped. Nothing was changed.")
    expect(hers.get_by_role("heading", name="Support was asked to reset")).to_have_count(0)


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_a_wrong_password_and_cancel_lose_nothing_that_was_typed(open_browser, sam, with_script):
    """A20: in the dialog as on the page of its own; the account stays as it was."""
    clinic = open_clinic(open_browser())
    page = open_browser(java_script_enabled=with_script)
    sam.sign_in(page)
    _find(page, clinic.name)
    page.get_by_role("link", name="Lock account").click()
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Lock account").click()

    verify(page, "Lock account", "not the password")
    expect(prompt(page)).to_contain_text("That is not your password. Nothing was changed; try again.")
    prompt(page).get_by_role("button", name="Cancel").click()

    expect(page.get_by_label("Reason")).to_have_value(REASON)
    _act(page, "Lock account", f"The account of {clinic.name} is locked.")


def test_somebody_of_a_clinic_finds_no_support_site(page_of):
    """S37: the same page as for an address that is not there."""
    page = page_of("grace")
    for path in ("", "accounts/", "accounts/1/", "accounts/1/lock/", "requests/"):
        assert page.goto(f"/support/{path}").status == 404
        expect(page.get_by_role("heading", name="This page isn’t here")).to_be_visible()


# Every page, in both themes and on a phone as on a desk


@dataclass
class Desk:
    """Sam's watched browser; where a clinic with a request has its page, and the number of its only owner.

    Of two logins, a two-factor reset `waits_for` one; the `other` has two-factor authentication and none.
    """

    page: Page
    watcher: Watcher
    account: str
    owner: str
    waits_for: str
    other: str


@pytest.fixture(scope="module")
def desk(chromium: Browser, product: Product, sam: str):
    """Sam is signed in; a clinic has an owner, another administrator, a request that waits, and a two-factor reset."""
    others = [chromium.new_page(base_url=product.url) for _ in range(2)]
    clinic, nadia = open_clinic(others[0]), Person()
    confirm_address(others[0], product, clinic.owner)
    add_and_join(*others, product, clinic, nadia, role="Administrator")
    for each in others:
        enrol(each)
    _file_request(others[1], clinic)
    others[0].goto(clinic.url("settings/users/"))
    owner = person_row(others[0], clinic.owner).get_by_role("link").get_attribute("href").split("/")[-2]
    context = chromium.new_context(base_url=product.url)
    context.set_default_timeout(60_000)
    watcher = Watcher(context, product.url)
    page = context.new_page()
    sam.sign_in(page)
    _find_login(page, clinic.owner.email)
    _start_reset(page, clinic.owner.email)
    _find(page, clinic.name)
    expect(page.get_by_role("heading", name=clinic.name)).to_be_visible()
    yield Desk(page, watcher, page.url, owner, waits_for=clinic.owner.email, other=nadia.email)
    for each in (page, *others):
        each.context.close()


def _follow(link: str) -> Callable[[Desk], None]:
    def _open(desk: Desk) -> None:
        desk.page.goto(desk.account)
        desk.page.get_by_role("link", name=link).click()
        expect(desk.page.get_by_label("Reason")).to_be_visible()

    return _open


def _lock_without_a_reason(desk: Desk) -> None:
    desk.page.goto(f"{desk.account}lock/")
    desk.page.get_by_role("button", name="Lock account").click()
    expect(desk.page.locator("#error-summary")).to_be_visible()


def _question(desk: Desk) -> None:
    desk.page.goto(f"{desk.account}lock/")
    desk.page.get_by_label("Reason").fill(REASON)
    desk.page.get_by_role("button", name="Lock account").click()
    expect(dialog(desk.page)).to_be_visible()


def _only_owner(desk: Desk) -> None:
    """By address: the account's page has no link to it."""
    desk.page.goto(f"{desk.account}people/{desk.owner}/remove/")
    expect(desk.page.get_by_role("main")).to_contain_text("is the only owner")


def _login(desk: Desk) -> None:
    _find_login(desk.page, desk.other)


def _login_with_a_reset(desk: Desk) -> None:
    _find_login(desk.page, desk.waits_for)
    expect(desk.page.get_by_role("region", name="Two-factor reset, waiting")).to_be_visible()


def _start(desk: Desk) -> None:
    _login(desk)
    desk.page.get_by_role("link", name="Start two-factor reset").click()
    expect(desk.page.get_by_label("Reason")).to_be_visible()


def _start_without_evidence(desk: Desk) -> None:
    _start(desk)
    desk.page.get_by_role("button", name="Start two-factor reset").click()
    expect(desk.page.locator("#error-summary")).to_be_visible()


def _withdraw(desk: Desk) -> None:
    _login_with_a_reset(desk)
    desk.page.get_by_role("link", name="Withdraw two-factor reset").click()
    expect(desk.page.get_by_label("Reason")).to_be_visible()


def _menu(desk: Desk) -> None:
    desk.page.goto("/support/accounts/")
    desk.page.locator("details.menu summary").click()


PAGES: dict[str, str | Callable[[Desk], None]] = {
    "accounts": "/support/accounts/",
    "accounts, none matches": "/support/accounts/?q=nobody-has-this-name",
    "accounts, too much to search for": f"/support/accounts/?q={'physio+' * 20}",
    "accounts, one state": "/support/accounts/?state=locked",
    "requests": "/support/requests/",
    "requests, none matches": "/support/requests/?q=nobody-has-this-name",
    "account with a request": "",
    "lock": _follow("Lock account"),
    "lock, error": _lock_without_a_reason,
    "lock, question": _question,
    "appoint": _follow("as owner"),
    "remove, the only owner": _only_owner,
    "settle": _follow("Settle request"),
    "find a login": "/support/people/",
    "find a login, none": "/support/people/?email=nobody@nowhere.example",
    "login": _login,
    "login, with a two-factor reset": _login_with_a_reset,
    "start a two-factor reset": _start,
    "start a two-factor reset, errors": _start_without_evidence,
    "withdraw a two-factor reset": _withdraw,
    "two-factor resets": "/support/two-factor/",
    "two-factor resets, none matches": "/support/two-factor/?q=nobody-has-this-name",
    "menu": _menu,
    "nothing there": "/support/accounts/0/",
}


@pytest.fixture(params=PAGES)
def opened(request, desk) -> tuple[Page, Watcher]:
    """Each page of support."""
    where, page = PAGES[request.param], desk.page
    desk.watcher.found.clear()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": DESK, "height": 800})
    if callable(where):
        where(desk)
    else:
        page.goto(where or desk.account)
    return page, desk.watcher


def test_a_page_of_support_is_whole_and_accessible(opened):
    """axe-core, horizontal overflow, console, content security policy, and every file that a page asks for is there."""
    expect_whole(*opened)


@pytest.mark.nightly
def test_a_page_of_support_is_whole_and_accessible_in_every_light_and_width(opened):
    """At 390 and 1280 px, light and dark."""
    expect_whole_everywhere(*opened)


def test_every_link_of_the_support_site_leads_to_a_page(desk):
    """No link to a part of the stock admin that is not there."""
    seen, left = set(), ["/support/"]
    while left and len(seen) < 60:
        where = left.pop()
        if where in seen:
            continue
        seen.add(where)
        answer = read(desk.page, where)
        assert answer.status == 200, where
        left += [each for each in links_of(answer) if each.startswith(("/support/", "/clinics/"))]
    assert len(seen) > 10
